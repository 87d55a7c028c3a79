"""For the command line: the real `main`, a recipe made of shell scripts, no keyring."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends.null import Keyring

from tuneyard.cli.main import main
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.base import recipes
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.states import State
from waiting import wait_for

TOY = Path(__file__).parent / "toy"


@dataclass
class Ran:
    code: int
    out: str
    err: str


class Tuneyard:
    """Calls the command in this process."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: object, stdin: str = "") -> Ran:
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main([str(argument) for argument in arguments])
        return Ran(code, *self.capsys.readouterr())


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Installs the recipe `toy`, for this process and for those it starts."""
    about = tmp_path / "site" / "toy_recipe-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-recipe\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tuneyard.recipes]\ntoy = toy_recipe:recipe\n")
    places = [str(about.parent), str(TOY)]
    for place in places:
        monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    recipes.cache_clear()
    yield
    recipes.cache_clear()


@pytest.fixture
def tuneyard(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Tuneyard:
    return Tuneyard(capsys, monkeypatch)


@pytest.fixture
def manager(home: Path) -> Manager:
    return Manager(home)


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """A good one, of the recipe `toy`."""
    return write_job(tmp_path / "job.toml")


def write_job(path: Path, script: str = "echo hello", results: str = "", **settings: Any) -> Path:
    """`results` is a repository, "" for none."""
    lines = ["format = 1", 'recipe = "toy"', f'name = "{path.stem}"', "[settings]"]
    lines += [f"{name} = {value!r}" for name, value in {"script": script, **settings}.items()]
    if results:
        lines += ["[results]", f'repository = "{results}"']
    path.write_text("\n".join(lines) + "\n")
    return path


def only_job(home: Path) -> JobFolder:
    """The one job of this home."""
    (folder,) = [path for path in (home / "jobs").iterdir() if not path.name.startswith(".")]
    return JobFolder(folder)


def wait_for_state(manager: Manager, folder: JobFolder, *states: State) -> None:
    wait_for(lambda: manager.state(folder)["state"] in states, what=f"{folder.id}: {states}")


def process(*arguments: object, **more: Any) -> "subprocess.Popen[bytes]":
    """The command as a process of its own, with this one's environment."""
    command = [sys.executable, "-m", "tuneyard.cli.main", *map(str, arguments)]
    environ: Mapping[str, str] = {**os.environ, **more.pop("environ", {})}
    pipe = subprocess.PIPE
    given = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, **more}
    return subprocess.Popen(command, env=environ, **given)
