"""Where the trainer may keep what it makes of each folder.

It writes into the folder itself, ``<folder>/cache/<model>/``. One that can't be written to,
that is used twice in a job, or by another job at this moment, would make it fail or wait for
ever: such a folder gets a *view*, a folder of links to its files with a cache of its own. So
does one that was fetched from the Hub for all jobs.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.data.media import surely
from tuneyard.runner.folder import acquire

if TYPE_CHECKING:
    from collections.abc import Mapping

_CACHE = "cache"


class Places:
    """The folder to name for each entry, in order. It holds its folders' locks until closed."""

    def __init__(self) -> None:
        self.directories: list[str] = []
        self.evaluation: list[str] = []
        self.notes: list[str] = []
        """Sentences for the log: which folders have a view, and why."""
        self._locks: dict[str, int] = {}

    def close(self) -> None:
        while self._locks:
            os.close(self._locks.popitem()[1])

    def take(self, folder: str, home: Path) -> str:
        """Claims a folder's own cache. Otherwise why that can't be, as the end of a sentence."""
        real = os.path.realpath(folder)
        if real in self._locks:
            return "is used more than once in this job"
        if Path(real).is_relative_to(os.path.realpath(home / "cache")):
            return "is kept for all jobs"  # as it came from the Hub
        if not _writable(Path(real)):
            return "can’t be written to"
        locks = home / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(real.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        if (lock := acquire(locks / f"{name}.lock")) is None:
            return "is being used by another job"
        self._locks[real] = lock
        return ""


def places(data: Mapping[str, Any], job: Path, home: Path) -> Places:
    """Claims the folders of ``data.json`` for the job in this folder, or makes views of them.

    A job that goes on uses the views that it has. Raises OSError.
    """
    found = Places()
    views = job / "work" / "train" / "views"
    number = 0
    for name, folders in (("directories", found.directories), ("evaluation", found.evaluation)):
        for entry in data.get(name, ()):
            number += 1
            path = str(entry["path"])
            target = views / f"{number}-{_slug(path)}"
            why = "had one before" if target.is_dir() else found.take(path, home)
            if why:
                view(Path(path), target)
                found.notes.append(f"{path} {why}: its cache is {target / _CACHE}.")
            folders.append(str(target) if why else path)
    return found


def view(source: Path, target: Path) -> None:
    """Makes `target` a folder of links to the files in `source`, or brings one up to date.

    What else lies in it, as the cache, is left alone. Raises OSError.
    """
    target.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        wanted = {
            entry.name: os.path.abspath(entry.path)  # noqa: PTH100 - links are not followed
            for entry in entries
            if entry.name != _CACHE and surely(entry.is_file)
        }
    with os.scandir(target) as entries:
        there = {
            entry.name: str(Path(entry.path).readlink()) for entry in entries if entry.is_symlink()
        }
    for name in there.keys() - wanted.keys():
        (target / name).unlink()
    for name, path in wanted.items():
        if there.get(name) == path:
            continue
        if name in there:
            (target / name).unlink()
        (target / name).symlink_to(path)


def _writable(folder: Path) -> bool:
    """Tried, since neither permissions nor the kind of disk tell all."""
    cache = folder / _CACHE
    try:
        cache.mkdir(exist_ok=True)
        inside = [cache, *(Path(entry.path) for entry in os.scandir(cache) if entry.is_dir())]
        for each in inside:
            with tempfile.TemporaryFile(dir=each):
                pass
    except OSError:
        return False
    return True


def _slug(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).name).strip("-.") or "folder"
