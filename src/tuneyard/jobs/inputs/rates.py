"""How fast inputs of this home have travelled: what an estimate of minutes is made of.

``$TUNEYARD_HOME/uploads.jsonl`` gets a line when something large was sent. An estimate is
by the newest of the same way, with its date; there is no other.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Self

from tuneyard.runner.folder import append_line, locked, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from .reaching import Progress

Way = Literal["pod", "hub"]

FEWEST = 1_000_000  # bytes; fewer say more about the way's beginning than about its width


@dataclass(frozen=True)
class Upload:
    """`bytes` that really went, in so many seconds, at `t` in seconds since 1970."""

    t: float
    way: Way
    bytes: int
    seconds: float

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / self.seconds

    def source(self) -> str:
        """Where an estimate by this one is from."""
        day = time.strftime("%Y-%m-%d", time.localtime(self.t))
        return f"by the {self.rate / 1e6:.2g} MB/s of the upload of {day}"


class Measured:
    """Takes the time of one upload, as a context; `progress` is to hear of it as it goes on."""

    def __init__(self, home: Path, way: Way) -> None:
        self._home = home
        self._way = way
        self._first: tuple[float, int] | None = None
        self._last = (0.0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._first:
            (began, before), (ended, after) = self._first, self._last
            note(self._home, Upload(time.time(), self._way, after - before, ended - began))

    def progress(self, now: Progress) -> None:
        self._last = (time.monotonic(), now.done)
        if self._first is None or now.done < self._first[1]:  # what was there before is not sent
            self._first = self._last


def note(home: Path, upload: Upload) -> None:
    """Writes one down, if it was large enough to say something."""
    if upload.bytes >= FEWEST and upload.seconds > 0:
        with locked(home / "uploads.lock"):
            append_line(home / "uploads.jsonl", asdict(upload))


def newest(home: Path, way: Way) -> Upload | None:
    """The newest that went this way; None if nobody has measured it here."""
    found: Mapping[str, object] | None = None
    for line in read_lines(home / "uploads.jsonl"):
        if line.get("way") == way:
            found = line
    return None if found is None else Upload(**found)  # type: ignore[arg-type] # as `note` wrote it
