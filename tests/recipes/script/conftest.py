from collections.abc import Iterator
from pathlib import Path

import pytest

from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held
from tuneyard.runner.process import kill_all
from waiting import wait_for


@pytest.fixture
def manager(home: Path) -> Iterator[Manager]:
    """A home's manager; whatever it started has ended when the test has."""
    manager = Manager(home)
    yield manager
    for folder in map(JobFolder, home.glob("jobs/*")):
        folder.stop.write_text("now\n")

        def over(folder: JobFolder = folder) -> bool:
            return not kill_all(folder) and not held(folder.runner_lock)

        wait_for(over, what=f"the end of {folder.id}")
