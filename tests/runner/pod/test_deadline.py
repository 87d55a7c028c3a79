"""A pod's end at its deadline, and before it, whatever it does then; as real processes."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pods_by_hand import INPUT, SLOW, TOKENS, Answers, Pod, ends, pod, training
from waiting import wait_for


def boot_with_little_time(here: Pod, get_there: Callable[[], object]) -> None:
    """Boots it twice: the second time it has a few times as long as it took to get there."""
    begun = time.time()
    here.boot()
    get_there()
    here.kill()
    (here.folder.work / "begun").unlink(missing_ok=True)
    now = time.time()
    here.environ["TUNEYARD_DEADLINE"] = str(now + max(4.0, 3 * (now - begun)))
    here.boot()


def test_before_the_deadline_the_job_is_asked_to_save(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, limits={"save": 1.0}) as here:
        boot_with_little_time(here, lambda: training(here))
        here.reaches("stopped")
        assert (here.folder.outputs / "saved").read_text() == "saved\n"
        assert here.events("deadline")[0]["seconds_left"] > 0
        here.collected()
        ends(answers)


@pytest.mark.parametrize("repository", ["me/voice", ""])
def test_there_is_time_to_push_what_is_saved_if_there_is_where_to(
    tmp_path: Path, repository: str
) -> None:
    results = {"repository": repository}
    with pod(tmp_path, {"train": SLOW}, results=results, environ=TOKENS, seconds=600) as here:
        here.boot()
        training(here)
        here.kill()
        (here.folder.work / "begun").unlink()
        here.limits["push"] = 600.0
        here.boot()
        if repository:
            here.reaches("stopped")
            assert here.events("deadline")[0]["seconds_left"] > 500
        else:
            training(here)
            assert here.events("deadline") == []


def test_what_is_finishing_is_let_finish(tmp_path: Path) -> None:
    settings = {"train": "true", "export": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}
    with pod(tmp_path, settings, seconds=600) as here:
        here.boot()
        here.reaches("finishing")
        here.kill()
        here.limits["save"] = 600.0
        here.boot()
        here.reaches("finishing")
        wait_for(lambda: here.events("deadline"))
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")


@pytest.mark.parametrize("phase", ["training", "inputs", "collecting"])
def test_the_deadline_ends_the_pod_whatever_it_does(tmp_path: Path, phase: str) -> None:
    answers = Answers()
    job = {"inputs": [INPUT]} if phase == "inputs" else {}
    train = "true" if phase == "collecting" else "trap '' TERM; touch begun; sleep 600 & wait; wait"
    with pod(tmp_path, {"train": train}, answers=answers, job=job, limits={"share": 0.0}) as here:

        def get_there() -> None:
            if phase == "training":
                training(here)
            else:
                here.says("Waits for")

        boot_with_little_time(here, get_there)
        get_there()
        ends(answers)
        assert time.time() >= float(here.environ["TUNEYARD_DEADLINE"])
        # Results are waited for until then and no longer: who of the two says so first may vary.
        here.says("This pod ends: " + ("" if phase == "collecting" else "its deadline has come."))


def test_the_deadline_holds_when_the_guard_hangs(tmp_path: Path) -> None:
    answers = Answers()
    limits = {"share": 0.0}
    with pod(tmp_path, {"train": SLOW}, answers=answers, limits=limits) as here:
        boot_with_little_time(here, lambda: training(here))
        training(here)
        log = here.folder.path / "guard.log"
        log.unlink()
        os.mkfifo(log)  # opening it waits for a reader, as a volume that went away would
        os.kill(here.state()["runner"]["pid"], signal.SIGKILL)
        ends(answers)
        here.says("This pod ends: its deadline has come.")


def test_home_may_end_the_pod(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers) as here:
        here.boot()
        training(here)
        (here.folder.path / "pod.end").touch()
        ends(answers)
        here.says("This pod ends: somebody asked for it.")
