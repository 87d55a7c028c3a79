"""The end of a log as lines that are safe to show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.runner.masking import Masker

_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_END = 64 << 10  # bytes


def last_lines(log: Path, masker: Masker, count: int, begin: int = 0) -> list[str]:
    """The last lines from byte `begin` on: secrets masked, progress bars collapsed."""
    length = log.stat().st_size - begin if log.exists() else 0
    if length <= 0:
        return []
    chunk = masker.read(log, max(begin, begin + length - _END), _END)
    lines = [line for line in map(_shown, chunk.data.split(b"\n")) if line]
    return lines[-count:]


def printable(text: str) -> str:
    """The same text with whatever could steer a terminal escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shown(line: bytes) -> str:
    """What a terminal would show of a line in the end, as plain text."""
    frames = [frame for frame in line.split(b"\r") if frame.strip()]
    text = frames[-1].decode(errors="replace") if frames else ""
    return printable(_STEERING.sub("", text).expandtabs(4)).rstrip()
