"""How far huggingface_hub is with a file that it pushes, and how fast it was."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tuneyard.recipes.hub import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

_LOOK = 0.25  # seconds between two looks


class Meter:
    """Says again and again how far the library is: its bars are all that it tells of that.

    Over LFS a file has one. Over Xet there are several, of the bytes that were cut into chunks
    and of those that had to go: what is furthest behind counts. `before` are the bytes of
    earlier files.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.before = 0
        self._tell = tell
        self._file: File | None = None
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._watcher.join()

    @contextmanager
    def file(self, size: int) -> Iterator[None]:
        """While one file of so many bytes is pushed."""
        self._file = file = File(size)
        try:
            yield
            self.before += size
        finally:
            self._file = None
            if file.first:
                (began, before), (ended, after) = file.first, file.last
                self._tell({"moved": after - before, "seconds": ended - began})

    def _watch(self) -> None:
        while not self._done.wait(_LOOK):
            file = self._file
            if file:
                file.look()
            self._tell({"sent": self.before + (int(file.share * file.size) if file else 0)})


@dataclass
class File:
    """What the bars said of one file: its share, and when how many bytes had really gone."""

    size: int
    share: float = 0.0
    first: tuple[float, int] | None = None
    last: tuple[float, int] = (0.0, 0)

    def look(self) -> None:
        bars = client.library().utils.tqdm
        with bars.get_lock():
            found = [(b.n, b.total) for b in getattr(bars, "_instances", ()) if b.unit == "B"]
        if found:
            self.last = (time.monotonic(), min(done for done, _ in found))
            self.first = self.first or self.last
            shares = [min(1.0, done / total) for done, total in found if total]
            self.share = min(shares, default=0.0)
