"""The part of a file that has arrived so far, and how it grows."""

from __future__ import annotations

import hashlib
import http
import os
import re
import shutil
import time
from typing import IO, TYPE_CHECKING, Any

from tuneyard.recipes.downloads.words import DownloadError, disk_full, mb

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

_PIECE = 1 << 20  # bytes
_SPEAK_EVERY = 5.0  # seconds


class Part:
    """What has arrived so far, with the validator that names the version it belongs to."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.version")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str:
        """What If-Range takes; "" when nobody knows of which version the bytes are."""
        text = self._note.read_bytes() if self._note.exists() else b""
        return text.decode() if re.fullmatch(rb"[ -~]+", text) else ""

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def receive(self, answer: Any, have: int) -> None:
        """Adds what `answer` brings to the first `have` bytes, or begins anew if it does.

        Raises DownloadError if the disk is too small, and OSError where another try may help.
        """
        validator = _validator(answer.headers)
        if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
            self._refuse_other(answer.headers, have, validator)
        else:
            self._begin(validator)
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else None
        needed = (total or 0) - have
        if needed > shutil.disk_usage(self.path.parent).free:
            raise DownloadError(disk_full(self.path.parent, needed))
        if have:
            say(f"Going on from {mb(have)}.")
        with open(self.path, "ab") as file:
            _pour(answer, file, have, total)
        if total is not None and self.size < total:
            raise ConnectionResetError("the connection ended early")

    def _begin(self, validator: str) -> None:
        # In this order: old bytes never lie beside a new note, whenever this is killed.
        self.drop()
        self._note.write_text(validator)

    def _refuse_other(self, headers: Message, have: int, validator: str) -> None:
        """A host that ignores If-Range may send the rest of another version."""
        other = validator and self.validator and validator != self.validator
        if other or not headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            self.drop()
            raise ConnectionResetError("the rest is not of what lies here")


def digest(path: Path, sums: Any = None) -> str:
    """A file's SHA-256 in hex, or what `sums` makes of it."""
    sums = sums or hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            sums.update(piece)
    return str(sums.hexdigest())


def say(text: str) -> None:
    print(text, flush=True)


def _pour(answer: Any, file: IO[bytes], have: int, total: int | None) -> None:
    began = spoke = time.monotonic()
    came = 0
    while piece := answer.read(_PIECE):
        file.write(piece)
        came += len(piece)
        now = time.monotonic()
        if now - spoke >= _SPEAK_EVERY:
            say(_progress(have + came, total, came / (now - began)))
            spoke = now
    file.flush()
    os.fsync(file.fileno())


def _progress(have: int, total: int | None, pace: float) -> str:
    if total is None:
        return f"{mb(have)}, {pace / 1e6:.1f} MB/s"
    left = (total - have) / pace
    return f"{have / 1e6:.0f} of {mb(total)}, {pace / 1e6:.1f} MB/s, about {left:.0f} s left"


def _validator(headers: Message) -> str:
    """A strong ETag, else the time of the last change: what If-Range takes. "" without either."""
    etag: str = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")
