from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from compute.runpod.practice.calling import Caller, quick
from tuneyard.compute.runpod.practice.server import Practice

Rehearse = Callable[..., Caller]


@pytest.fixture
def rehearse(tmp_path: Path) -> Iterator[Rehearse]:
    """Starts a rehearsal with settings of one's own, of which nothing is left afterwards."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Caller:
            practice = stack.enter_context(Practice(quick(tmp_path / "practice", **settings)))
            caller = Caller(practice)
            stack.enter_context(caller.http)
            return caller

        yield start


@pytest.fixture
def runpod(rehearse: Rehearse) -> Caller:
    return rehearse()
