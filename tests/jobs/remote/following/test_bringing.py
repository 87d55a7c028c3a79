"""What comes home beside the log, while a pod trains."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.remote.pods import FolderFace, grow, pod_folder
from tuneyard.jobs.inputs import InputsError
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following.bringing import Bringing
from tuneyard.runner.folder import JobFolder, read_lines
from tuneyard.runner.problems import Problem
from waiting import wait_for


@pytest.mark.parametrize(
    ("gb", "repository", "checkpoint", "result"),
    [(3, "", 3e9, 3e9), (0, "", 0.0, 0.0), (3, "me/model", 0.0, 3e9)],
    ids=["as set", "none", "checkpoints are pushed instead"],
)
def test_as_the_job_allows(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    gb: float,
    repository: str,
    checkpoint: float,
    result: float,
) -> None:
    job = {
        "recipe": "script",
        "settings": {"script": "#!/bin/bash\n"},
        "compute": {"name": "runpod", "checkpoint_gb": gb},
        "results": {"repository": repository},
    }
    here = Attendant(Manager(home).create(build(job)))
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(here.mirror, "files", lambda *_, **how: asked.append(how))
    with Bringing(here, "http://127.0.0.1:1") as bringing:
        wait_for(lambda: bringing.pump(results=False) or asked, what="a look at the pod's files")
    assert asked == [{"ended": False, "checkpoint_bytes": checkpoint, "result_bytes": result}]


class Downloads:
    """In place of those from a pod's face: a checkpoint never ends, unless it is `gone`."""

    def __init__(self, face: FolderFace) -> None:
        self.face = face
        self.told: list[str] = []
        self.gone = False

    def __call__(
        self, _url: str, _token: str, path: str, target: Path, *, stopped: Any, **_: Any
    ) -> None:
        self.told.append(path)
        if not path.startswith("work/"):
            self.face.fetch({"path": path}, target)
        elif self.gone:
            raise InputsError(Problem("The job has no such file.", "no-file"))
        else:
            wait_for(stopped, what="that it is to wait")
            raise InputsError(Problem("It was stopped.", "stopped"))


@pytest.fixture
def here(home: Path) -> Attendant:
    job = {
        "recipe": "script",
        "settings": {"script": "#!/bin/bash\n"},
        "compute": {"name": "runpod", "checkpoint_gb": 3},
    }
    return Attendant(Manager(home).create(build(job)))


@pytest.fixture
def pod(tmp_path: Path, here: Attendant) -> JobFolder:
    folder = pod_folder(tmp_path / "pod")
    (folder.work / "a.ckpt").write_bytes(b"12345")
    here.mirror.pull(face := FolderFace(folder), face.job())
    return folder


@pytest.fixture
def downloads(pod: JobFolder, monkeypatch: pytest.MonkeyPatch) -> Downloads:
    face = FolderFace(pod)
    found = Downloads(face)
    place = "tuneyard.jobs.remote.following.bringing"
    monkeypatch.setattr(f"{place}.download", found)
    monkeypatch.setattr(FolderFace, "__exit__", lambda *_: None)
    monkeypatch.setattr(f"{place}.Face", lambda *_: face)
    return found


def pumping(bringing: Bringing, until: Callable[[], Any]) -> None:
    wait_for(lambda: bringing.pump(results=False) or until(), what="files")


def test_a_result_that_is_told_comes_before_a_checkpoint_that_is_on_its_way(
    here: Attendant, pod: JobFolder, downloads: Downloads
) -> None:
    with Bringing(here, "http://127.0.0.1:1") as bringing:
        pumping(bringing, lambda: downloads.told == ["work/a.ckpt"])
        (pod.outputs / "lora").write_bytes(b"whole")
        grow(pod, event="saved", file="../outputs/lora")
        here.mirror.pull(downloads.face, downloads.face.job())
        pumping(bringing, lambda: downloads.told[1:] == ["outputs/lora", "work/a.ckpt"])
    assert (here.folder.outputs / "lora").read_bytes() == b"whole"


def test_checkpoints_that_are_always_gone_before_they_are_home_are_told_of_once(
    here: Attendant, downloads: Downloads
) -> None:
    downloads.gone = True
    with Bringing(here, "http://127.0.0.1:1") as bringing:
        pumping(bringing, lambda: len(downloads.told) > 4)
    told = [line for line in read_lines(here.folder.events) if line["event"] == "warning"]
    assert [line["cause"]["code"] for line in told] == ["checkpoint-outrun"]
