"""Jobs with a repository in pods that push for real: what home knows of them is there as well."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from jobs.remote.repositories import REPOSITORY, repository
from rented import LIMITS, POD_LIMITS, Rented, events
from tuneyard.jobs.job import build
from tuneyard.runner.folder import JobFolder
from waiting import wait_for

RESULT = 'echo voice > "$TUNEYARD_OUTPUTS/voice"'

# Its first life makes a checkpoint and goes on and on; its second says where it goes on from.
TRAIN = f"""
if [ -z "$TUNEYARD_CHECKPOINT" ]; then mkdir -p ck; echo "as far as one" > ck/1.pt; sleep 600; fi
echo "goes on from $(basename "$TUNEYARD_CHECKPOINT"): $(cat "$TUNEYARD_CHECKPOINT")"
{RESULT}
"""


@pytest.fixture
def hub(
    rented: Rented,  # noqa: ARG001 - sets limits of its own first
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FakeHub]:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", json.dumps({**LIMITS, "hub": 30.0}))
    # Nobody comes for what was pushed: the pod ends itself soon.
    monkeypatch.setenv("TUNEYARD_POD_LIMITS", json.dumps({**POD_LIMITS, "mirror": 0.5}))
    with repository(tmp_path / "hub", monkeypatch) as found:
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        yield found


def test_a_laptop_that_was_closed_from_the_first_minute_has_it_all(
    rented: Rented, hub: FakeHub
) -> None:
    folder = start(rented, RESULT)
    wait_for(lambda: (rented.manager.state(folder).get("pod") or {}).get("id"), 120, "a pod")
    asleep(rented)
    wait_for(lambda: not rented.practice.pods, 120, lambda: rented.story(folder))
    assert "voice" in hub.files(REPOSITORY)
    wait_for(lambda: rented.manager.tend(folder), 120, "an attendant")
    state = rented.ended(folder)
    assert state["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "voice").read_text() == "voice\n"
    (warning,) = events(folder, "warning")
    assert warning["cause"]["code"] == "fetched"


def test_a_job_whose_pod_was_ended_goes_on_in_another_one(rented: Rented, hub: FakeHub) -> None:
    folder = start(rented, TRAIN)
    has_pushed(rented, hub, folder)
    rented.practice.world.end(rented.practice.pods[0])
    state = rented.ended(folder)
    assert state["state"] == "lost", rented.story(folder)
    assert f"the checkpoint that lies in {REPOSITORY}" in state["cause"]["next_step"]
    rented.manager.resume(folder)
    assert rented.ended(folder, 120)["state"] == "succeeded", rented.story(folder)
    assert "goes on from 1.pt: as far as one" in folder.log.read_text()


def test_after_a_wiped_disk_it_goes_on_in_the_same_pod(rented: Rented, hub: FakeHub) -> None:
    folder = start(rented, TRAIN)
    has_pushed(rented, hub, folder)
    rented.practice.faults.wipe = True
    rented.practice.pods[0].crash()
    assert rented.ended(folder, 120)["state"] == "succeeded", rented.story(folder)
    assert "goes on from 1.pt: as far as one" in folder.log.read_text()
    assert len(rented.practice.world.ended) == 1, "another pod was rented"


def start(rented: Rented, script: str) -> JobFolder:
    job = {
        "recipe": "script",
        "name": f"far-{os.getpid()}",
        "settings": {"script": f"#!/bin/bash\nset -e\n{script}", "checkpoints": ["ck/*.pt"]},
        "compute": {"name": "runpod"},
        "results": {"repository": REPOSITORY},
    }
    return rented.manager.start(build(job))


def has_pushed(rented: Rented, hub: FakeHub, folder: JobFolder) -> None:
    wait_for(
        lambda: "tuneyard.json" in hub.files(REPOSITORY),
        120,
        lambda: f"a push of {rented.story(folder)}",
    )


def asleep(rented: Rented) -> None:
    for pid in rented.attendants():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not rented.attendants(), what="that all attendants are gone")
