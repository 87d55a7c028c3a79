"""A checkpoint that is asked for at home, passed on to the pod."""

from pathlib import Path
from typing import Any

import pytest

from jobs.remote.pods import FolderFace, pod_folder
from tuneyard.compute.runpod.client import RunPod
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following import phases
from tuneyard.jobs.remote.mirror.face import FaceAway, FaceRefused
from tuneyard.jobs.view import view
from tuneyard.runner.folder import JobFolder, read_lines, write_json

TRAINS = {"state": "training", "attempt": 1, "step": {"n": 1, "saves": True, "offset": 0}}


class Pod(FolderFace):
    """Trains until it was asked to save; `answers` are what it says to that, one after the other."""

    url = "http://127.0.0.1:1"

    def __init__(self, folder: JobFolder, *answers: Exception | None) -> None:
        super().__init__(folder)
        self.answers = list(answers)

    def __exit__(self, *_: object) -> None:
        pass

    def job(self) -> dict[str, Any]:
        return {"inputs": {}, **super().job(), "ended": not self.answers}

    def save(self) -> None:
        if answer := self.answers.pop(0):
            raise answer


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> JobFolder:
    """A job at home whose pod trains."""
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"poll": 0.01, "look": 0.01}')
    settings = {"script": "#!/bin/bash\n"}
    job = {"recipe": "script", "settings": settings, "compute": {"name": "runpod"}}
    return Manager(home).create(build(job))


def follow(folder: JobFolder, pod: Pod, monkeypatch: pytest.MonkeyPatch) -> Attendant:
    here = Attendant(folder)
    monkeypatch.setattr(phases, "_face", lambda _: pod)
    here.to("running", asked=1.0, saw=1e12)
    phases.follow(here, RunPod("nothing is asked of RunPod"))
    return here


def warnings(folder: JobFolder) -> list[dict[str, Any]]:
    return [line for line in read_lines(folder.events) if line["event"] == "warning"]


def test_it_is_passed_on_once_and_to_a_pod_that_was_away_later(
    folder: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = Pod(pod_folder(tmp_path / "pod"), FaceAway("for a moment"), None)
    folder.save.touch()
    follow(folder, pod, monkeypatch)
    assert not folder.save.exists()
    assert warnings(folder) == []


def test_what_the_pod_says_against_it_is_told(
    folder: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = Pod(pod_folder(tmp_path / "pod"), FaceRefused(409, "Not now."))
    folder.save.touch()
    here = follow(folder, pod, monkeypatch)
    assert not folder.save.exists()
    assert [each["cause"]["sentence"] for each in warnings(folder)] == ["Not now."]
    assert here.handle.phase == "collecting"


def test_home_shows_what_the_pod_awaits(
    folder: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = pod_folder(tmp_path / "pod")
    write_json(there.state, {**TRAINS, "saving": {"at": 7.0, "events": 0}})
    here = follow(folder, Pod(there), monkeypatch)
    here.to("running")
    shown = view(Manager(folder.home), folder)
    assert (shown["can_save"], shown["saving"]) == (True, 7.0)
