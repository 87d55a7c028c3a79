"""What a pod has in its job's folder by its own list, and what of that is here.

An entry has ``path``, ``bytes`` and ``mtime_ns``, ``inode`` where the pod's version tells it,
and ``checkpoint`` if it is part of the newest one.
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .face import Face

_WORK = "work"  # a trainer names its files as they are seen from there

Entry = dict[str, Any]


def of(face: Face) -> list[Entry]:
    """Without paths that lead out of the folder: no face of ours names such. Raises as it does."""
    return [entry for entry in face.files() if _is_inside(PurePosixPath(entry["path"]))]


def results(listed: list[Entry], events: Path, *, ended: bool, most: float) -> list[Entry]:
    """Those that may come home now, the newest first.

    Before the job has `ended`, only what an event ``saved`` says to be whole (see
    `runner.step.Seen`), and is not larger than `most` bytes. `events` are the pod's own.
    """
    found = [entry for entry in listed if entry["path"].startswith("outputs/")]
    saved = _saved(events)
    if not ended:
        whole = {_file(e) for e in found if e["path"] in saved and e["bytes"] <= most}
        found = [entry for entry in found if _file(entry) in whole]
    # Of a file's names the one first that a newer file will not get meanwhile.
    return sorted(found, key=lambda entry: (-entry["mtime_ns"], entry["path"] not in saved))


def same_file(entry: Entry, listed: list[Entry], place: Path) -> Path | None:
    """Where the file lies here, if it came by any of its names: a trainer may give it several."""
    paths = (place / each["path"] for each in listed if _file(each) == _file(entry))
    return next((path for path in paths if is_here(path, entry)), None)


def is_here(path: Path, entry: Mapping[str, Any]) -> bool:
    try:
        return mark(path) == (entry["bytes"], entry["mtime_ns"])
    except OSError:
        return False


def mark(path: Path) -> tuple[int, int]:
    """Another one for another version of a file, and the same for a copy of it."""
    status = path.stat()
    return (status.st_size, status.st_mtime_ns)


def _file(entry: Entry) -> tuple[Any, ...]:
    """The same for all names of one file in a pod."""
    return (entry.get("inode", entry["path"]), entry["bytes"], entry["mtime_ns"])


def _saved(events: Path) -> set[str]:
    told = (line for line in read_lines(events) if line.get("event") == "saved")
    names = (name for line in told for name in [line.get("file"), *line.get("also", ())])
    return {posixpath.normpath(posixpath.join(_WORK, name)) for name in names if name}


def _is_inside(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts
