"""For the command line: the real `main`, a recipe made of shell scripts, no keyring."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keyring
import pytest
from keyring.backends.null import Keyring

from cli.calling import Tuneyard, clear_up, write_job
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held
from tuneyard.runner.process import of_job
from waiting import wait_for


@pytest.fixture(autouse=True)
def _at_home(home: Path) -> None:
    """Whatever a test calls lives in a home of its own."""


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def _with_a_toy(toy: None) -> None:
    """Every command knows the recipe `toy`."""


@pytest.fixture(autouse=True)
def _clear_up(home: Path) -> Iterator[None]:
    yield
    clear_up()
    for job in home.glob("jobs/*"):
        (job / "go").touch()  # for a script that WAITS
        wait_for(partial(_has_ended, JobFolder(job)), what=f"the end of {job.name}")


def _has_ended(folder: JobFolder) -> bool:
    return not held(folder.runner_lock) and not of_job(folder)


@pytest.fixture
def tuneyard(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Tuneyard:
    return Tuneyard(capsys, monkeypatch)


@pytest.fixture
def manager(home: Path) -> Manager:
    return Manager(home)


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """A good one, of the recipe `toy`."""
    return write_job(tmp_path / "job.toml")
