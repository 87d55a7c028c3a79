"""For the server: the app in this process behind its guard, or a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.guarded import Guarded
from server.serving import Serving
from tuneyard.runner.folder import JobFolder, held
from tuneyard.runner.process import of_job
from waiting import wait_for


@pytest.fixture
def guarded(home: Path) -> Guarded:
    """The whole app in this process, behind its guard; its lifespan hasn't begun."""
    return Guarded(home)


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Serving]]:
    """Calls `tuneyard serve --no-browser` with further arguments; whatever runs is killed at last."""
    started: list[Serving] = []

    def serve(*arguments: str, at: Path = home, **more: Any) -> Serving:
        started.append(Serving(at, "--no-browser", *arguments, **more))
        return started[-1]

    yield serve
    for each in started:
        each.close()


@pytest.fixture
def served(serve: Callable[..., Serving]) -> Serving:
    """A server of the test's home that runs, at any port."""
    return serve("--port", "0").wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server of a home of its own, for all tests of a file that leave it as it is."""
    home = tmp_path_factory.mktemp("running") / "home"
    with closing(Serving(home, "--no-browser", "--port", "0")) as server:
        yield server.wait()


@pytest.fixture(autouse=True)
def _jobs_have_ended(home: Path) -> Iterator[None]:
    """No test leaves a job behind; one that waits for a file `go` in its folder gets it."""
    yield
    for lock in home.glob("jobs/*/runner.lock"):
        lock.with_name("go").touch()
        wait_for(partial(_has_ended, JobFolder(lock.parent)), what=f"the end of {lock.parent}")


def _has_ended(folder: JobFolder) -> bool:
    return not held(folder.runner_lock) and not of_job(folder)
