"""Whatever goes wrong on the way: never two pods for a job, never a pod left, every state right."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest

from rented import Rent, Rented
from server.serving import Serving
from tuneyard.compute.runpod.practice.faults import Faults, at_random
from tuneyard.runner.folder import JobFolder, held, read_json
from tuneyard.runner.states import State
from waiting import wait_for

SCRIPT = """
for step in 1 2 3 4 5; do echo "step=$step loss=0.$((10 - step))"; sleep 0.2; done
echo "what came of it" > "$TUNEYARD_OUTPUTS/result"
"""


@pytest.mark.seeds(50)  # a tenth of the full figure
def test_no_pod_is_forgotten_or_doubled(rent: Rent, seeds: range) -> None:
    for seed in seeds:
        faults, chance = at_random(seed), random.Random(seed)
        with rent(faults) as rented, counted(rented) as most, Looking(rented, chance) as looking:
            folder = rented.start(SCRIPT)
            looking.see_through(folder)
            told = f"seed {seed}, {faults}\n{rented.story(folder)}"
            assert rented.practice.pods == [], told
            assert max(most) <= 1, told
            assert rented.practice.mistakes == [], told
            judge(folder, faults, told)


class Looking:
    """A real server that looks after a home; it and the attendants are killed at random moments."""

    def __init__(self, rented: Rented, chance: random.Random) -> None:
        self.rented = rented
        self._attendants = sorted(chance.uniform(0.2, 6) for _ in range(chance.randrange(4)))
        self._servers = sorted(chance.uniform(0.2, 6) for _ in range(chance.randrange(3)))
        self._away = [chance.uniform(0, 2) for _ in self._servers]
        self._back = 0.0
        self._begun = time.monotonic()
        self._server: Serving | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill_server()

    def see_through(self, folder: JobFolder) -> None:
        wait_for(lambda: self._over(folder), 120, lambda: f"the end of {self.rented.story(folder)}")

    def _over(self, folder: JobFolder) -> bool:
        now = time.monotonic() - self._begun
        if self._attendants and now > self._attendants[0]:
            self._attendants.pop(0)
            self.rented.end_attendants()
        if self._servers and now > self._servers[0]:
            self._servers.pop(0)
            self._kill_server()
            self._back = now + self._away.pop(0)
        if self._server is None and now > self._back:
            self._server = Serving(self.rented.home, "--no-browser", "--port", "0")
        state = read_json(folder.state)
        return State(state["state"]).ended and not held(folder.runner_lock)

    def _kill_server(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def judge(folder: JobFolder, faults: Faults, told: str) -> None:
    """Whether the state is right, and the results are there if they can be."""
    state = read_json(folder.state)["state"]
    result = folder.outputs / "result"
    if state == "succeeded":
        assert result.read_text() == "what came of it\n", told
        assert folder.log.read_bytes().count(b"step=5") >= 1, told
    elif faults.vanish_after is None:
        raise AssertionError(f"{state} without a reason: {told}")
    else:
        assert state in {"lost", "failed"}, told
        assert read_json(folder.state)["cause"]["next_step"], told


@contextmanager
def counted(rented: Rented) -> Iterator[list[int]]:
    """How many pods there were at once, looked at all the time."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            most.append(len(rented.practice.pods))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()
