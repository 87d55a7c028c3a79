import socket
from pathlib import Path

import pytest

from waiting import wait_for

SUITE = """
import os
import pytest

@pytest.mark.browser
def test_page(): ...

def test_plain():
    assert "HF_TOKEN" not in os.environ
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of two tests with this suite's conftest; one needs a browser that is not there."""
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", str(here))
    monkeypatch.setenv("PATH", str(pytester.path))
    monkeypatch.setenv("HF_TOKEN", "a secret of the user's, which no test may see")
    pytester.makeconftest((here / "conftest.py").read_text())
    pytester.makeini("[pytest]\nmarkers =\n  browser\n  root\n  trainer")
    pytester.makepyfile(SUITE)
    return pytester


@pytest.mark.parametrize("processes", ["0", "2"])
def test_an_unmet_need_is_named_and_fails_the_run(suite: pytest.Pytester, processes: str) -> None:
    result = suite.runpytest_subprocess("-n", processes)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["Not run: 1 that need Chromium*--without browser"])


def test_a_need_may_be_left_out_on_request(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--without", "browser")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["Not run: 1 that need Chromium"])


def test_a_met_need_runs(suite: pytest.Pytester) -> None:
    (suite.path / "chromium").write_text("#!/bin/sh\n")
    (suite.path / "chromium").chmod(0o755)
    result = suite.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2)


def test_a_run_with_nothing_left_to_run_fails_for_the_need(suite: pytest.Pytester) -> None:
    assert suite.runpytest_subprocess("-k", "page").ret == pytest.ExitCode.TESTS_FAILED


def test_tests_reach_this_computer_alone() -> None:
    with pytest.raises(RuntimeError, match=r"reach 192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match=r"reach example\.invalid"):
        socket.getaddrinfo("example.invalid", 80)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_waiting_ends_with_an_answer_or_in_words() -> None:
    answers = iter([0, 0, 3])
    assert wait_for(lambda: next(answers)) == 3
    with pytest.raises(AssertionError, match="the moon"):
        wait_for(lambda: False, 0, "the moon")


def test_seeds_are_as_many_as_asked_for(seeds: range, request: pytest.FixtureRequest) -> None:
    assert seeds == (request.config.getoption("seeds") or range(20))


@pytest.mark.seeds(3)
def test_a_seeded_test_may_say_how_many(seeds: range, request: pytest.FixtureRequest) -> None:
    assert seeds == (request.config.getoption("seeds") or range(3))


LEAVES = """
import subprocess
import threading

import pytest

over = threading.Event()

@pytest.fixture(scope="module")
def shared():
    thread = threading.Thread(target=lambda: over.wait())
    thread.start()
    yield
    over.set()
    thread.join()

def test_tidy(shared):
    subprocess.run(["true"])

def test_thread(shared):
    threading.Thread(target=lambda: over.wait(), name="forgotten").start()

def test_process(shared):
    test_process.started = subprocess.Popen(["sleep", "600"])

def test_end():
    test_process.started.kill()
    test_process.started.wait()
"""


def test_whoever_leaves_a_thread_or_a_process_behind_is_named(pytester: pytest.Pytester) -> None:
    here = Path(__file__).parent
    pytester.makeconftest(
        "import left_behind\n"
        "from pathlib import Path\n"
        "left_behind._HERE = Path(__file__).parent\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(left_behind.LeftBehind(patience=0.1))\n"
    )
    pytester.makeini(f"[pytest]\npythonpath = {here}\naddopts = -p no:randomly")
    pytester.makepyfile(LEAVES)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(
        [
            "The test has left behind the thread forgotten.",
            "The test has left behind the process * sleep 600.",
        ]
    )
