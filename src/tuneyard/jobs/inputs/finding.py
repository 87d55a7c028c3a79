"""What of a job lies at home alone: a file, or a folder with so many."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuneyard.fields import ALL, PATHS, Reads, reads_at, texts
from tuneyard.jobs.job import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.jobs.job import Job

# An interpreter of this computer would not run there.
_WIDGETS = PATHS - {"program"}


@dataclass(frozen=True)
class Input:
    """A path of this computer that a setting names: a file, or a folder with so many files.

    `setting` is its place among the settings: ``dataset``, or ``directories.0.path``.
    Of a folder only what the trainer reads counts, and travels.
    """

    setting: str
    path: Path
    bytes: int
    files: int
    reads: Reads = ALL


@dataclass(frozen=True)
class These(Reads):
    """Of a folder these files alone, by their paths inside of it."""

    names: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        return name in self.names


class Measured(NamedTuple):
    bytes: int
    files: int


def of(job: Job) -> list[Input]:
    """What of a job lies at home alone."""
    named = texts(recipe_of(job).settings, job.settings)
    paths = ((place, Path(text)) for place, widget, text in named if widget in _WIDGETS)
    there = (each for each in paths if each[1].is_absolute() and each[1].exists())
    found = ((place, path, _read(job, place, path)) for place, path in there)
    return [
        Input(place, path, *measure(path, read), read)
        for place, path, read in found
        if read is not None
    ]


def _read(job: Job, place: str, path: Path) -> Reads | None:
    """What the recipe reads of it; None for nothing at all."""
    recipe = recipe_of(job)
    declared = reads_at(recipe.settings, place)
    names = recipe.read(job.settings, place, (name for name, _ in files_of(path, declared)))
    if names is None:
        return declared
    return These(declared.inside, names=frozenset(names)) if names else None


def measure(path: Path, read: Reads = ALL) -> Measured:
    """Bytes and number of files, without reading any."""
    sizes = [status.st_size for _, status in files_of(path, read)]
    return Measured(sum(sizes), len(sizes))


def files_of(path: Path, read: Reads = ALL) -> Iterator[tuple[str, os.stat_result]]:
    """Name and status of each file, in order; of a single file its own name. Links are followed.

    Of a folder what is hidden is left out, with all else that isn't read: a repository's history,
    what file managers leave and what a trainer keeps there are larger than the data at times.
    """
    if not path.is_dir():
        yield path.name, path.stat()
        return
    seen: set[tuple[int, int]] = set()
    for root, folders, names in os.walk(path, followlinks=True):
        status = os.stat(root)  # noqa: PTH116 - of os.walk's strings
        mark = (status.st_dev, status.st_ino)
        # A link to a folder above would lead round and round.
        ends = not read.inside or mark in seen
        folders[:] = [] if ends else sorted(f for f in folders if ALL.takes(f))
        if mark in seen:
            continue
        seen.add(mark)
        for name in sorted(names):
            file = Path(root, name)
            inside = file.relative_to(path).as_posix()
            if read.takes(inside) and file.is_file():
                yield inside, file.stat()
