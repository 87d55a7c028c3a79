"""Where a pod's face can't be reached, what it says comes by RunPod's own log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.runpod import FakeRunPod
from jobs.remote.repositories import job_of
from rented import events
from tuneyard.compute.runpod import pods
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.practice.faults import Wrong
from tuneyard.compute.runpod.practice.pods import Pod
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following import runpod_log
from tuneyard.runner import masking
from tuneyard.runner.folder import append_line, read_json

KEY = "rpa_canaryKey0123456789"
SECRET = "hf_canaryThatIsPrinted"


@pytest.fixture
def runpod(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as found:
        found.keys.add(KEY)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", found.url)
        yield found


@pytest.fixture
def pod(runpod: FakeRunPod) -> Pod:
    return runpod.rent(cost=0.5)


@pytest.fixture
def here(home: Path, pod: Pod) -> Attendant:
    folder = job_of(home)
    masking.remember(folder.masks, [SECRET])
    return waiting(Attendant(folder), pod)


def test_each_line_is_told_once_and_in_order_whoever_is_killed(here: Attendant, pod: Pod) -> None:
    say(pod, "one", "two")
    look(here)
    look(here)
    say(pod, "three")
    here = waiting(Attendant(here.folder), pod)
    look(here)
    assert [event["lines"] for event in events(here.folder, "pod")] == [["one", "two"], ["three"]]
    state = read_json(here.folder.state)
    assert state["waiting"] == {"for": "pod", "said": "three"}


def test_first_it_is_what_its_machine_does(here: Attendant, pod: Pod) -> None:
    pod.log.add("system", "Pulling from image registry")
    say(pod, "one")
    look(here, up=False)
    look(here)
    told = [event["said"] for event in events(here.folder, "pod")]
    assert told == ["Pulling from image registry", "one"]


def test_of_too_many_lines_the_newest_are_told_and_how_many_were_left_out(
    here: Attendant, pod: Pod
) -> None:
    say(pod, "first")
    look(here)
    say(pod, *map(str, range(runpod_log.MOST + 50)))
    look(here)
    event = events(here.folder, "pod")[-1]
    assert event["lines"] == [*map(str, range(50, runpod_log.MOST + 50))]
    assert event["left_out"] == 50


def test_a_pod_that_never_ends_to_speak_fills_no_disk(here: Attendant, pod: Pod) -> None:
    told = {"pod": pod.id, "stream": "container", "after": "", "lines": ["x"] * runpod_log.ENOUGH}
    append_line(here.folder.events, {"t": 1.0, "event": "pod", "said": "x", **told})
    say(pod, "one", "two", "x" * 9000)
    look(here)
    event = events(here.folder, "pod")[-1]
    assert [len(line) for line in event["lines"]] == [500]
    assert event["left_out"] == 2


def test_secrets_are_stars_and_colours_are_left_out(here: Attendant, pod: Pod) -> None:
    say(pod, f"\x1b[32mlogged in\x1b[0m as {SECRET}")
    look(here)
    (event,) = events(here.folder, "pod")
    assert event["lines"] == [event["said"]] == [f"logged in as {'*' * len(SECRET)}"]


def test_a_log_that_runpod_refuses_is_no_reason_to_end(
    here: Attendant, pod: Pod, runpod: FakeRunPod
) -> None:
    runpod.faults.append(Wrong("logs", 422))
    look(here)
    assert "RunPod" in events(here.folder, "pod")[0]["said"]
    say(pod, "one")
    look(here)
    assert events(here.folder, "pod")[-1]["lines"] == ["one"]


def test_a_pod_that_said_nothing_is_there_all_the_same(here: Attendant) -> None:
    look(here)
    (event,) = events(here.folder, "pod")
    assert event["said"] == "The pod is there, and has said nothing yet."


def waiting(here: Attendant, pod: Pod) -> Attendant:
    here.handle.phase, here.handle.pod, here.handle.asked = "waiting", pod.id, 1.0
    return here


def say(pod: Pod, *lines: str) -> None:
    for line in lines:
        pod.log.add("container", line)


def look(here: Attendant, *, up: bool = True) -> None:
    with RunPod(KEY) as client:
        found: Any = client.pod(here.handle.pod)
        assert isinstance(found, pods.Pod)
        runpod_log.listen(here, client, replace(found, uptime=1.0 if up else None))
