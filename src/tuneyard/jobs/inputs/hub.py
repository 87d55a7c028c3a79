"""Inputs by way of the Hub: pushed from here into a private dataset, fetched by the pod from there.

The pushing is a process of its own (`pushing`): huggingface_hub can't be told to stop, and
ends with whoever waits for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tuneyard.recipes.hub.about import WRITE
from tuneyard.recipes.hub.problems import PASSING
from tuneyard.runner.environ import is_secret
from tuneyard.runner.folder import parse_line
from tuneyard.runner.pod.hub import TOKENS
from tuneyard.runner.problems import Problem
from tuneyard.secrets import KEPT_THERE

from . import finding, rates, recipe
from .problems import InputsError
from .reaching import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuneyard.jobs.job import Job

    from .packing import Packed

DATASET = "tuneyard-inputs"  # of the token's account, where none is named


_PUSHING = "tuneyard.jobs.inputs.pushing"


class Later(InputsError):
    """It can't be pushed for the moment; another try may help."""


def chosen(job: Job) -> bool:
    """Whether what lies here alone is to reach the pod by the Hub."""
    return job.compute.options.get("inputs") == "hub"


def secrets(job: Job, home: Path) -> list[str]:
    """Names of the secrets that are needed here before anything can be rented."""
    return [WRITE[0]] if chosen(job) and (finding.of(job) or recipe.of(job, home)) else []


def must_be_ours(environ: Mapping[str, str]) -> None:
    """Raises InputsError if the token to push with is one that only pods are told."""
    value = next((environ[name] for name in WRITE if environ.get(name)), "")
    if KEPT_THERE.fullmatch(value):
        raise InputsError(
            Problem(
                f"The token to push with is kept at RunPod ({value}), and only pods are told it.",
                "hub-token",
                next_step=f"Give {WRITE[0]} its value here, or send the data straight to the pod.",
            )
        )


def reader(environ: Mapping[str, str]) -> str:
    """The name of the token that the pod fetches with, of those that there are, or ""."""
    return next((name for name in TOKENS if environ.get(name)), "")


def dataset(job: Job) -> str:
    """As the job names it, or "" for `DATASET` of the token's account."""
    return str(job.compute.options.get("inputs_repository", ""))


def push(
    packed: Sequence[Packed],
    repository: str,
    home: Path,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    said: Callable[[str], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, dict[str, str]] | None:
    """Pushes what the dataset doesn't have yet; where each input lies there, by SHA-256.

    None if it was `stopped` before. Raises InputsError, and Later where another try may help;
    what went through is kept for that.
    """
    total = sum(each.bytes for each in packed)
    with _pusher(packed, repository) as lines:
        for line in lines:  # some every second, whatever happens
            if stopped():
                return None
            told = parse_line(line)
            if told is None:
                said(line.decode(errors="replace").strip())
            elif "problem" in told:
                problem = Problem(**told["problem"])
                raise (Later if problem.code in PASSING else InputsError)(problem)
            elif "pushed" in told:
                found: dict[str, dict[str, str]] = told["pushed"]
                return found
            elif "seconds" in told:
                rates.note(home, rates.Upload(time.time(), "hub", told["moved"], told["seconds"]))
            else:
                progress(Progress(told["sent"], total, None))
    raise InputsError(
        Problem(
            "What pushes the data to the Hub ended without a word.",
            "hub-push",
            next_step="Resume the job: what was pushed is kept.",
        )
    )


@contextmanager
def _pusher(packed: Sequence[Packed], repository: str) -> Iterator[Iterator[bytes]]:
    """The lines of a process that pushes; it is gone when the context is left, or this process."""
    asked = {
        "repository": repository,
        "reader": reader(os.environ),
        "inputs": [
            {"sha256": each.sha256, "bytes": each.bytes, "name": each.name, "kind": each.kind}
            | {"file": str(each.file)}
            for each in packed
        ],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", _PUSHING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    assert process.stdin is not None  # noqa: S101 - by PIPE
    assert process.stdout is not None  # noqa: S101 - same
    try:
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        yield iter(process.stdout)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            pipe.close()


def _environment() -> dict[str, str]:
    """Of all secrets only those of the Hub; and bars, by which the library says how far it is."""
    wanted = {*WRITE, *TOKENS}
    kept = {n: v for n, v in os.environ.items() if n in wanted or not is_secret(n)}
    return {**kept, "HF_HUB_DISABLE_PROGRESS_BARS": "0"}
