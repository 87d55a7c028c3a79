"""Waits for what another process does, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    predicate: Callable[[], T],
    seconds: float = 60,
    what: str | Callable[[], str] = "the condition",
) -> T:
    """The first true answer of `predicate`; an AssertionError after `seconds` without one."""
    deadline = time.monotonic() + seconds
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"{told} did not come true in {seconds} s")
        time.sleep(0.01)
    return answer
