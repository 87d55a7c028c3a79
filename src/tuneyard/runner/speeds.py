"""How fast jobs have trained: what an estimate is made of.

``$TUNEYARD_HOME/speeds.jsonl`` gets a line when a training ends: on which device, with
which settings, seconds a step and peak memory. A pod's runner writes it into the pod's own
home, which ends with the pod; the event ``speed`` beside it comes home.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .folder import append_line, locked, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FEWEST_STEPS = 20  # fewer say more about the start than about the training


@dataclass(frozen=True)
class Speed:
    """One training's. `device` is a GPU's model or ``cpu``; `memory` in bytes, of its largest process.

    `settings` are all that the job had. `seconds` is how long the `steps` that were seen took in
    all, with checkpoints and whatever else came between them, and `seconds_a_step` what one took
    at the end; `epoch_steps` is how many an epoch has. None where nobody said so.
    """

    t: float
    recipe: str
    job: str
    device: str
    settings: Mapping[str, Any]
    steps: int
    seconds_a_step: float
    memory: int | None
    seconds: float | None = None
    epoch_steps: int | None = None


def note(home: Path, speed: Speed) -> None:
    """Writes one down, if it saw enough steps to say something; once, however often it is told."""
    path = home / "speeds.jsonl"
    if speed.steps >= FEWEST_STEPS:
        with locked(home / "speeds.lock"):
            if not any(
                (s.get("job"), s.get("t")) == (speed.job, speed.t) for s in read_lines(path)
            ):
                append_line(path, asdict(speed))
