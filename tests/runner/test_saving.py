"""A checkpoint on request: asked of the job, passed on to its step, awaited, and told of."""

import signal
from pathlib import Path
from typing import Any

import pytest

from faces import TOKEN, face_of
from jobs_by_hand import again, ended, launch, make, shell, state
from tuneyard.runner import masking
from tuneyard.runner.folder import JobFolder, read_lines, write_json
from tuneyard.runner.process import Identity
from tuneyard.runner.states import can_save
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("under_each_python")

# Reads its own events as they come: the source and its reading are one module.
SEEN = """
import json
from tuneyard.runner.step import Seen
def seen(line):
    return Seen(event=json.loads(line))
"""
# Saves when it is told to by the file `tell`, whatever it is asked.
TRAINS = """
while [ ! -e end ]; do
  if [ -e tell ]; then rm -f tell ask; echo '{"event": "checkpoint", "step": 7}' >> lines; fi
  sleep 0.02
done
"""


def training(home: Path, tmp_path: Path, **limits: float) -> JobFolder:
    module = tmp_path / "reads_lines.py"
    module.write_text(SEEN)
    steps = [shell("train", TRAINS, save="ask"), shell("export", "sleep 600", "finish")]
    folder = make(
        home, steps, module="reads_lines", events="work/lines", modules=[module], limits=limits
    )
    launch(folder)
    wait_for(lambda: state(folder)["state"] == "training" and state(folder).get("command"))
    return folder


def events(folder: JobFolder, name: str) -> list[dict[str, Any]]:
    return [event for event in read_lines(folder.events) if event["event"] == name]


def taken(folder: JobFolder) -> None:
    wait_for(lambda: state(folder).get("saving"), what="notice of the wish")
    wait_for((folder.work / "ask").exists, what="the step to be asked")


def end(folder: JobFolder) -> dict[str, Any]:
    folder.stop.write_text("now")
    return ended(folder)


def test_the_step_is_asked_and_its_checkpoint_awaited(home: Path, tmp_path: Path) -> None:
    folder = training(home, tmp_path)
    assert can_save(state(folder))
    (folder.work / "tell").touch()  # one that comes before it is asked for is another
    wait_for(lambda: events(folder, "checkpoint"))
    folder.save.touch()
    taken(folder)
    assert not folder.save.exists()
    assert state(folder)["state"] == "training"
    assert state(folder)["saving"]["at"] > 0
    (folder.work / "tell").touch()
    wait_for(lambda: state(folder)["saving"] is None, what="the checkpoint")
    assert len(events(folder, "checkpoint")) == 2
    assert events(folder, "warning") == []
    end(folder)


def test_the_face_of_a_pod_asks_the_same_runner(home: Path, tmp_path: Path) -> None:
    folder = training(home, tmp_path)
    masking.remember(folder.masks, [TOKEN])
    write_json(folder.path / "pod.json", {"incarnation": "1", "boots": [1.0]})
    with face_of(folder) as face, face.client() as client:
        assert client.post("/save", json={}).status_code == 200
        taken(folder)
        assert client.get("/job").json()["state"]["saving"]["at"] > 0
        (folder.work / "tell").touch()
        wait_for(lambda: client.get("/job").json()["state"]["saving"] is None)
        events_there = client.get("/read/events", params={"offset": 0, "limit": 1 << 20}).text
        assert '"checkpoint"' in events_there
        end(folder)
        assert client.post("/save", json={}).json()["code"] == "cannot-save"


def test_a_runner_that_is_killed_meanwhile_forgets_nothing(home: Path, tmp_path: Path) -> None:
    folder = training(home, tmp_path)
    folder.save.touch()
    taken(folder)
    runner = Identity.from_json(state(folder)["runner"])
    assert runner is not None
    runner.send(signal.SIGKILL)
    wait_for(lambda: Identity.from_json(state(folder)["runner"]) != runner, what="another runner")
    assert (folder.work / "ask").exists()
    assert state(folder)["saving"]
    (folder.work / "tell").touch()
    wait_for(lambda: state(folder)["saving"] is None, what="the checkpoint")
    assert events(folder, "warning") == []
    end(folder)


def test_none_that_comes_in_time_is_told(home: Path, tmp_path: Path) -> None:
    folder = training(home, tmp_path, checkpoint=0.1)
    folder.save.touch()
    taken(folder)
    # As long as the step has other things to do, its time doesn't run.
    with pytest.raises(AssertionError):
        wait_for(lambda: events(folder, "warning"), 0.5)
    (folder.work / "ask").unlink()
    wait_for(lambda: events(folder, "warning"), what="that none came")
    (warning,) = events(folder, "warning")
    assert warning["cause"]["code"] == "not-saved"
    assert warning["cause"]["sentence"].startswith("No checkpoint came within")
    wait_for(lambda: state(folder)["saving"] is None)
    end(folder)


def test_a_step_that_ends_before_says_so_and_the_job_goes_on(home: Path, tmp_path: Path) -> None:
    folder = training(home, tmp_path)
    folder.save.touch()
    taken(folder)
    (folder.work / "end").touch()
    wait_for(lambda: state(folder)["state"] == "finishing")
    (warning,) = events(folder, "warning")
    assert warning["cause"]["sentence"] == "The training ended before it saved one."
    assert state(folder)["saving"] is None
    assert not (folder.work / "ask").exists()
    assert not can_save(state(folder))
    folder.save.touch()  # too late, by whoever looked a moment ago
    wait_for(lambda: len(events(folder, "warning")) == 2, what="that it can't be")
    assert not folder.save.exists()
    assert not (folder.work / "ask").exists()
    end(folder)


def test_a_stop_needs_no_further_word_and_nothing_is_left_for_the_next_attempt(
    home: Path, tmp_path: Path
) -> None:
    folder = training(home, tmp_path)
    folder.save.touch()
    taken(folder)
    assert end(folder)["saving"] is None
    assert not can_save(state(folder))
    assert events(folder, "warning") == []
    (folder.work / "ask").touch()  # as a computer that went down would leave it
    again(folder)
    wait_for(lambda: state(folder)["state"] == "training" and state(folder).get("command"))
    wait_for(lambda: not (folder.work / "ask").exists(), what="a tidy beginning")
    end(folder)
