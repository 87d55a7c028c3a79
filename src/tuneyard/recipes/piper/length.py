"""How long a training is, once a job with the same data has counted the steps of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EPOCH", "length"]

# The settings that decide how many steps an epoch has, with the data.
EPOCH = (
    "dataset",
    "speakers",
    "shortest_seconds",
    "longest_seconds",
    "validation_split",
    "batch_size",
)


def length(settings: Mapping[str, Any], epoch_steps: int) -> tuple[int, float | None] | None:
    """Its steps, and the seconds after which its settings end it.

    None where it goes on until an epoch that the base's own are counted into: these are not
    known before its file is there.
    """
    until, hours = settings["until_epoch"], settings["max_hours"]
    if until is not None and settings["base"]:
        return None
    epochs = settings["epochs"] if until is None else until
    return epochs * epoch_steps, None if hours is None else hours * 3600
