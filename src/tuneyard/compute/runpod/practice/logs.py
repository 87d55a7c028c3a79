"""What a pod says: lines of its container and of the system around it, for all who follow."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

MOST = 5000  # lines that are kept, and that can be asked for at once


@dataclass(frozen=True)
class Line:
    """`time` is RFC 3339 in UTC, so that it sorts; `number` tells lines of one time apart."""

    time: str
    number: int
    source: str  # container, system
    text: str

    @property
    def id(self) -> str:
        return f"{self.time}/{self.number:012}"


class Log:
    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=MOST)
        self._count = 0
        self._changed = threading.Condition()
        self._closed = False

    def add(self, source: str, text: str) -> None:
        with self._changed:
            self._count += 1
            self._lines.append(Line(now(), self._count, source, text))
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more will come: who follows is let go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def lines(self) -> list[Line]:
        with self._changed:
            return [*self._lines]

    def after(self, number: int, seconds: float) -> tuple[list[Line], bool]:
        """Lines with a higher number, waited for if there is none; and whether it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._count > number, seconds)
            return [line for line in self._lines if line.number > number], self._closed


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
