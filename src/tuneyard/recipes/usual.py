"""What recipes have in common: steps that make a Python and that push, and what steps read."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuneyard.runner.step import Secret, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.step import Phase

READ = Secret("HF_READ_TOKEN", fallback="HF_TOKEN")
_WRITE = Secret("HF_WRITE_TOKEN", fallback="HF_TOKEN", required=True)


def set_up(
    title: str,
    reads: Mapping[str, Any],
    whose: str,
    names: tuple[str, ...] = ("environment.json",),
    name: str = "environment",
    until: Phase = "finish",
) -> Step:
    """Makes a Python, or finds the one that was made for all `whose` jobs before.

    `names` are the files that say what it must have, and where it is then: that one is
    ``trainer.json`` unless named. No phase needs it after `until`.
    """
    return Step(
        name=name,
        title=title,
        phase="prepare",
        command=("${python}", "${runner}", "call", "tuneyard.runner.environment", *names),
        reads=reads,
        note=f"Built once, then shared by all {whose}.",
        shares={f"{(*names, 'trainer.json')[1]}:python": until},
    )


def requirements(package: str, loose: Mapping[str, str]) -> list[str]:
    """A recipe's ``requirements.txt``, by exact versions but for the packages in `loose`."""
    text = (files(package) / "requirements.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [loose.get(line.partition("==")[0], line) for line in lines if line]


def in_work(
    job: Mapping[str, Any], settings: Mapping[str, Any], environment: Mapping[str, Any]
) -> dict[str, str]:
    """The files that steps read in ``work/``, by their place in the job's folder."""
    data = {
        "environment.json": environment,
        "settings.json": settings,
        "results.json": job["results"],
        "job.json": {"id": job["id"], "name": job["name"]},
    }
    return {f"work/{name}": json.dumps(each, indent=2) + "\n" for name, each in data.items()}


def push_at_end(results: Mapping[str, Any], command: tuple[str, ...]) -> Iterator[Step]:
    """Pushes what the job is for, if it has a repository."""
    if results["repository"]:
        yield Step(
            name="push",
            title=f"Push to {results['repository']}",
            phase="finish",
            command=command,
            secrets=(_WRITE,),
            reads=dict(results),
            optional=True,
            pushes="itself",
        )


def push_early(name: str, what: str, command: tuple[str, ...]) -> Step:
    """Pushes a checkpoint, or what was saved, beside the training."""
    return Step(
        name=f"push-{name}",
        title=f"Push {what}",
        phase="train",
        command=command,
        secrets=(_WRITE,),
        nice=10,
        pushes="itself",
    )
