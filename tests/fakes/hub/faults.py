"""What goes wrong with a request, and what is noted of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose line holds `where`.

    The request's line is like ``GET /datasets/a/b/resolve/main/x.wav``. A `status`
    is answered instead of doing it; `cut` is the number of body bytes after which the
    connection ends (of the answer, or of the upload for PUT), `reset` how. One that
    `hangs` is left alone until the fake ends.
    """

    where: str
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: int | None = None
    reset: bool = False
    hangs: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it came, and how many body bytes were answered."""

    method: str
    path: str
    range: str
    if_range: str
    token: str
    status: int
    sent: int
    received: int


class Refused(Exception):
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
