"""The sound files in a dataset's folder, found however a list of texts names them."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

READABLE = (".wav", ".flac", ".ogg", ".opus", ".mp3")
"""What Piper reads (through libsndfile 1.2, each tried); the preferred first."""

FOREIGN = (".m4a", ".aac", ".mp4", ".webm", ".wma", ".amr", ".3gp")
"""Sound that libsndfile doesn't read: Piper would end on the first such file."""

_FORMATS = (*READABLE, *FOREIGN)
FOLDERS = ("", "wavs", "wav", "audio", "clips")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


class Clips:
    """Looks names up in one folder. Nothing outside it is ever found.

    A name may lack its folder or its ending, differ in case or in how accents are
    stored, or be the absolute path that the file had on another computer.
    """

    def __init__(self, root: Path) -> None:
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for file in visible_files(root):
            path = PurePosixPath(file)
            if path.suffix.lower() in _FORMATS:
                for start in range(len(path.parts)):
                    tail = PurePosixPath(*path.parts[start:])
                    self._by_key[_key(str(tail))].append(file)
                    self._by_key[_key(str(tail.with_suffix("")))].append(file)

    def find(self, name: str) -> list[str]:
        """The files that `name` may mean, relative to the folder: none, one, or several.

        There is one where an exact path, a usual folder (``wavs/``) or a format that
        Piper reads decides.
        """
        path = name.replace("\\", "/").removeprefix("./")
        found = self._by_key.get(_key(path)) or self._by_key.get(_key(_without_ending(path)))
        if not found and _ABSOLUTE.match(path):
            return self._by_tail(path)
        ranked = [(_rank(file, path), file) for file in found or ()]
        best = min(ranked, default=None)
        return [file for rank, file in ranked if best and rank == best[0]]

    def _by_tail(self, path: str) -> list[str]:
        """By the longest end of an absolute path that exists here."""
        parts = path.split("/")[1:]
        for start in range(len(parts)):
            if found := self.find("/".join(parts[start:])):
                return found
        return []


def visible_files(root: Path) -> Iterator[str]:
    """All files under `root` but litter, as relative paths with slashes, in order.

    Linked folders are followed, unless they lead back to where they were met.
    """
    for here, folders, names in os.walk(root, followlinks=True):
        above = Path(here).resolve()
        folders[:] = sorted(
            name
            for name in folders
            if not is_litter(name) and not _leads_back(Path(here, name), above)
        )
        for name in sorted(names):
            if not is_litter(name):
                yield Path(here, name).relative_to(root).as_posix()


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or was left by a file manager."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def is_readable(file: str) -> bool:
    """Whether Piper reads files of this ending."""
    return file.lower().endswith(READABLE)


def _leads_back(folder: Path, above: Path) -> bool:
    return folder.is_symlink() and above.is_relative_to(folder.resolve())


def _rank(file: str, wanted: str) -> tuple[bool, int, int, int]:
    """Less is better: whether Piper reads it, how exact the match is, format, folder."""
    path = PurePosixPath(file)
    exactness = next(
        far
        for far, same in enumerate(
            (
                file == wanted,
                str(path.with_suffix("")) == wanted,
                _key(wanted) in (_key(file), _key(str(path.with_suffix("")))),
                True,
            )
        )
        if same
    )
    folder = str(path.parent).lower().removeprefix(".")
    return (
        not is_readable(file),
        exactness,
        _FORMATS.index(path.suffix.lower()),
        FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS),
    )


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _without_ending(path: str) -> str:
    stem, dot, ending = path.rpartition(".")
    return stem if f"{dot}{ending}".lower() in _FORMATS else path
