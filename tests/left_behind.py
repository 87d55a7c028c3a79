"""What a test may not leave to those that come after it: threads and processes.

A thread that outlives its test meets what the next one has replaced, and fails that one.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent
# Several tests share a rehearsal, with all its pods; Python's own stays as long as Python.
_PRACTICE = "tuneyard.compute.runpod.practice"
_LASTING = ("runpod/practice/keeper.py", "multiprocessing")


class LeftBehind:
    """Fails the test that left something; what fixtures of more than one test have may stay.

    `patience` is how many seconds that takes to end which is about to.
    """

    def __init__(self, patience: float = 60.0) -> None:
        self._patience = patience
        self._kept: set[threading.Thread | int] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        before = _living()
        try:
            return (yield)
        finally:
            self._kept |= _living() - before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self._kept |= _living()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        result = yield
        deadline = time.monotonic() + self._patience
        while (left := _living() - self._kept) and time.monotonic() < deadline:
            time.sleep(0.01)
        if left:
            pytest.fail(f"The test has left behind {', '.join(map(_named, left))}.", pytrace=False)
        return result


def _living() -> set[threading.Thread | int]:
    """Threads that run our code or a test's, and processes that were started from here."""
    threads = {thread for thread in threading.enumerate() if _is_ours(thread)}
    return threads | _children()


def _is_ours(thread: threading.Thread) -> bool:
    name = (getattr(thread, "_target", None) or type(thread)).__module__ or ""
    if name.startswith(_PRACTICE):
        return False
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return name.partition(".")[0] == "tuneyard" or Path(file).is_relative_to(_HERE)


def _children() -> set[int]:
    found: set[int] = set()
    for task in os.listdir("/proc/self/task"):  # noqa: PTH208 - many times, and fast
        try:
            with open(f"/proc/self/task/{task}/children", "rb") as file:
                found.update(map(int, file.read().split()))
        except OSError:  # it has ended, or this kernel doesn't say
            continue
    return {pid for pid in found if not any(name in _command(pid) for name in _LASTING)}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _named(left: threading.Thread | int) -> str:
    if isinstance(left, threading.Thread):
        return f"the thread {left.name}"
    return f"the process {left}: {_command(left) or 'it has ended, and nobody waited for it'}"
