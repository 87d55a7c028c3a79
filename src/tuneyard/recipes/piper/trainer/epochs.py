"""How many epochs a training has, and how many it shall have.

Piper's ``--trainer.max_epochs`` is absolute, and when it isn't above the epochs that
a checkpoint already has, Piper trains nothing and exits 0. So nothing is started
before this arithmetic says that there is something to train.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


Use = Literal["none", "warm-start", "resume"]


@dataclass(frozen=True)
class Start:
    """Where the trainer's count of epochs began.

    `epoch` is what the first attempt started from: the base's epochs when it is
    resumed, 0 when it gives only its weights (a warm start begins a new count).
    `base_epochs` is what the base had in either case.
    """

    epoch: int
    base_epochs: int
    use: Use

    @classmethod
    def of_base(cls, base: Mapping[str, Any], base_epochs: int) -> Start:
        use: Use = base["use"] if base.get("path") else "none"
        if use == "none":
            return cls(0, 0, "none")
        return cls(base_epochs if use == "resume" else 0, base_epochs, use)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Start:
        return cls(data["epoch"], data["base_epochs"], data["use"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def target(start: Start, settings: Mapping[str, Any]) -> int:
    """The count at which the training ends, in the trainer's own count.

    `until_epoch` is meant with the base's epochs counted; after a warm start the
    trainer counts from 0 again, so they are taken off.
    """
    until = settings.get("until_epoch")
    if until is not None:
        return int(until) - (start.base_epochs - start.epoch)
    return start.epoch + int(settings["epochs"])


def verdict(
    trained: int, goal: int, *, own: bool
) -> Literal["train", "already done", "nothing to train"]:
    """What to do with `trained` epochs and a goal of `goal`, both absolute.

    `own` says that this job trained them itself: then reaching the goal exactly
    means that a finished step is repeated.
    """
    if trained < goal:
        return "train"
    return "already done" if own and trained == goal else "nothing to train"
