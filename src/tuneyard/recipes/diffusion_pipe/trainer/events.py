"""``train/events.jsonl``: what the watcher finds, one JSON object a line; and what it means.

Every line has ``t`` (seconds since 1970) and ``event``. Lines that come from the console have
``at``, the offset in the log behind what they were read from; those from TensorBoard's
files have ``of`` (run and file) and ``at`` in it: so whoever comes next goes on from there.
Epochs and steps count from 1.

- ``start``: ``steps``, ``epochs``, ``steps_per_epoch``: how far it shall go; told again when
  more is known
- ``caching``: ``what``, ``where`` (the set), ``done``, ``of_all``: of all sets together
- ``step``: ``step``, ``epoch``, ``loss``, ``lr``, ``seconds``, ``samples_per_second``
- ``val``: ``step`` and figures by name: ``eval/<set>/loss``, ``epoch_loss``, ``grad_norm`` …
- ``checkpoint``: ``path`` (a folder, from ``work/``), ``step``, ``epoch``, ``bytes``
- ``saved``: ``path`` (a folder), ``file`` (in ``outputs/``), ``also`` (what belongs to it there),
  ``name``, ``step``, ``epoch``, ``bytes``
- ``warning``: as the runner's own
- ``interrupted``: ``path`` of the newest checkpoint, or null; ``step``
- ``end``: ``reason``, ``epochs`` or ``max_steps``; ``step``

Figures are finite. Those that are not are left out, and ``nan`` names them.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import append_line, parse_line
from tuneyard.runner.step import Seen

if TYPE_CHECKING:
    from pathlib import Path

_EVENTS = frozenset({"checkpoint", "saved", "warning", "interrupted", "end"})
_OURS = ("t", "event", "at", "of")


def tell(path: Path, event: str, /, **fields: Any) -> None:
    append_line(path, {"t": round(time.time(), 3), "event": event, **fields})


def seen(line: bytes) -> Seen | None:
    """What a line means to the runner."""
    data = json.loads(line) if line.strip() else {}
    kind = data.get("event")
    rest = {name: value for name, value in data.items() if name not in _OURS}
    if kind == "start":
        epoch_steps = rest.pop("steps_per_epoch")
        return Seen(progress={**rest, "epoch_steps": epoch_steps, "caching": None})
    if kind == "caching":
        return Seen(progress={"caching": {"of": rest.pop("of_all"), **rest}})
    if kind == "step":
        place = {"step": data["step"], "epoch": data["epoch"], "caching": None}
        return Seen(metrics={"t": data["t"], **rest}, progress=place)
    if kind == "val":
        return Seen(metrics={"t": data["t"], **rest})
    return Seen(event={"event": kind, **rest}) if kind in _EVENTS else None


@dataclass
class Before:
    """What earlier starts told: how far they read, and what they found."""

    log: int | None = None
    files: dict[str, int] = field(default_factory=dict)
    epoch: int = 1
    saved: dict[str, list[int]] = field(default_factory=dict)  # size and time, by path
    steps: dict[str, int] = field(default_factory=dict)  # of a model, by path
    checkpoints: dict[str, list[int]] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)  # in which each checkpoint was made

    @classmethod
    def of(cls, path: Path) -> Before:
        found = cls()
        try:
            with path.open("rb") as file:
                for line in file:
                    found._take(line)
        except FileNotFoundError:
            pass
        return found

    def _take(self, line: bytes) -> None:
        """Of millions of steps, most lines are only looked at."""
        data = parse_line(line)
        if data is None:
            return
        if "of" in data:
            self.files[data["of"]] = data["at"]
        elif "at" in data:
            self.log = data["at"]
        self.epoch = data.get("epoch", self.epoch) if data["event"] == "step" else self.epoch
        if data["event"] == "saved":
            self.saved[data["path"]] = data["mark"]
            self.steps[data["path"]] = data["step"]
        elif data["event"] == "checkpoint":
            self.checkpoints[data["path"]] = data["mark"]
            self.epochs[data["path"]] = data["epoch"]
