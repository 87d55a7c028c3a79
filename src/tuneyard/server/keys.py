"""Who may use a server: whoever has its home's token, a session made with it, or the password.

The token is made once a home and stays, so that an open page finds its way back to a
server that was started again. Nothing here keeps a list of sessions: a session proves
itself by a sum over the token and the password, so a new password ends all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import time
from typing import TYPE_CHECKING

from tuneyard.errors import NotPossible
from tuneyard.runner.folder import write_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clock = Callable[[], float]

SESSION = 30 * 24 * 3600  # seconds that a session lasts
SHORTEST_PASSWORD = 12  # characters

_ONCE = 120  # seconds in which a link that works once is opened
_FREE = 3  # wrong passwords that may be typing errors
_LONGEST = 30.0  # seconds between two tries, at most
_SHORTEST_TOKEN = 32  # characters; ours have 43


class Keys:
    """What opens one server. `password` is empty where there is none."""

    def __init__(self, token: str, password: str = "", *, now: Clock = time.time) -> None:
        self.token = token
        self.password = Password(password) if password else None
        self._secret = token.encode()
        self._sessions = f"session {self._sum(f'password {password}')}" if password else "session"
        self._now = now
        self._used: dict[str, int] = {}
        # Cookies don't know ports: servers of two homes on one host need names of their own.
        self.cookie = f"tuneyard-{self._sum('home')[:8]}"

    @classmethod
    def of(cls, home: Path, password: str = "") -> Keys:
        """The keys of a home; its token is made if it has none."""
        return cls(_token(home / "server.key"), password)

    def session(self) -> str:
        """The value of a new session's cookie."""
        return self._stamp(self._sessions, SESSION)

    def is_session(self, value: str) -> bool:
        return self._expiry(self._sessions, value) is not None

    def is_token(self, given: str) -> bool:
        return _same(given, self.token)

    def once(self) -> str:
        """Stands in for the token, once and soon, in the address that a browser is started with:
        others on this computer can read that in the list of processes.
        """
        return self._stamp("once", _ONCE)

    def use(self, given: str) -> bool:
        """Whether this is what `once` gave, and is used now for the first time."""
        expiry = self._expiry("once", given)
        if expiry is None or given in self._used:
            return False
        self._used = {each: end for each, end in self._used.items() if end > self._now()}
        self._used[given] = expiry
        return True

    def _stamp(self, purpose: str, seconds: int) -> str:
        what = f"{int(self._now()) + seconds}.{secrets.token_hex(4)}"
        return f"{what}.{self._sum(f'{purpose} {what}')}"

    def _expiry(self, purpose: str, stamp: str) -> int | None:
        """When a stamp of this purpose ends, or None if it isn't one or has ended."""
        what, _, found = stamp.rpartition(".")
        if not _same(found, self._sum(f"{purpose} {what}")):
            return None
        expiry = int(what.partition(".")[0])  # a number: it was we who summed it
        return expiry if expiry > self._now() else None

    def _sum(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


class Password:
    """One password, and how often it was guessed wrong.

    After a few wrong tries the next one is looked at only when `wait` is over, which
    grows with each, up to half a minute. Nobody is kept waiting for it: whoever comes
    too soon is told so at once.
    """

    def __init__(self, text: str, *, now: Clock = time.monotonic) -> None:
        self._text = text
        self._now = now
        self._wrong = 0
        self._next = 0.0

    @property
    def wait(self) -> float:
        """Seconds until the next try is looked at."""
        return max(0.0, self._next - self._now())

    def is_right(self, given: str) -> bool:
        """Never while there is a wait."""
        if self.wait:
            return False
        if _same(given, self._text):
            self._wrong = 0
            return True
        self._wrong += 1
        if self._wrong >= _FREE:
            self._next = self._now() + min(_LONGEST, 2.0 ** min(self._wrong - _FREE, 9))
        return False


def _token(path: Path) -> str:
    """The token that lies there, which only its owner reads; made whole, or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
        write_text(fresh, f"{secrets.token_urlsafe(32)}\n")
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # unlike a rename it fails where another was faster
        fresh.unlink()
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if len(token) < _SHORTEST_TOKEN:
        raise NotPossible(
            f"{path} holds no token.",
            code="server-key",
            next_step="Delete it: the next start makes a new one.",
        )
    return token


def _same(given: str, right: str) -> bool:
    """Takes as long whatever is given: the sums are compared, not the texts."""
    sums = (
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, right)
    )
    return hmac.compare_digest(*sums)
