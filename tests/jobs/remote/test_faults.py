"""Whatever goes wrong on the way: never two pods for a job, never a pod left, every state right."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rented import Rent, Rented
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
        with rent(faults) as rented, counted(rented) as most:
            folder = rented.start(SCRIPT)
            ends = [chance.uniform(0.2, 6) for _ in range(chance.randrange(4))]
            see_through(rented, folder, ends)
            told = f"seed {seed}, {faults}\n{rented.story(folder)}"
            assert rented.practice.pods == [], told
            assert max(most) <= 1, told
            assert rented.practice.mistakes == [], told
            judge(folder, faults, told)


def see_through(rented: Rented, folder: JobFolder, ends: list[float]) -> None:
    """Looks after a job as a server does, and kills its attendant at these seconds."""
    begun = time.monotonic()
    waiting = sorted(ends)

    def over() -> bool:
        if waiting and time.monotonic() > begun + waiting[0]:
            waiting.pop(0)
            for pid in rented.attendants():
                os.kill(pid, signal.SIGKILL)
        rented.manager.tend(folder)
        state = read_json(folder.state)
        return State(state["state"]).ended and not held(folder.runner_lock)

    wait_for(over, 120, lambda: f"the end of {rented.story(folder)}")


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
