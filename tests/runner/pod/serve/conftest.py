import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from faces import pods_folder, served
from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.states import State

SECRET = "hf_" + "aB3dEfGhIjKlMnOpQrStUvWxYz012345"
STARS = "*" * len(SECRET)


@pytest.fixture
def folder(home: Path) -> JobFolder:
    return pods_folder(home, secrets=(SECRET,))


@pytest.fixture
def client(folder: JobFolder) -> Iterator[httpx.Client]:
    with served(folder) as client:
        yield client


def end(folder: JobFolder, state: State = State.SUCCEEDED) -> None:
    write_json(folder.state, {"state": state.value, "attempt": 1})


def settle(path: Path) -> None:
    """Makes a file look as if nobody had written to it for a while."""
    os.utime(path, (time.time() - 10, time.time() - 10))
