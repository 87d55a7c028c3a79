"""One file of an upload on its way in, and whether there is room for it."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuneyard.errors import Missing, NotFound, WrongInput
from tuneyard.home import disk_of
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from pathlib import Path

_SPARE = 1_000_000_000  # bytes of the disk that stay free: jobs that run write too


@dataclass(frozen=True)
class Limits:
    """`abandoned` are seconds after which what is not complete is removed."""

    file_bytes: int = 100_000_000_000
    bytes: int = 200_000_000_000
    files: int = 200_000
    abandoned: float = 24 * 3600.0


@dataclass
class Tally:
    """What an upload has so far; `arriving` are bytes of files that are not whole yet."""

    home: Path
    limits: Limits
    files: int = 0
    bytes: int = 0
    arriving: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, file: int) -> None:
        """Raises WrongInput if a file of so many bytes is too much, with all that is there."""
        if file > self.limits.file_bytes:
            raise too_much(f"A file may have {gb(self.limits.file_bytes)} at most.")
        if self.bytes + max(self.arriving, file) > self.limits.bytes:
            raise too_much(f"All of it may have {gb(self.limits.bytes)} at most.")
        if self.files >= self.limits.files:
            raise too_much(f"There may be {self.limits.files:,} files at most.")


class Arriving:
    """One file that arrives: `write` its bytes."""

    _LOOK = 64 << 20  # bytes between two looks at the disk

    def __init__(self, path: Path, tally: Tally) -> None:
        self.path = path
        self.tally = tally
        self.size = 0
        self._next_look = self._LOOK

    def __enter__(self) -> None:
        try:
            # Unbuffered: a full disk is told where it is met, not when the file is closed.
            self._file = open(self.path, "xb", buffering=0, opener=_private)
        except FileNotFoundError:
            raise gone() from None

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Appends bytes. Raises WrongInput when it becomes too much, Missing on a full disk."""
        with self.tally.lock:
            self.size += len(data)
            self.tally.arriving += len(data)
            self.tally.check(self.size)
        if self.size >= self._next_look:
            self._next_look += self._LOOK
            must_have_room(self.tally.home, len(data))
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _no_room(self.tally.home) from None
            raise

    def settle(self, before: int | None) -> None:
        """It is whole and where it belongs, in place of one of so many bytes; under the lock."""
        self.tally.files += before is None
        self.tally.bytes += self.size - (before or 0)
        self.tally.arriving -= self.size
        self.size = 0

    def forget(self) -> None:
        """Takes it out of what arrives and off the disk, unless it is where it belongs."""
        with self.tally.lock:
            self.tally.arriving -= self.size
        self.path.unlink(missing_ok=True)


def must_have_room(home: Path, size: int) -> None:
    if size + _SPARE > shutil.disk_usage(disk_of(home)).free:
        raise _no_room(home)


def _no_room(home: Path) -> Missing:
    there = disk_of(home)
    return Missing(
        f"There is no room for it: {gb(shutil.disk_usage(there).free)} are free on the disk of {there}.",
        code="disk",
        next_step="Free some space, or set TUNEYARD_HOME to a larger disk. Or keep the data where "
        "it is and name its path.",
    )


def gone() -> NotFound:
    return NotFound(
        "There is no such upload.",
        code="no-upload",
        next_step="It may have been removed, since it was left half-way: drop the data again.",
    )


def too_much(sentence: str) -> WrongInput:
    step = "Keep the data where it is and name its path instead."
    return WrongInput([Problem(sentence, "upload-too-large", "", step)])


def gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
