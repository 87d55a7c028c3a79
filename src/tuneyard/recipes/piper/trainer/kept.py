"""The checkpoints that a job keeps, told by their names alone.

``epoch=9-step=60.ckpt`` was left at the end of epoch 9, counted from 0, after 60
batches in all; ``epoch=9-step=57-interrupted.ckpt`` in the middle of that epoch.
Steps are batches, as in events and charts; Lightning's own count is twice that,
because Piper has two optimizers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"epoch=(\d+)-step=(\d+)(-interrupted)?\.ckpt")


@dataclass(frozen=True)
class Kept:
    path: Path
    epoch: int
    step: int
    interrupted: bool = False

    @property
    def epochs_trained(self) -> int:
        return self.epoch if self.interrupted else self.epoch + 1


def name(epoch: int, step: int, *, interrupted: bool = False) -> str:
    return f"epoch={epoch}-step={step}{'-interrupted' if interrupted else ''}.ckpt"


def parse(path: Path) -> Kept | None:
    """None for a file that isn't named like a checkpoint of ours."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    return Kept(path, int(match[1]), int(match[2]), interrupted=match[3] is not None)


def listed(folder: Path) -> list[Kept]:
    """All checkpoints in `folder`, oldest first; an empty list if there is no such folder."""
    found = (parse(path) for path in folder.glob("*.ckpt"))
    return sorted(
        (kept for kept in found if kept is not None),
        key=lambda kept: (kept.step, kept.epochs_trained),
    )


def outdated(kept: list[Kept], keep_last: int) -> list[Kept]:
    """Those of `kept` (oldest first) to delete; `keep_last` 0 keeps every finished epoch.

    The newest is never among them. An interrupted one is of use only while it is the newest.
    """
    finished = [one for one in kept if not one.interrupted]
    surplus = finished[:-keep_last] if keep_last > 0 else []
    superseded = [one for one in kept[:-1] if one.interrupted]
    return [one for one in surplus if one is not kept[-1]] + superseded


def clear_partial(folder: Path) -> None:
    """Deletes what a kill in the middle of writing left behind."""
    for path in folder.glob(".*.partial"):
        path.unlink(missing_ok=True)
