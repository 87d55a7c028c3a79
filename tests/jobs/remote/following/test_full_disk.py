"""A disk at home that takes nothing more, while a pod goes on."""

import errno
from pathlib import Path
from typing import Any

import pytest

from jobs.remote.following.test_saving import Pod, follow
from jobs.remote.pods import pod_folder
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.following import phases
from tuneyard.jobs.remote.following.bringing import Bringing
from tuneyard.jobs.remote.mirror.folder import Mirror
from tuneyard.runner.folder import JobFolder, read_lines

FULL = OSError(errno.ENOSPC, "No space left on device")


class Stopping(Pod):
    """Trains until it is told to stop; its end is seen later."""

    def stop(self, how: Any) -> None:
        self.told.append(how)
        self.answers.clear()


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> JobFolder:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"poll": 0.01, "look": 0.01}')
    settings = {"script": "#!/bin/bash\n"}
    job = {"recipe": "script", "settings": settings, "compute": {"name": "runpod"}}
    return Manager(home).create(build(job))


def test_the_pod_is_looked_after_all_the_same(
    folder: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull, full = Mirror.pull, iter([FULL, FULL])

    def pulling(self: Mirror, *given: Any) -> bool:
        for error in full:
            raise error
        return pull(self, *given)

    monkeypatch.setattr(Mirror, "pull", pulling)
    folder.stop.write_text("save\n")
    pod = Stopping(pod_folder(tmp_path / "pod"), None)
    here = follow(folder, pod, monkeypatch)
    assert pod.told == ["save"], "the wish to stop is passed on, and once"
    assert here.handle.phase == "collecting"
    said = [line["said"] for line in read_lines(folder.events) if line["event"] == "pod"]
    (told,) = said
    assert "this computer's disk (no space left on device)" in told


def test_nothing_is_collected_before_it_is_home(
    folder: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = Pod(pod_folder(tmp_path / "pod"))
    collected: list[str] = []
    monkeypatch.setattr(pod, "collected", collected.append, raising=False)
    pumps = iter([FULL, FULL, None])

    def pump(_self: Any, *, results: bool) -> bool:
        assert results
        assert collected == []
        if error := next(pumps):
            raise error
        return True

    monkeypatch.setattr(Bringing, "pump", pump)
    here = follow(folder, pod, monkeypatch)
    phases.collect(here, None)  # type: ignore[arg-type] # RunPod is asked nothing
    assert (collected, here.handle.phase) == (["one"], "releasing")
