"""What of a growing file is sent to a page, and in which form: bytes of a log, or JSON lines."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pydantic_core import from_json, to_json

from tuneyard.jobs.view import masked
from tuneyard.runner.folder import read
from tuneyard.runner.masking import Masker

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder

Message = str | bytes  # as a WebSocket sends it: text or binary

_HEADER = struct.Struct("!IQB")  # number, offset of the first byte, flags
_BEGAN_AGAIN = 1


class Size(NamedTuple):
    """How long a file is, and which one it is: another may have taken its place."""

    bytes: int
    identity: tuple[int, int] | None


class Piece(NamedTuple):
    """What lies from `start` to `end` in a file, ready to be sent."""

    start: int
    end: int
    message: Message


class Growing(Protocol):
    """A file that grows, as followers want it. What reads the disk is not for the event loop."""

    @property
    def at_once(self) -> int:
        """Bytes that are read for one piece at most."""

    def size(self) -> Size:
        """Reads the disk."""

    def settled(self) -> int:
        """Reads the disk for the offset nearest to the file's end where a message may begin.

        Raises FolderError if the marks of secrets can't be read: nothing is sent without.
        """

    def piece(self, start: int, limit: int) -> Piece:
        """Reads the disk. It ends where it starts if there is nothing to send yet."""

    def followed(self, start: int, size: int) -> Message:
        """Says that pieces follow from here."""

    def began_again(self) -> Message:
        """Says that all that was sent before is gone."""

    def skipped(self, start: int, end: int) -> Message | None:
        """Says what a slow viewer missed; None where nothing may be left out."""


class LogBytes:
    """A job's log as binary frames. `number` tells a page which log a frame belongs to."""

    at_once = 1 << 18

    def __init__(self, folder: JobFolder, number: int) -> None:
        self.path = folder.log
        self._about = {"channel": "log", "job": folder.id, "number": number}
        self._number = number
        self._marks = _Marks(folder.masks)

    def size(self) -> Size:
        return _size(self.path)

    def settled(self) -> int:
        self._marks.masker()
        return self.size().bytes

    def piece(self, start: int, limit: int) -> Piece:
        chunk = self._marks.masker().read(self.path, start, limit)
        if chunk.reset:
            return Piece(start, start, b"")
        return Piece(start, chunk.next, self._frame(start, chunk.data))

    def followed(self, start: int, size: int) -> str:
        return text({**self._about, "start": start, "size": size})

    def began_again(self) -> bytes:
        return self._frame(0, b"", _BEGAN_AGAIN)

    def skipped(self, start: int, end: int) -> str:
        return text({**self._about, "skipped": [start, end]})

    def _frame(self, start: int, data: bytes, flags: int = 0) -> bytes:
        return _HEADER.pack(self._number, start, flags) + data


class Lines:
    """A file of JSON lines as messages of whole lines."""

    at_once = 1 << 20  # a line that is longer is none of ours, and left out

    def __init__(self, folder: JobFolder, channel: str, path: Path) -> None:
        self.path = path
        self._about = {"channel": channel, "job": folder.id}
        self._marks = _Marks(folder.masks)

    def size(self) -> Size:
        return _size(self.path)

    def settled(self) -> int:
        self._marks.masker()
        chunk = read(self.path, -self.at_once, self.at_once)
        return chunk.next - len(chunk.data) + chunk.data.rfind(b"\n") + 1

    def piece(self, start: int, limit: int) -> Piece:
        chunk = read(self.path, start, limit)
        whole = chunk.data.rfind(b"\n") + 1
        if not whole and len(chunk.data) >= self.at_once:
            whole = len(chunk.data)
        if chunk.reset or not whole:
            return Piece(start, start, "")
        end = start + whole
        return Piece(start, end, self._message(self._lines(chunk.data[:whole]), end))

    def followed(self, start: int, size: int) -> str:  # noqa: ARG002 - of no use to a chart
        return self._message([], start)

    def began_again(self) -> str:
        return self._message([], 0, reset=True)

    def skipped(self, start: int, end: int) -> None:
        """Nothing may be left out: a chart would have a hole."""

    def _lines(self, data: bytes) -> list[Any]:
        masker = self._marks.masker()
        lines = [line for raw in data.split(b"\n") if (line := parsed(raw)) is not None]
        return [masked(line, masker) for line in lines] if masker.marks else lines

    def _message(self, lines: list[Any], end: int, *, reset: bool = False) -> str:
        return text({**self._about, "lines": lines, "next": end, "reset": reset})


def parsed(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line, or None. NaN and infinities are read, as Python writes them."""
    try:
        data = from_json(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def text(message: dict[str, Any]) -> str:
    """A message as browsers read JSON: NaN and infinities, which it doesn't know, are null."""
    return to_json(message, inf_nan_mode="null").decode()


class _Marks:
    """A job's marks of secrets, read again when an attempt brought new ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: Size | None = None
        self._masker = Masker(())

    def masker(self) -> Masker:
        now = _size(self._path)
        if now != self._read:
            self._masker = Masker.of_job(self._path)
            self._read = now
        return self._masker


def _size(path: Path) -> Size:
    try:
        status = os.stat(path)  # noqa: PTH116 - many times a second
    except (FileNotFoundError, NotADirectoryError):
        return Size(0, None)
    return Size(status.st_size, (status.st_dev, status.st_ino))
