"""How fast a job will train, and for how long: as earlier jobs measured it, or not at all.

Seconds a step are those of the newest job on the same kind of device with the same settings
of those that decide it. How many steps an epoch has is never computed from a dataset, since
only the trainer knows which clips it takes: the newest job with the same data counted them,
wherever it ran. Nothing is said of what comes before and after the training.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.compute.runpod.words import span
from tuneyard.runner import gpus
from tuneyard.runner.folder import read_lines
from tuneyard.runner.speeds import Speed

from .job import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .job import Job

_UNKNOWN = "Speed and memory are unknown until the first steps."


class Length(NamedTuple):
    """A training's, in seconds; `basis` says in words where that is from."""

    seconds: float
    basis: str


class Estimates:
    """Of one job, from what the jobs of a home have left there, see `runner.speeds`."""

    def __init__(self, job: Job, home: Path) -> None:
        self._settings = job.settings
        self._recipe = recipe_of(job)
        self._noted = [*noted(home, job.recipe)]

    def speed(self, device: str) -> Speed | None:
        """The newest on such a device, ``cpu`` or a GPU's model; None if nobody has measured it."""
        names = getattr(self._recipe.steps, "SPEED", ())
        there = (speed for speed in self._noted if _same(speed.device, device))
        return next((speed for speed in there if self._agrees(speed, names)), None)

    def length(self, device: str) -> Length | None:
        """Of the training on such a device; None unless both its steps and its speed are known."""
        measured, module = self.speed(device), self._recipe.length
        if measured is None or module is None:
            return None
        counts = (speed for speed in self._noted if speed.epoch_steps)
        counted = next((speed for speed in counts if self._agrees(speed, module.EPOCH)), None)
        found = counted and module.length(self._settings, counted.epoch_steps)
        if not counted or not found:
            return None
        steps, most = found
        each = _all_in_all(measured)
        seconds = steps * each
        who = "it" if measured.job == counted.job else f"job {measured.job}"
        basis = (
            f"{steps:,} steps as job {counted.job} counted, at the {each:.2g} s that {who} "
            f"took for one on {_day(measured)}; setting up comes on top"
        )
        if most is not None and most < seconds:
            return Length(most, f"as its settings end it then, before {basis}")
        return Length(seconds, basis)

    def sentence(self, device: str) -> str:
        """All of it for people; or that nobody knows."""
        speed = self.speed(device)
        if speed is None:
            return _UNKNOWN
        length = self.length(device)
        whole = f" The training takes {span(length.seconds)}: {length.basis}." if length else ""
        return _told(speed) + whole

    def _agrees(self, speed: Speed, names: Iterable[str]) -> bool:
        """Whether these settings were the same for the job that was measured."""
        known = speed.settings
        return all(name in known and known[name] == self._settings[name] for name in names)


def noted(home: Path, recipe: str) -> Iterator[Speed]:
    """Those of a recipe, the newest first."""
    for line in reversed([*read_lines(home / "speeds.jsonl")]):
        if line.get("recipe") == recipe and (speed := read(line)):
            yield speed


def read(line: Mapping[str, Any]) -> Speed | None:
    """One from a file or an event; None of what is none. What another version adds is left out."""
    try:
        return Speed(
            t=float(line["t"]),
            recipe=str(line["recipe"]),
            job=str(line["job"]),
            device=str(line["device"]),
            settings=dict(line["settings"]),
            steps=int(line["steps"]),
            seconds_a_step=float(line["seconds_a_step"]),
            memory=int(line["memory"]) if line.get("memory") else None,
            seconds=float(line["seconds"]) if line.get("seconds") else None,
            epoch_steps=int(line["epoch_steps"]) if line.get("epoch_steps") else None,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _same(device: str, other: str) -> bool:
    """Whether two names are of one kind of device.

    RunPod's ids are the models as NVIDIA's driver says them, which older drivers say without
    the maker; capitals and dashes are not to matter.
    """
    return _plain(device) == _plain(other)


def _plain(device: str) -> str:
    return re.sub(r"[\W_]+", " ", device.casefold()).strip().removeprefix("nvidia ")


def _all_in_all(speed: Speed) -> float:
    """Seconds a step with what came between them: checkpoints, looks at the validation's clips."""
    return speed.seconds / speed.steps if speed.seconds else speed.seconds_a_step


def _told(speed: Speed) -> str:
    where = "the CPU" if speed.device == gpus.CPU else speed.device
    memory = f", at most {speed.memory / 1e9:.1f} GB of memory" if speed.memory else ""
    return (
        f"{speed.seconds_a_step:.2g} s a step on {where}{memory}: "
        f"measured on {_day(speed)} by job {speed.job}."
    )


def _day(speed: Speed) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(speed.t))
