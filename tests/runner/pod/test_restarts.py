"""Whatever of a pod is killed or starts again, as real processes: its job goes on, or ends in words."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from pods_by_hand import SLOW, Answers, ends, pod, training
from tuneyard.runner.folder import read_json, read_json_or
from waiting import wait_for


def test_a_runner_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}) as here:
        here.boot()
        training(here)
        first = wait_for(lambda: here.state()["runner"])
        os.kill(first["pid"], signal.SIGKILL)
        second = wait_for(lambda: (r := here.state()["runner"]) != first and r)
        assert second["pid"] != first["pid"]
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")["attempt"] == 1


def test_a_face_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": SLOW}) as here:
        here.boot()
        training(here)
        first = wait_for(here.face)
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: here.face() not in ([], first))


def test_a_guard_that_is_killed_alone_finds_the_job_going_on(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}) as here:
        here.boot()
        training(here)
        here.container.kill()
        here.container.wait()
        here.boot()
        here.says("Boot 2")
        assert here.folder.attempts() == [1]
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")["attempt"] == 1


def test_a_restart_goes_on_with_a_new_attempt(tmp_path: Path) -> None:
    script = "touch begun; if [ -e ../attempts/2.json ]; then exit 0; fi; sleep 600"
    answers = Answers()
    with pod(tmp_path, {"train": script}, answers=answers) as here:
        here.boot()
        training(here)
        incarnation = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        here.boot()
        here.reaches("succeeded")
        here.says("Waits for its results")
        assert here.state()["attempt"] == 2
        assert read_json(here.folder.attempt(2))["boot"] == 2
        ready = read_json(here.folder.finished("1"))
        assert ready["attempt"] == 1  # what was done is not done again
        assert read_json(here.folder.path / "pod.json")["incarnation"] == incarnation


def test_a_job_that_had_ended_goes_on_ending_after_a_restart(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "true"}, answers=answers) as here:
        here.boot()
        here.says("Waits for its results")
        until = read_json(here.folder.path / "pod.json")["collect_until"]
        here.kill()
        here.boot()
        here.says("Boot 2")
        wait_for(here.face)
        assert here.folder.attempts() == [1]
        assert read_json(here.folder.path / "pod.json")["collect_until"] == until
        here.collected()
        ends(answers)


def test_a_wiped_disk_begins_anew(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "touch begun; sleep 0.1"}) as here:
        here.boot()
        here.reaches("succeeded")
        first = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        shutil.rmtree(here.root / "tuneyard")
        here.boot()
        here.reaches("succeeded")
        assert read_json(here.folder.path / "pod.json")["incarnation"] != first
        assert here.folder.attempts() == [1]


def test_another_pod_on_the_same_volume_takes_the_job_over(tmp_path: Path) -> None:
    script = "touch begun; [ -e ../attempts/2.json ] || exit 3"
    with pod(tmp_path, {"train": script}) as here:
        here.boot()
        here.reaches("failed")
        here.says("Waits for home")
        incarnation = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        here.environ["RUNPOD_POD_ID"] += "-another"
        here.boot()
        here.reaches("succeeded")
        assert here.state()["attempt"] == 2
        assert read_json(here.folder.finished("1"))["attempt"] == 1
        # What home has of the folder goes on: it is the same.
        assert read_json(here.folder.path / "pod.json")["incarnation"] == incarnation


def test_a_container_that_is_stopped_has_its_job_saved_and_goes_on_later(tmp_path: Path) -> None:
    script = f"if [ -e ../attempts/2.json ]; then exit 0; fi; {SLOW}"
    with pod(tmp_path, {"train": script}) as here:
        here.boot()
        training(here)
        here.container.send_signal(signal.SIGTERM)
        here.reaches("stopped")
        assert (here.folder.outputs / "saved").exists()
        here.kill()
        here.boot()
        here.reaches("succeeded")
        assert here.state()["attempt"] == 2


def test_a_job_that_its_owner_stopped_stays_stopped(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": SLOW}) as here:
        here.boot()
        training(here)
        here.folder.stop.write_text("save\n")
        here.reaches("stopped")
        here.says("Waits for its results")
        here.container.send_signal(signal.SIGTERM)
        here.says("The container is being stopped")
        here.kill()
        here.boot()
        here.says("Boot 2")
        wait_for(here.face)
        assert here.state()["state"] == "stopped"
        assert here.folder.attempts() == [1]


def test_a_container_that_starts_again_and_again_is_a_loop(tmp_path: Path) -> None:
    answers = Answers()

    def trains(attempt: int) -> bool:
        state = read_json_or(here.folder.state, {"attempt": 0, "state": ""})
        return (state["attempt"], state["state"]) == (attempt, "training")

    with pod(tmp_path, {"train": SLOW}, answers=answers, limits={"loop_boots": 3}) as here:
        # The first boot gets somewhere: to the training, which takes the container down.
        for attempt in (1, 2, 3):
            here.boot()
            wait_for(lambda: trains(attempt))  # noqa: B023 - asked at once
            here.kill()
        here.boot()
        cause = here.reaches("failed")["cause"]
        assert cause["code"] == "boot-loop"
        assert "started 3 times" in cause["sentence"]
        assert here.state()["attempt"] == 3
        ends(answers)


def test_a_runner_that_never_lives_fails_the_job(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, limits={"restarts": 2}) as here:
        here.boot()
        training(here)
        here.folder.runner.write_text("no program")
        here.kill()
        here.boot()
        cause = here.reaches("failed")["cause"]
        assert cause["code"] == "runner-ends"
        assert "2 times" in cause["sentence"]
        ends(answers)


@pytest.mark.parametrize("alive", [True, False])
def test_a_guard_that_fails_again_and_again_ends_the_pod_unless_the_job_lives(
    tmp_path: Path, alive: bool
) -> None:
    answers = Answers()
    settings = {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}
    with pod(tmp_path, settings, answers=answers, limits={"troubles": 2}) as here:
        here.boot()
        training(here)
        if alive:
            here.container.kill()
            here.container.wait()
        else:
            here.kill()
        plan = here.folder.plan.read_bytes()
        here.folder.plan.write_text("{")
        here.boot()
        if not alive:
            ends(answers)
            here.says("This pod ends: its guard failed again and again.")
            return
        wait_for(lambda: here.output.count("can't be read as JSON") > 4)
        here.folder.plan.write_bytes(plan)
        (here.folder.work / "go").touch()
        here.reaches("succeeded")
        assert not answers.asked
