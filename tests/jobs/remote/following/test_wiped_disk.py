"""RunPod starts a pod's container again with an empty disk: the job goes on from what is at home."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from jobs.remote.pods import FolderFace, pod_folder
from jobs.remote.repositories import job_of
from rented import Rented, events
from tuneyard.compute.runpod.client import RunPod
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following import phases, wiped_disk
from tuneyard.jobs.remote.mirror.face import Face, FaceRefused
from tuneyard.runner.folder import JobFolder, append_line
from waiting import wait_for

# Its first life makes a checkpoint and goes on and on; its second says where it goes on from.
TRAIN = """
if [ -z "$TUNEYARD_CHECKPOINT" ]; then
  mkdir -p ck; echo "as far as one" > ck/1.pt; echo begun; sleep 600
fi
echo "goes on from $(basename "$TUNEYARD_CHECKPOINT"): $(cat "$TUNEYARD_CHECKPOINT")"
echo voice > "$TUNEYARD_OUTPUTS/voice"
"""


def test_the_job_goes_on_in_the_same_pod(rented: Rented) -> None:
    folder = with_a_checkpoint_here(rented)
    wipe(rented)
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert "goes on from 1.pt: as far as one" in folder.log.read_text()
    assert (folder.outputs / "voice").read_text() == "voice\n"
    assert len(rented.practice.world.ended) == 1, "another pod was rented"
    (said,) = (e["said"] for e in events(folder, "pod") if "empty disk" in e["said"])
    assert said.endswith("It gets the checkpoint that came home, and goes on from that.")


def test_an_attendant_that_is_killed_before_it_sent_anything_is_followed_by_one_that_does(
    rented: Rented,
) -> None:
    folder = with_a_checkpoint_here(rented)
    wipe(rented)
    wait_for(
        lambda: [e for e in events(folder, "pod") if "empty disk" in e["said"]], 120, "the note"
    )
    for _ in range(3):
        for pid in wait_for(rented.attendants, 120, "an attendant"):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: rented.manager.tend(folder), 120, "a new one")
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert "goes on from 1.pt: as far as one" in folder.log.read_text()


def with_a_checkpoint_here(rented: Rented) -> JobFolder:
    folder = rented.start(TRAIN, checkpoints=["ck/*.pt"])
    wait_for(
        lambda: [*folder.path.glob("remote/1/checkpoint/**/1.pt")],
        60,
        lambda: f"a checkpoint in {rented.story(folder)}",
    )
    return folder


def wipe(rented: Rented) -> None:
    rented.practice.faults.wipe = True
    rented.practice.pods[0].crash()


SEEN = {"now": 1000.0, "boots": [990.0], "state": {"state": "queued"}, "inputs": {}, "ended": False}


class Told(Face):
    """What a pod is told, and a face that answers so."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.told: list[list[dict[str, Any]]] = []

    def again(self, inputs: list[dict[str, Any]]) -> None:
        self.told.append(inputs)
        if self.status != 204:
            raise FaceRefused(self.status, "No.")


def test_a_note_stays_and_the_pod_is_told_until_it_knows(home: Path) -> None:
    here, face = at_home(home), Told()
    wiped_disk.notice(here, SEEN)
    here.save()  # and killed
    here = Attendant(here.folder)
    assert wiped_disk.send(here, face, SEEN) is None
    (entry,) = face.told[0]
    assert (entry["name"], entry["kind"], entry["place"]) == ("1.ckpt", "file", "work/ck/1.ckpt")
    assert here.packed()[-1].sha256 == entry["sha256"], "it is sent as other inputs are"
    taken = {**SEEN, "inputs": {entry["sha256"]: {"have": 0, "bytes": 12, "done": False}}}
    assert wiped_disk.send(here, face, taken) is None
    assert len(face.told) == 1, "it was told what it knows"


def test_a_pod_that_knows_nothing_of_this_is_ended(home: Path) -> None:
    here = at_home(home)
    wiped_disk.notice(here, SEEN)
    verdict = wiped_disk.send(here, Told(404), SEEN)
    assert verdict is not None
    assert (verdict["state"], verdict["cause"]["code"]) == ("lost", "pod-wiped")


def test_a_job_that_has_ended_there_is_brought_home_as_it_is(home: Path) -> None:
    here = at_home(home)
    wiped_disk.notice(here, SEEN)
    assert wiped_disk.send(here, Told(409), SEEN) is None
    assert here.handle.again is None
    face = Told()
    wiped_disk.notice(here, SEEN)
    assert wiped_disk.send(here, face, {**SEEN, "ended": True}) is None
    assert face.told == []


def test_a_checkpoint_that_the_pod_does_not_take_is_no_reason_to_end(home: Path) -> None:
    here = at_home(home)
    wiped_disk.notice(here, SEEN)
    with pytest.raises(FaceRefused):
        wiped_disk.send(here, Told(500), SEEN)
    assert here.handle.again is not None, "that may pass"
    assert wiped_disk.send(here, Told(422), SEEN) is None
    assert here.handle.again is None
    assert events(here.folder, "pod")[-1]["said"].endswith("No. It goes on as it is.")


@pytest.mark.parametrize(
    ("now", "goes_along"),
    [
        ({"state": {"progress": {"step": 99}}}, True),
        ({"state": {"progress": {"step": 101}}}, False),
        ({"now": 1000.0, "boots": [980.0]}, True),
        ({"now": 9000.0, "boots": [1000.0, 2000.0]}, False),
    ],
)
def test_what_came_further_while_nobody_looked_goes_on_as_it_is(
    home: Path, now: dict[str, Any], goes_along: bool
) -> None:
    """By steps where both are known: the checkpoint is of step 100. Else by the time it took."""
    here = at_home(home)
    wiped_disk.notice(here, {**SEEN, **now})
    assert (here.handle.again is not None) == goes_along
    (said,) = events(here.folder, "pod")
    assert ("has come further" in said["said"]) != goes_along


def test_with_a_repository_home_only_says_what_the_pod_does(home: Path) -> None:
    here = at_home(home, repository="me/voice")
    wiped_disk.notice(here, SEEN)
    assert here.handle.again is None
    (said,) = events(here.folder, "pod")
    assert said["said"].endswith("the newest checkpoint in me/voice, if one was pushed.")


def test_without_a_checkpoint_it_begins_anew(home: Path) -> None:
    here = Attendant(job_of(home, repository=""))
    wiped_disk.notice(here, SEEN)
    assert here.handle.again is None
    assert events(here.folder, "pod")[0]["said"].endswith("it begins anew.")


class Stopped(FolderFace):
    """A pod whose disk is wiped when it is told to stop; told once more, its job stops."""

    url = "http://127.0.0.1:1"

    def __exit__(self, *_: object) -> None:
        pass

    def job(self) -> dict[str, Any]:
        ended = {"ended": len(self.told) > 1}
        return {**SEEN, **super().job(), **ended}

    def stop(self, how: str) -> None:
        self.told.append(how)
        self.incarnation = "two"


def test_a_stop_that_was_lost_with_the_disk_is_told_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"poll": 0.01}')
    here, face = at_home(home), Stopped(pod_folder(tmp_path / "pod"))
    monkeypatch.setattr(phases, "_face", lambda _: face)
    here.folder.stop.write_text("save\n")
    here.to("running", asked=1.0)
    phases.follow(here, RunPod("nothing is asked of RunPod"))
    assert here.handle.phase == "collecting"
    assert face.told == ["save", "save"]


def at_home(home: Path, repository: str = "") -> Attendant:
    """An attendant that has a checkpoint of step 100 here, made ten seconds after the pod."""
    here = Attendant(job_of(home, repository=repository))
    here.handle.created = 500.0
    mirror = here.folder.path / "remote" / "1"
    checkpoint = mirror / "checkpoint/work/ck/1.ckpt"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"as far as one")
    os.utime(checkpoint, (510.0, 510.0))
    append_line(mirror / "events.jsonl", {"event": "checkpoint", "path": "ck/1.ckpt", "step": 100})
    return here
