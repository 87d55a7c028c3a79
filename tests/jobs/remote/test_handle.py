"""home.json, which is written down before anything that costs."""

import os
import stat
from pathlib import Path

import pytest

from tuneyard.jobs.remote.handle import Handle
from tuneyard.runner.folder import JobFolder


def test_it_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = JobFolder(tmp_path / "jobs" / "job")
    folder.make()
    synced: list[bool] = []

    def fsync(number: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(number).st_mode))

    monkeypatch.setattr(os, "fsync", fsync)
    Handle("runpod", 1, "tuneyard-0-job", "token", phase="creating", asked=5.0).write(folder)
    assert synced == [False, True], "the file, and then the folder that names it"
    found = Handle.read(folder)
    assert found is not None
    assert (found.phase, found.asked) == ("creating", 5.0)
