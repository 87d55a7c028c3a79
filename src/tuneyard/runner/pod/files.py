"""What a pod gives out of its job's folder: results, the newest checkpoint, the runner's records."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.runner.folder import JobFolder


def listed(folder: JobFolder) -> dict[str, dict[str, Any]]:
    """By path in the job's folder: ``path``, ``bytes``, ``mtime_ns``, ``inode`` (the same for all
    names of one file), and which are a checkpoint.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in ("outputs", "samples", "plan.json", "attempts", "steps"):
        found |= _described(folder, folder.path / name)
    for checkpoint in checkpoints(folder)[-1:]:
        found |= _described(folder, checkpoint, checkpoint=True)
    return found


def checkpoints(folder: JobFolder) -> list[Path]:
    """Those that events name and that are still there; the newest last."""
    kinds = {"checkpoint", "interrupted"}
    named = [e.get("path") for e in read_lines(folder.events) if e.get("event") in kinds]
    paths = (folder.work / str(name) for name in named if name)
    return [
        p for p in paths if ".." not in p.parts and p.is_relative_to(folder.path) and p.exists()
    ]


def is_record(path: str) -> bool:
    """Whether it is a text of the runner's own, which may quote what a trainer printed."""
    return path.startswith(("attempts/", "steps/")) or path == "plan.json"


def _described(folder: JobFolder, place: Path, **more: Any) -> dict[str, dict[str, Any]]:
    found = {}
    for path in _inside(place):
        name = str(path.relative_to(folder.path))
        with contextlib.suppress(FileNotFoundError):  # it was there a moment ago
            if _is_own(folder, path):
                status = path.stat()
                size = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
                found[name] = {"path": name, **size, "inode": status.st_ino, **more}
    return found


def _inside(place: Path) -> Iterator[Path]:
    """The file itself, or all in a folder but what is hidden: that is being made."""
    if not place.is_dir():
        yield place
    for root, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(names) if not name.startswith("."))


def _is_own(folder: JobFolder, path: Path) -> bool:
    """A file that lies in the job's folder itself; a trainer may leave links to anywhere."""
    return path.is_file() and path.resolve().is_relative_to(folder.path.resolve())
