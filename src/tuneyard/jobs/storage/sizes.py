"""What files and folders take on the disk, measured and remembered."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tuneyard.runner.environment import FACTS

from .uses import changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


_HOLDS = 20.0  # seconds for which the size of something that may grow is taken as it was


class Size(NamedTuple):
    """Bytes on the disk, and how many of them other places hold too, by hard links."""

    bytes: int
    shared: int


@dataclass(frozen=True)
class _Measured:
    stamp: tuple[int, ...]
    at: float
    size: Size


@dataclass
class Sizes:
    """Of items of a home, by their ids. `settled` says of a path whether nobody writes to it any more."""

    settled: Callable[[Path], bool]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, _Measured] = field(default_factory=dict)

    def get(self, item: str) -> Size | None:
        known = self._known.get(item)
        return known.size if known else None

    def measure(self, item: str, path: Path) -> None:
        """Anew where it may have changed."""
        stamp = tuple(map(changed, (path, path / "state.json", path / "work", path / FACTS)))
        known = self._known.get(item)
        now = self.clock()
        if known and known.stamp == stamp and (self.settled(path) or now < known.at + _HOLDS):
            return
        self._known[item] = _Measured(stamp, now, size_of(path))

    def forget(self, items: Iterable[str]) -> None:
        for item in items:
            self._known.pop(item, None)

    def ids(self) -> set[str]:
        """Of all that is known."""
        return {*self._known}


def size_of(path: Path) -> Size:
    """What a file or folder takes on the disk; links are not followed, nothing is an error."""
    total = shared_bytes = 0
    links: dict[int, tuple[int, int]] = {}  # inode: (bytes, links not seen yet)
    for status in _statuses(str(path)):
        size = status.st_blocks * 512
        if status.st_nlink > 1:
            left = links.get(status.st_ino, (size, status.st_nlink))[1] - 1
            total += size if status.st_ino not in links else 0
            links[status.st_ino] = (size, left)
        else:
            total += size
    shared_bytes = sum(size for size, left in links.values() if left > 0)
    return Size(total, shared_bytes)


def _statuses(top: str) -> Iterator[os.stat_result]:
    """Of each file below; folders themselves take next to nothing."""
    todo = [top]
    with contextlib.suppress(OSError):
        if not os.path.isdir(top) or os.path.islink(top):  # noqa: PTH112, PTH114 - strings, see below
            yield os.lstat(top)
            return
    while todo:
        with contextlib.suppress(OSError), os.scandir(todo.pop()) as entries:  # fast: no paths
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    with contextlib.suppress(OSError):
                        yield entry.stat(follow_symlinks=False)
