"""A plan and its steps: what will be run, made before anything is.

Commands may hold three names that the runner fills in when it starts them:
``${runner}`` (the job's runner.pyz), ``${python}`` (the Python that runs it) and
``${trainer}`` (the trainer's own Python, which the environment step writes into
``work/trainer.json`` as ``{"python": path}``); also ``${home}`` and ``${job}``.
Everything else is passed as it stands, never through a shell.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .folder import read_json_or

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .folder import JobFolder

Phase = Literal["prepare", "train", "finish"]
PHASES: tuple[Phase, ...] = ("prepare", "train", "finish")  # in their order

Pushes = Literal["", "before", "itself"]


@dataclass(frozen=True)
class Secret:
    """A key or token that a step needs, by its environment name.

    The first of `name` and `fallback` that is known is passed on, under its own
    name. A job waits for a required one that nobody holds.
    """

    name: str
    fallback: str = ""
    required: bool = False


@dataclass(frozen=True)
class Stop:
    """How to ask a step to leave a checkpoint and end.

    Either a signal to its first process (never to the group: data loaders that
    die of it fail the training), or a file to create in its working directory;
    after `grace` seconds the whole group is killed.
    """

    signal: str = "SIGTERM"
    file: str = ""
    grace: float = 10.0


@dataclass(frozen=True)
class Step:
    """One command of a plan; its working directory is the job's ``work/``.

    `reads` (the settings it depends on) and `inputs` (paths whose content it
    reads; ``folder/*`` for the files of one alone) go into its fingerprint. A step that is `optional` only warns when it fails; `nice` is added to its niceness.
    `shares` tells what it made outside of the job, for all jobs: ``{"base.json:path": "train"}``
    is a path in a file of ``work/``, or all that stand in lists and tables there, and the last
    phase that needs it. What was cleaned since is made again before a step that needs it.
    `save` is a file in its working directory by which it is asked, while it trains, for a
    checkpoint; "" if it can't be.
    `pushes` tells what puts the job's results or a checkpoint into its repository (``itself``),
    and what is done anew ``before`` the results are pushed once more, where the job ran.
    """

    name: str
    title: str
    phase: Phase
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    reads: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    stop: Stop = field(default_factory=Stop)
    gpu: bool = False
    optional: bool = False
    nice: int = 0
    note: str = ""
    shares: Mapping[str, Phase] = field(default_factory=dict)
    pushes: Pushes = ""
    save: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        older = "itself" if data["name"] == "push" else ""  # where a plan doesn't say it
        return cls(
            **{
                "pushes": older,
                **data,
                "command": tuple(data["command"]),
                "inputs": tuple(data.get("inputs", ())),
                "secrets": tuple(Secret(**s) for s in data.get("secrets", ())),
                "stop": Stop(**data.get("stop", {})),
            }
        )


@dataclass(frozen=True)
class Needs:
    """What a plan needs of the place it runs in. `source` says where a figure is from.

    `gpu_memory_source` says it of the GPU's memory alone, or why that isn't known, if that is
    from elsewhere.
    """

    disk_gb: float | None = None
    memory_gb: float | None = None
    gpus: int = 0
    gpu_memory_gb: float | None = None
    source: str = ""
    gpu_memory_source: str = ""


@dataclass(frozen=True)
class Plan:
    """A job made concrete.

    `module` names the recipe's standard-library module that the runner asks what
    the trainer's own event lines mean; `events` is the file in the job folder that
    it reads them from, ``work/…`` or ``output.log``. `files` maps a path in the job
    folder to the text that is written there before the first step.
    """

    recipe: str
    module: str
    steps: tuple[Step, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    events: str = ""
    notes: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple({s.name: s for step in self.steps for s in step.secrets}.values())

    def as_json(self) -> dict[str, Any]:
        return {"format": 1, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        known = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        return cls(
            **{
                **known,
                "steps": tuple(Step.from_json(s) for s in data["steps"]),
                "needs": Needs(**data.get("needs", {})),
                "notes": tuple(data.get("notes", ())),
            }
        )


@dataclass(frozen=True)
class Seen:
    """What one line of the trainer's events means to Tuneyard.

    `metrics` is a line for metrics.jsonl (``t``, ``step``, ``epoch`` and figures);
    `progress` holds ``step``/``steps`` and ``epoch``/``epochs`` where known;
    `event` is a line for events.jsonl (``{"event": "checkpoint", "path": …}``), with paths as
    they are seen from ``work/``. ``{"event": "saved", "file": "../outputs/…"}`` says that a
    result is whole before the end: it may be taken away at once, and so may those that its list
    ``also`` names.
    """

    metrics: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None
    event: dict[str, Any] | None = None


def shared(shares: Mapping[str, Phase], folder: JobFolder) -> Iterator[tuple[Path, Phase]]:
    """What a step made in the home for all jobs, and until when it is needed.

    A file of the user's own, or a Python that was named, is not ours to make again.
    """
    for name, phase in shares.items():
        file, _, key = name.partition(":")
        homes = (folder.home, folder.home.resolve())
        for path in texts(read_json_or(folder.work / file, {}).get(key)):
            if any(Path(path).is_relative_to(home) for home in homes):
                yield Path(path), phase


def texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def fingerprint(step: Step) -> str:
    """A hash of all that decides what a step does: command, inputs, settings it reads.

    An input is told by names, sizes and modification times, not by content: a
    dataset of tens of thousands of clips is looked at in a fraction of a second.
    """
    facts = {
        "command": step.command,
        "env": dict(step.env),
        "reads": dict(step.reads),
        "inputs": {path: _signature(Path(path)) for path in step.inputs},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _signature(path: Path) -> list[list[Any]]:
    if path.name == "*":  # what lies in a folder, without the folders in it
        path = path.parent
        found = sorted(file for file in path.glob("*") if not file.is_dir())
    elif path.is_dir():
        found = sorted(Path(root, name) for root, _, names in os.walk(path) for name in names)
    else:
        found = [path] if path.exists() else []
    return [[str(p.relative_to(path)), *_size_and_time(p)] for p in found]


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a dangling link, or gone since it was listed
        return (-1, 0)
    return (status.st_size, status.st_mtime_ns)
