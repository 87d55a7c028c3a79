"""Checkpoints that came home: what a later attempt goes on from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuneyard.runner.folder import JobFolder


def newest_checkpoint(folder: JobFolder, before: int) -> tuple[str, Path] | None:
    """The newest that came home from attempts earlier than `before`: where it lay in the pod's
    job folder, and where it lies here; a file, or a folder of files.
    """
    found = [
        (path.stat().st_mtime_ns, place, path)
        for place in folder.path.glob("remote/*/checkpoint")
        if int(place.parent.name.partition(".")[0]) < before
        for path in place.rglob("*")
        if path.is_file() and path.suffix != ".part"
    ]
    if not found:
        return None
    _, place, newest = max(found)
    files = [path for _, other, path in found if other == place]
    whole = newest if len(files) == 1 else Path(os.path.commonpath(files))
    return str(whole.relative_to(place)), whole
