"""How fast jobs of this home have trained: what an estimate is made of.

``$TUNEYARD_HOME/speeds.jsonl`` gets a line when a training ends: on which device,
with which of the settings that decide speed, seconds a step and peak memory. An
estimate is the newest such line that fits, with its date; there is no other.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .folder import append_line, locked, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FEWEST_STEPS = 20  # fewer say more about the start than about the training


@dataclass(frozen=True)
class Speed:
    """One training's. `device` is a GPU's model or ``cpu``; `memory` in bytes, of its largest process."""

    t: float
    recipe: str
    job: str
    device: str
    settings: Mapping[str, Any]
    steps: int
    seconds_a_step: float
    memory: int | None

    def sentence(self) -> str:
        """What it tells about the next job, with its source."""
        day = time.strftime("%Y-%m-%d", time.localtime(self.t))
        where = "the CPU" if self.device == "cpu" else self.device
        memory = f", at most {self.memory / 1e9:.1f} GB of memory" if self.memory else ""
        return (
            f"{self.seconds_a_step:.2g} s a step on {where}{memory}: "
            f"measured here on {day} by job {self.job}."
        )


def note(home: Path, speed: Speed) -> None:
    """Writes one down, if it saw enough steps to say something."""
    if speed.steps >= FEWEST_STEPS:
        with locked(home / "speeds.lock"):
            append_line(home / "speeds.jsonl", asdict(speed))


def newest(home: Path, recipe: str, device: str, settings: Mapping[str, Any]) -> Speed | None:
    """The newest of the same recipe, device and settings; None if nobody has measured it here."""
    wanted = (recipe, device, dict(settings))
    found = None
    for line in read_lines(home / "speeds.jsonl"):
        if (line.get("recipe"), line.get("device"), line.get("settings")) == wanted:
            found = line
    return None if found is None else Speed(**found)
