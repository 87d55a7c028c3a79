"""Stars in place of secrets, in whatever is shown of a job.

A trainer may print its token, and the log keeps what was printed, byte for byte.
So every reader masks. It knows a secret by a mark in the job folder, since the
process that shows a log may never have held the token: the mark tells length and
kinds of characters, a two-byte sum that finds candidates fast, and a salted slow
hash that confirms them. The token can't be had back from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import string
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .folder import Chunk, locked, read, read_json_or, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SHORTEST = 8  # bytes; what is shorter would star out ordinary words

_QUIET = 1.0  # seconds
_ROUNDS = 20_000  # of PBKDF2: some milliseconds a candidate, and candidates are rare
_WORD = (string.ascii_letters + string.digits).encode()


@dataclass(frozen=True)
class Mark:
    """What is kept of one secret: enough to know it, too little to have it."""

    length: int
    others: str  # its ASCII characters beside letters and digits
    wide: bool  # whether it has any beyond ASCII
    salt: str
    quick: int
    slow: str

    @classmethod
    def of(cls, secret: str) -> Mark:
        data = secret.encode()
        salt = os.urandom(16)
        others = sorted({chr(byte) for byte in data if byte not in _WORD and byte < 128})
        wide = not secret.isascii()
        sums = (_quick(data, salt), _slow(data, salt.hex()))
        return cls(len(data), "".join(others), wide, salt.hex(), *sums)

    def kinds(self) -> bytes:
        """A character class, as a regular expression has it, of what it is made of."""
        wide = b"\x80-\xff" if self.wide else b""
        return b"[A-Za-z0-9" + wide + re.escape(self.others.encode()) + b"]"

    def table(self) -> bytes:
        """For `bytes.translate`: 1 for what it is made of, 0 for all else."""
        kinds = re.compile(self.kinds())
        return bytes(kinds.match(bytes([byte])) is not None for byte in range(256))


class Masker:
    """Masks all the secrets it has marks of, by stars of equal length."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks = [(mark, mark.table(), bytes.fromhex(mark.salt)) for mark in marks]
        self.longest = max((mark.length for mark, _, _ in self.marks), default=0)
        endings = b"|".join(mark.kinds() + b"+" for mark, _, _ in self.marks)
        self.ending = re.compile(b"(?:" + endings + rb")\Z")

    @classmethod
    def of_job(cls, masks: Path) -> Masker:
        return cls(Mark(**mark) for mark in read_json_or(masks, {}).get("marks", []))

    def mask(self, data: bytes) -> bytes:
        for mark, table, salt in self.marks:
            for start in self._places(data, mark, table, salt):
                data = data[:start] + b"*" * mark.length + data[start + mark.length :]
        return data

    def text(self, text: str) -> str:
        return self.mask(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")

    def read(self, path: Path, offset: int, limit: int = 1 << 20) -> Chunk:
        """Like `folder.read`, masked; a secret that lies across the chunk's edges is masked too.

        Of a file that is being written, an end that may be half a secret is held
        back until it has been quiet for a second.
        """
        chunk = read(path, offset, limit)
        if not self.marks or not chunk.data:
            return chunk
        start = chunk.next - len(chunk.data)
        before = min(start, self.longest - 1)
        wanted = before + len(chunk.data) + self.longest - 1
        window = read(path, start - before, wanted).data
        settled = len(window) if len(window) == wanted else self._settled(path, window)
        data = self.mask(window)[before : min(settled, before + len(chunk.data))]
        return Chunk(data, start + len(data), chunk.reset)

    def pieces(self, path: Path, size: int = 1 << 20) -> tuple[int, Iterator[bytes]]:
        """A file as it is now, masked: how long that is, and its bytes, `size` at a time.

        An end that may be half a secret is left out, as `read` does.
        """
        length = self._settled_end(path)
        starts = range(0, length, size)
        return length, (self._part(path, at, min(size, length - at)) for at in starts)

    def _settled_end(self, path: Path) -> int:
        """Offset of the first byte that may be of half a secret; without one, the file's length."""
        if not path.exists():
            return 0
        end = read(path, -max(1, self.longest))
        if not self.marks:
            return end.next
        return end.next - len(end.data) + self._settled(path, end.data)

    def _part(self, path: Path, start: int, length: int) -> bytes:
        """These bytes masked, by what lies around them too."""
        around = max(0, self.longest - 1)
        before = min(start, around)
        window = read(path, start - before, before + length + around).data
        return self.mask(window)[before : before + length]

    def _settled(self, path: Path, window: bytes) -> int:
        """How much of a file's end can't be half a secret that is still being written."""
        if time.time() - path.stat().st_mtime > _QUIET:
            return len(window)
        tail = self.ending.search(window, max(0, len(window) - self.longest))
        return len(window) if tail is None else tail.start()

    @staticmethod
    def _places(data: bytes, mark: Mark, table: bytes, salt: bytes) -> list[int]:
        places: list[int] = []
        fitting, run = data.translate(table), b"\1" * mark.length
        start = fitting.find(run)
        while start >= 0:
            candidate = data[start : start + mark.length]
            if _quick(candidate, salt) == mark.quick and _slow(candidate, mark.salt) == mark.slow:
                places.append(start)
                start = fitting.find(run, start + mark.length)
            else:
                start = fitting.find(run, start + 1)
        return places


def remember(masks: Path, secrets: Iterable[str]) -> None:
    """Adds marks of these secrets to a job's; those already marked are left.

    Whoever starts a job adds those it knows, and several may at once.
    """
    with locked(masks.with_name("masks.lock")):
        known = Masker.of_job(masks)
        new = [
            Mark.of(secret)
            for secret in sorted(set(secrets))
            if len(secret.encode()) >= SHORTEST and known.text(secret) == secret
        ]
        if new or not masks.exists():
            marks = [mark for mark, _, _ in known.marks] + new
            write_json(masks, {"marks": [asdict(mark) for mark in marks]})


def _quick(data: bytes, salt: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=2, key=salt).digest(), "big")


@lru_cache(maxsize=256)
def _slow(data: bytes, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", data, bytes.fromhex(salt), _ROUNDS).hex()
