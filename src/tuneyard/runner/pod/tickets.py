"""Addresses that need no bearer: each for one file and a minute, known to this process alone."""

from __future__ import annotations

import secrets
import threading
import time

_MOST = 1000  # whoever asks for more loses the oldest


class Tickets:
    def __init__(self, seconds: float = 60.0) -> None:
        self.seconds = seconds
        self._given: dict[str, tuple[float, str]] = {}  # in the order in which they end
        self._lock = threading.Lock()

    def give(self, path: str) -> str:
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._given) >= _MOST:
                del self._given[next(iter(self._given))]
            self._given[ticket] = (time.monotonic() + self.seconds, path)
        return ticket

    def path(self, ticket: str) -> str | None:
        """What a ticket is for, if it still holds."""
        with self._lock:
            ends, path = self._given.get(ticket, (0.0, ""))
            if time.monotonic() < ends:
                return path
            self._given.pop(ticket, None)
        return None
