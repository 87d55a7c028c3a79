"""RunPod rehearsed: real attendants, real pods as processes of this computer, short limits."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from jobs.remote.rented import Rented
from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import Settings, of_this_program

ATTENDANT = {
    "poll": 0.05,
    "look": 0.2,
    "settle": 2.0,
    "capacity": 20.0,
    "start": 60.0,
    "silence": 1.5,
    "end": 5.0,
    "large": 0.2,
}
POD = {"poll": 0.05, "end_pause": 0.2}

Rent = Callable[[Faults], AbstractContextManager[Rented]]


@pytest.fixture
def rent(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Rent:
    """A RunPod of its own with these faults, which this home's attendants talk to."""
    settings = Settings(
        tmp_path / "practice",
        pull=0.1,
        boot=0.05,
        pause=0.3,
        warm=0.05,
        heartbeat=1.0,
        hidden=of_this_program(),
    )
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", json.dumps(ATTENDANT))
    monkeypatch.setenv("TUNEYARD_POD_LIMITS", json.dumps(POD))

    @contextmanager
    def renting(faults: Faults) -> Iterator[Rented]:
        with Practice(settings, faults) as runpod:
            monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
            monkeypatch.setenv("TUNEYARD_RUNPOD_PROXY", runpod.proxy)
            monkeypatch.setenv("RUNPOD_API_KEY", runpod.key())
            found = Rented(home, runpod)
            yield found
            found.end_attendants()

    return renting


@pytest.fixture
def rented(rent: Rent) -> Iterator[Rented]:
    with rent(Faults()) as found:
        yield found
