import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BEFORE = """
from tuneyard.recipes.piper.trainer.stopping import INTERRUPTED, Stopped, StopRequest
stop = StopRequest()
stop.listen()
"""


@contextmanager
def running(code: str) -> Iterator[subprocess.Popen[str]]:
    """A program that says "ready" and then waits for its end."""
    with subprocess.Popen(
        [sys.executable, "-c", BEFORE + code], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_before_the_training_it_ends_at_once(number: signal.Signals) -> None:
    code = """
import sys, time
try:
    print("ready", flush=True)
    time.sleep(600)
except Exception:
    sys.exit(1)
except Stopped:
    sys.exit(INTERRUPTED)
"""
    with running(code) as process:
        process.send_signal(number)
        assert process.wait(30) == 143


def test_a_second_signal_ends_what_swallows_the_first() -> None:
    code = """
import time
try:
    print("ready", flush=True)
    time.sleep(600)
except BaseException:
    print("swallowed", flush=True)
    time.sleep(600)
"""
    with running(code) as process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "swallowed\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143


def test_during_the_training_any_number_of_signals_only_asks() -> None:
    code = """
import signal, sys
stop.defer()
print("ready", flush=True)
signal.sigwait({signal.SIGUSR1})
sys.exit(7 if stop.asked else 1)
"""
    block = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\n"
    with running(block + code) as process:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            process.send_signal(number)
        assert process.wait(30) == 7


def test_a_request_that_was_swallowed_on_the_way_is_not_forgotten() -> None:
    code = """
import sys, time
try:
    print("ready", flush=True)
    time.sleep(600)
except BaseException:
    pass
try:
    stop.defer()
except Stopped:
    sys.exit(INTERRUPTED)
"""
    with running(code) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143


def test_a_forked_data_worker_leaves_the_decision_to_the_training() -> None:
    code = """
import os, signal, sys
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(5)
_, status = os.waitpid(child, 0)
print("ready", flush=True)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    with running(code) as process:
        assert process.wait(30) == 5
