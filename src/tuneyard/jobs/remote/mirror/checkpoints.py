"""Checkpoints that came home: what a later attempt goes on from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.runner.folder import JobFolder

NAMES = ("checkpoint", "checkpoint.before")  # the second only while it gives way to the first


def newest_checkpoint(folder: JobFolder, before: int) -> tuple[str, Path] | None:
    """The newest that came home from attempts earlier than `before`: where it lay in the pod's
    job folder, and where it lies here; a file, or a folder of files.
    """
    found = [
        (path.stat().st_mtime_ns, place, path)
        for place in _places(folder, before)
        for path in place.rglob("*")
        if path.is_file() and path.suffix != ".part"
    ]
    if not found:
        return None
    _, place, newest = max(found)
    files = [path for _, other, path in found if other == place]
    whole = newest if len(files) == 1 else Path(os.path.commonpath(files))
    return str(whole.relative_to(place)), whole


def _places(folder: JobFolder, before: int) -> Iterator[Path]:
    """Of each life of a pod's folder, the one place where a whole checkpoint lies."""
    for life in folder.path.glob("remote/*"):
        if int(life.name.partition(".")[0]) < before:
            yield from [life / name for name in NAMES if (life / name).exists()][:1]
