"""For the command line: the real `main`, a recipe made of shell scripts, no keyring."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.null import Keyring

from cli.calling import Tuneyard, clear_up, write_job
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.base import recipes

TOY = Path(__file__).parent / "toy"


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


@pytest.fixture(autouse=True)
def _clear_up() -> Iterator[None]:
    yield
    clear_up()


@pytest.fixture
def tuneyard(
    home: Path,  # noqa: ARG001 - what is called lives in it
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
