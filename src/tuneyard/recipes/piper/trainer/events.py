"""``train/events.jsonl``: what the trainer reports, one JSON object a line.

Every line has ``t`` (seconds since 1970) and ``event``; ``epoch`` counts from 0 and
``step`` counts batches, both over all attempts and the base that was resumed.

- ``start``: ``steps``, ``epochs`` (where both shall end), ``batches`` (of an epoch),
  ``resumed`` (a checkpoint's path, or null)
- ``step``: ``loss_g``, ``loss_d``, ``train_*``
- ``val``: ``val_loss``, ``val_*``
- ``checkpoint``: ``path`` (from ``work/``), ``bytes``, ``epochs_trained``,
  ``interrupted``, ``removed`` (paths); written when the file is complete
- ``interrupted``: ``path`` of the newest checkpoint, or null
- ``end``: ``reason``, ``epochs`` or ``max_hours``

Figures are finite. Those that are not are left out, and ``nan`` names them.
"""

from __future__ import annotations

import json
import math
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Self


class Events:
    """Appends to a file of events, each line flushed; heals a line that a kill cut short."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+")
        if self._torn():
            self._file.write(b"\n")

    def write(self, event: str, **fields: Any) -> None:
        line = {"t": round(time.time(), 3), "event": event, **fields}
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _torn(self) -> bool:
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, size - 1))
        return self._file.read(1) not in (b"", b"\n")


def figures(values: Mapping[str, float]) -> dict[str, Any]:
    """The finite ones as they are; the names of all others, sorted, under ``nan``."""
    finite = {
        name: float(f"{value:.7g}")  # all that a 32-bit figure holds
        for name, value in values.items()
        if math.isfinite(value)
    }
    strange = sorted(set(values) - set(finite))
    return {**finite, "nan": strange} if strange else {**finite}
