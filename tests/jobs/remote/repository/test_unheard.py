"""A laptop that sleeps until its pod is gone, and a repository that has all of it: the whole chain."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from jobs.remote.repositories import RESULTS, job_of, push, repository
from rented import LIMITS, Rented
from tuneyard.runner.folder import JobFolder, read_json
from waiting import wait_for


@pytest.fixture
def hub(
    rented: Rented,  # noqa: ARG001 - sets limits of its own first
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FakeHub]:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", json.dumps({**LIMITS, "hub": 1.0}))
    with repository(tmp_path / "hub", monkeypatch) as found:
        yield found


def test_the_results_come_home_when_it_is_open_again(rented: Rented, hub: FakeHub) -> None:
    folder, pod = slept_through(rented)
    push(hub, folder.id, pod=pod, files=RESULTS)
    wait_for(lambda: rented.manager.tend(folder), 120, "an attendant")
    state = rented.ended(folder)
    assert state["state"] == "succeeded", rented.story(folder)
    for name, data in RESULTS.items():
        assert (folder.path / name).read_bytes() == data
    assert state["pod"]["id"] == pod
    assert state["ended"] >= state["pod"]["created"]


def test_a_resume_looks_first_where_nobody_could_and_rents_nothing(
    rented: Rented, hub: FakeHub
) -> None:
    folder, pod = slept_through(rented)
    push(hub, folder.id, pod=pod, files=RESULTS)
    hub.fail("tuneyard.json", 503, times=10_000)
    wait_for(lambda: rented.manager.tend(folder), 120, "an attendant")
    state = rented.ended(folder)
    assert (state["state"], state["cause"]["code"]) == ("lost", "pod-gone"), rented.story(folder)
    hub.faults.clear()
    rented.manager.resume(folder)
    state = rented.ended(folder)
    assert (state["state"], state["attempt"]) == ("succeeded", 2), rented.story(folder)
    assert (folder.outputs / "voice.onnx").read_bytes() == RESULTS["outputs/voice.onnx"]
    assert len(rented.practice.world.ended) == 1, "another pod was rented"


def slept_through(rented: Rented) -> tuple[JobFolder, str]:
    """A job whose pod came and went, and its id."""
    rented.practice.faults.runtime_late = 60.0
    folder = job_of(rented.home)
    rented.manager.launch(folder)
    (pod,) = wait_for(
        lambda: rented.practice.pods, 120, lambda: f"a pod for {rented.story(folder)}"
    )
    wait_for(lambda: read_json(folder.path / "home.json")["pod"] == pod.id, 120, "that home knows")
    for pid in rented.attendants():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not rented.attendants(), what="that all attendants are gone")
    rented.practice.world.end(pod)
    return folder, pod.id
