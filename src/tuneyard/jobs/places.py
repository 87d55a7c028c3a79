"""Suggestions for a field that takes a path: folders and files below what was typed.

Only inside the places that are allowed, links followed: a link out of them leads nowhere.
"""

from __future__ import annotations

import contextlib
import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST = 50  # suggestions

_FILES = (".zip", ".ckpt", ".safetensors")
_LOOKED_AT = 20_000  # entries of a folder; more are a dataset, not a place to choose from


def roots(home: Path) -> list[Path]:
    """The places that are allowed: the user's own directory, this home, where we were started."""
    found: list[Path] = []
    with contextlib.suppress(RuntimeError):  # a user without a directory
        found.append(Path.home())
    with contextlib.suppress(FileNotFoundError):  # it was removed since
        found.append(Path.cwd())
    return list(dict.fromkeys([*found, home]))


def suggest(typed: str, allowed: Sequence[Path]) -> list[dict[str, Any]]:
    """What may follow: path, name, kind and bytes of each, folders first.

    Of nothing, the places themselves. A path that is not absolute begins in the first of
    them, like one with ``~``. What can't be read has no suggestions.
    """
    inside = _Inside(allowed)
    if not typed.strip():
        return [_folder(path) for path in allowed if path.is_dir()]
    if "\0" in typed or not allowed:
        return []
    folder, begin = _split(typed, allowed[0])
    if not inside.has(folder):
        return []
    try:
        found = list(_fitting(folder, begin, inside))
    except OSError:  # not there, no folder, or not readable
        return []
    return sorted(found, key=lambda place: (place["kind"] == "file", place["name"]))[:MOST]


class _Inside:
    """Which paths really lie in the places that are allowed."""

    def __init__(self, allowed: Sequence[Path]) -> None:
        self.real = [os.path.realpath(path) for path in allowed]

    def has(self, path: str) -> bool:
        real = os.path.realpath(path)
        return any(os.path.commonpath([real, root]) == root for root in self.real)


def _split(typed: str, base: Path) -> tuple[str, str]:
    """The folder to look into, and what the names in it begin with."""
    if typed == "~" or typed.startswith("~/"):
        typed = f"{base}/{typed[2:]}"
    whole = os.path.join(base, typed)  # noqa: PTH118 - keeps the slash at the end, which matters
    folder, begin = os.path.split(whole)
    if begin in {".", ".."}:
        folder, begin = whole, ""
    return os.path.normpath(folder), begin


def _fitting(folder: str, begin: str, inside: _Inside) -> Iterator[dict[str, Any]]:
    wanted = begin.casefold()
    with os.scandir(folder) as entries:
        for entry in islice(entries, _LOOKED_AT):
            fits = entry.name.casefold().startswith(wanted)
            hidden = entry.name.startswith(".") and not begin.startswith(".")
            if fits and not hidden and (place := _place(entry, inside)):
                yield place


def _place(entry: os.DirEntry[str], inside: _Inside) -> dict[str, Any] | None:
    with contextlib.suppress(OSError):
        if entry.is_symlink() and not inside.has(entry.path):
            return None
        if entry.is_dir():
            return _folder(Path(entry.path))
        if entry.is_file() and entry.name.lower().endswith(_FILES):
            size = entry.stat().st_size
            return {"path": entry.path, "name": entry.name, "kind": "file", "bytes": size}
    return None


def _folder(path: Path) -> dict[str, Any]:
    whole = str(path)
    return {
        "path": whole if whole.endswith("/") else f"{whole}/",
        "name": path.name or whole,
        "kind": "folder",
        "bytes": None,
    }
