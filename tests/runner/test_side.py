"""What becomes of side tasks at a stop: the newest checkpoint is still pushed, and nothing else."""

import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs_by_hand import again, ended, launch, make, shell, state
from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines
from tuneyard.runner.process import Identity
from tuneyard.runner.step import Step, Stop
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("under_each_python")

FAKES = Path(__file__).parents[1] / "fakes"
TRAINER = (sys.executable, "-S", str(FAKES / "scripted_trainer.py"), "9999")

# Says that there are so many checkpoints, and trains on until it is stopped.
SAID = """
say() { echo "{\\"event\\": \\"checkpoint\\", \\"step\\": $1}" >> events.jsonl; }
trap '[ ! -e saves ] || say 9; exit 143' TERM
for step in $STEPS; do say $step; done
while [ ! -e done ]; do sleep 0.02; done
"""


def a_job(home: Path, steps: str = "", **more: Any) -> JobFolder:
    """Trains as SAID; without `steps` as the scripted trainer, which saves when it is stopped."""
    train = Step("train", "Train", "train", TRAINER)
    if steps:
        train = shell("train", SAID, env={"STEPS": steps}, stop=Stop(grace=30))
    return make(
        home,
        [train, shell("export", "echo exported >> done", "finish")],
        module="pushes",
        modules=[FAKES / "pushes.py"],
        events="work/events.jsonl",
        **more,
    )


def lines(folder: JobFolder, name: str) -> list[str]:
    path = folder.work / name
    return path.read_text().splitlines() if path.exists() else []


def begun(folder: JobFolder, line: str) -> None:
    wait_for(lambda: line in lines(folder, "begun"), what=line)


def checkpoints(folder: JobFolder) -> list[int]:
    return [event["step"] for event in events(folder, "checkpoint")]


def events(folder: JobFolder, name: str) -> list[dict[str, Any]]:
    return [event for event in read_lines(folder.events) if event["event"] == name]


def pushes_last(folder: JobFolder) -> None:
    wait_for(lambda: (state(folder)["waiting"] or {}).get("for") == "push", what="the last push")


def test_what_a_stop_saves_is_pushed_and_older_ones_are_not(home: Path) -> None:
    folder = a_job(home)
    (folder.work / "hold").touch()
    launch(folder)
    begun(folder, "push 3")
    wait_for(lambda: len(checkpoints(folder)) > 2)
    folder.stop.write_text("save")
    pushes_last(folder)
    now = state(folder)
    assert (now["state"], now["stopping"]["how"]) == ("training", "save")
    newest = checkpoints(folder)[-1]
    begun(folder, f"push {newest}")
    (folder.work / "hold").unlink()
    end = ended(folder)
    assert (end["state"], end["waiting"], end["stopping"]) == ("stopped", None, None)
    assert lines(folder, "pushed") == [str(newest)]
    # What ran before it was ended, and nothing else began.
    assert lines(folder, "begun") == ["speak 3", "push 3", f"push {newest}"]
    assert events(folder, "warning") == []
    assert process.of_job(folder) == []
    assert not held(folder.path / "side.lock")


def test_a_stop_ends_what_speaks_at_once(home: Path) -> None:
    folder = a_job(home, steps="1")
    (folder.work / "speaks").touch()
    launch(folder)
    begun(folder, "speak 1")
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "pushed") == ["1"]
    assert read_json(folder.finished("side-speak-1"))["exit"] < 0


def test_a_push_of_the_newest_that_is_under_way_goes_on(home: Path) -> None:
    folder = a_job(home, steps="1")
    (folder.work / "hold").touch()
    launch(folder)
    begun(folder, "push 1")
    folder.stop.write_text("save")
    pushes_last(folder)
    (folder.work / "hold").unlink()
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "begun") == ["speak 1", "push 1"]
    assert lines(folder, "pushed") == ["1"]


def test_what_was_pushed_is_not_pushed_twice(home: Path) -> None:
    folder = a_job(home, steps="1 2")
    launch(folder)
    wait_for(lambda: lines(folder, "pushed") == ["1", "2"])
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "pushed") == ["1", "2"]


def test_a_stop_at_once_pushes_nothing(home: Path) -> None:
    folder = a_job(home, steps="1")
    (folder.work / "hold").touch()
    (folder.work / "saves").touch()
    launch(folder)
    begun(folder, "push 1")
    folder.stop.write_text("now")
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "begun") == ["speak 1", "push 1"]
    assert lines(folder, "pushed") == []
    assert process.of_job(folder) == []


def test_a_stop_at_once_that_comes_later_drops_the_push(home: Path) -> None:
    folder = a_job(home, steps="1")
    for name in ("hold", "saves"):
        (folder.work / name).touch()
    launch(folder)
    begun(folder, "push 1")
    folder.stop.write_text("save")
    begun(folder, "push 9")
    folder.stop.write_text("now")
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "pushed") == []
    assert process.of_job(folder) == []
    wait_for(lambda: not held(folder.path / "side.lock"))

    # The next attempt does what this one could not.
    (folder.work / "hold").unlink()
    again(folder)
    wait_for(lambda: "9" in lines(folder, "pushed"))
    folder.stop.write_text("now")
    ended(folder)


def test_a_push_that_takes_too_long_is_ended_with_the_job(home: Path) -> None:
    folder = a_job(home, steps="1", limits={"push": 0.3})
    (folder.work / "hold").touch()
    launch(folder)
    begun(folder, "push 1")
    folder.stop.write_text("save")
    end = ended(folder)
    assert (end["state"], end["cause"], end["waiting"]) == ("stopped", None, None)
    assert lines(folder, "pushed") == []
    (warning,) = events(folder, "warning")
    assert (warning["title"], warning["cause"]["code"]) == ("Push-1", "push-late")
    assert process.of_job(folder) == []


def test_a_push_that_fails_is_a_warning_and_no_failure(home: Path) -> None:
    folder = a_job(home, steps="1")
    (folder.work / "saves").touch()
    (folder.work / "pushed").mkdir()
    launch(folder)
    wait_for(lambda: len(events(folder, "warning")) == 1)
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert [warning["step"] for warning in events(folder, "warning")] == ["push-1", "push-9"]


@pytest.mark.parametrize("code", ["0", "143"])
def test_the_next_runner_goes_on_with_the_last_push(home: Path, code: str) -> None:
    folder = a_job(home, steps="1")
    for name in ("hold", "saves"):
        (folder.work / name).touch()
    plan = folder.plan.read_text()
    folder.plan.write_text(plan.replace("exit 143", f"exit {code}"))
    launch(folder)
    begun(folder, "push 1")
    folder.stop.write_text("save")
    begun(folder, "push 9")
    pushes_last(folder)
    since = state(folder)["waiting"]["since"]
    first = Identity.from_json(state(folder)["runner"])
    assert first is not None
    assert first.send(signal.SIGKILL)

    def another() -> bool:
        now = Identity.from_json(state(folder)["runner"])
        return now is not None and now != first and now.alive()

    wait_for(another, what="a new runner")
    assert state(folder)["waiting"] == {"for": "push", "since": since}
    (folder.work / "hold").unlink()
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "begun") == ["speak 1", "push 1", "push 9"]
    assert lines(folder, "pushed") == ["9"]
    assert lines(folder, "done") == []


def test_a_stop_while_the_end_waits_for_side_tasks_pushes_as_well(home: Path) -> None:
    folder = a_job(home, steps="1 2")
    (folder.work / "hold").touch()
    (folder.work / "done").touch()
    launch(folder)
    wait_for(lambda: folder.finished("1").exists())
    begun(folder, "push 1")
    folder.stop.write_text("save")
    begun(folder, "push 2")
    (folder.work / "hold").unlink()
    assert ended(folder)["state"] == "stopped"
    assert lines(folder, "pushed") == ["2"]
    assert lines(folder, "done") == []


def test_an_attempt_of_a_few_steps_pushes_none_at_its_stop(home: Path) -> None:
    folder = a_job(home, steps="1")
    (folder.work / "done").touch()
    (folder.work / "pushed").mkdir()
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (folder.work / "pushed").rmdir()
    folder.finished("side-push-1").unlink()
    folder.stop.write_text("save")
    (folder.path / "attempts/2.json").write_text('{"format": 1, "only": ["export"]}')
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder, "pushed") == []
