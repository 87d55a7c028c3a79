"""How far a transfer is, in lines of the job's log."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SPEAK_EVERY = 10.0  # seconds


@contextlib.contextmanager
def speaking(news: Callable[[], str]) -> Iterator[None]:
    """Says every few seconds how far it is: bars would fight with the log's other lines."""
    done = threading.Event()

    def speak() -> None:
        while not done.wait(_SPEAK_EVERY):
            say(news())

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        done.set()
        speaker.join()


def still(doing: str) -> Callable[[], str]:
    began = time.monotonic()
    return lambda: f"Still {doing} after {time.monotonic() - began:.0f} s."


def count_files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def say(text: str) -> None:
    print(text, flush=True)
