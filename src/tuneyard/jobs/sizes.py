"""What files and folders take on the disk."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Size(NamedTuple):
    """Bytes on the disk, and how many of them other places hold too, by hard links."""

    bytes: int
    shared: int


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
