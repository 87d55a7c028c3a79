"""A job in a rented pod, from the first request to a pod that is gone."""

import os
import signal

from rented import Rented, events
from tuneyard.runner.folder import read_json
from waiting import wait_for

SHORT = 'echo "the answer is $((6 * 7))"; mkdir -p "$TUNEYARD_OUTPUTS"; echo voice > "$TUNEYARD_OUTPUTS/voice"'


def test_a_job_runs_in_a_pod_and_its_results_come_home(rented: Rented) -> None:
    folder = rented.start(SHORT)
    state = rented.ended(folder)
    assert state["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "voice").read_text() == "voice\n"
    assert b"the answer is 42" in folder.log.read_bytes()
    assert rented.practice.pods == []
    assert rented.practice.mistakes == []
    assert len(events(folder, "cost")) == 1


def test_whoever_is_killed_there_is_one_pod_and_one_end(rented: Rented) -> None:
    folder = rented.start(f"sleep 6; {SHORT}")
    for _ in range(3):
        wait_for(rented.attendants, 120, lambda: f"an attendant of {rented.story(folder)}")
        for pid in rented.attendants():
            os.kill(pid, signal.SIGKILL)
        # Its lock is free a moment after it has left the list of processes.
        wait_for(lambda: rented.manager.tend(folder), 120, "a new one")
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    created = [
        asked
        for asked in rented.practice.asked
        if asked.method == "POST" and asked.path == "/v2/pods"
    ]
    assert len(created) == 1
    assert rented.practice.pods == []
    assert folder.log.read_bytes().count(b"the answer is 42") == 1


def test_a_stop_saves_brings_home_and_ends_the_pod(rented: Rented) -> None:
    folder = rented.start(
        "trap 'echo saved; exit 0' TERM; echo ready; while true; do sleep 0.1; done"
    )
    wait_for(lambda: folder.log.exists() and b"ready" in folder.log.read_bytes(), 120)
    rented.manager.stop(folder, "save")
    assert rented.ended(folder)["state"] == "stopped"
    assert b"saved" in folder.log.read_bytes()
    assert rented.practice.pods == []


def test_a_stop_before_the_pod_is_there_costs_nothing(rented: Rented) -> None:
    rented.practice.faults.runtime_late = 60.0
    folder = rented.start(SHORT)
    wait_for(lambda: len(rented.practice.pods) == 1, what="a pod")
    rented.manager.stop(folder, "now")
    assert rented.ended(folder)["state"] == "stopped"
    assert rented.practice.pods == []


def test_home_json_is_private_and_the_token_is_nowhere_else(rented: Rented) -> None:
    folder = rented.start(f'echo "$TUNEYARD_FACE_TOKEN"; {SHORT}')
    rented.ended(folder)
    token = read_json(folder.path / "home.json")["token"]
    assert (folder.path / "home.json").stat().st_mode & 0o777 == 0o600
    for path in folder.path.rglob("*"):
        if path.is_file() and path.name != "home.json":
            assert token.encode() not in path.read_bytes(), path
