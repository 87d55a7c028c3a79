"""The wrapper: a tiny process that holds one command until all of it has ended.

It keeps the exit code when the runner is killed, and starts a runner again. The
runner forks it, once for each step and try; whoever comes second finds the lock
held or the step begun, and leaves.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import environ, process
from .folder import FolderError, JobFolder, acquire, held, read_json, read_json_or, write_json
from .process import Identity
from .states import State

if TYPE_CHECKING:
    from .step import Secret

CANNOT_START = 127  # what a shell answers for a command that isn't there

_STRAY_GRACE = 5.0  # seconds between SIGTERM and SIGKILL for what a command left behind
_MOST_SECONDS_BETWEEN_RESTARTS = 60.0


@dataclass(frozen=True)
class Order:
    """What the wrapper is to run.

    `key` names the step's files; `lock` the lock file it holds meanwhile; `keep`
    are inherited descriptors (GPU locks) that the command holds as well; `linger`
    is how many seconds processes that outlive the command may go on.
    """

    folder: str
    key: str
    name: str
    attempt: int
    fingerprint: str
    command: list[str]
    lock: str = "job.lock"
    env: dict[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    keep: list[int] = field(default_factory=list)
    nice: int = 0
    linger: float = 30.0
    revive: float = 2.0


def start(order: Order) -> int:
    """Forks a wrapper and returns its pid. Forking spares a second start of Python a step."""
    if child := os.fork():
        return child
    code = 1
    try:
        os.setsid()
        _close_all_but({0, 1, 2, *order.keep})
        process.rename("tuneyard-wrap")
        _hold(order)
        code = 0
    except BaseException:  # noqa: BLE001 - nobody above this: what was forked must end here
        with open(JobFolder(order.folder).path / "runner.log", "a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
    finally:
        os._exit(code)


def _hold(order: Order) -> None:
    folder = JobFolder(order.folder)
    lock = acquire(folder.path / order.lock, wait=2.0)
    if lock is not None and not _begun(folder, order):
        Wrapper(folder, order, lock).run()


def _close_all_but(kept: set[int]) -> None:
    """The runner's lock above all: it must not live on in its wrapper."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, and one is the listing's own
        if int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _begun(folder: JobFolder, order: Order) -> bool:
    records = (folder.started(order.key), folder.finished(order.key))
    return any(read_json_or(path, {}).get("attempt") == order.attempt for path in records)


class Wrapper:
    def __init__(self, folder: JobFolder, order: Order, lock: int) -> None:
        self.folder = folder
        self.order = order
        self.lock = lock
        self.wake = _wake_on_children()
        self.reviver = Reviver(folder, order)

    def run(self) -> None:
        os.chdir(self.folder.work)
        os.nice(self.order.nice)
        process.adopt_orphans(wanted=True)
        begun = time.time()
        self._say_started(None, begun)
        child = self._start()
        if child is None:
            exit_code, left = CANNOT_START, 0
        else:
            self._say_started(Identity.of(child.pid), begun)
            exit_code = self._wait(child)
            left = self._clear()
        self._say_finished(exit_code, begun, left)
        os.close(self.lock)
        for number in self.order.keep:
            os.close(number)
        if self._is_a_step():
            self.reviver.stay_until_taken_over(self.wake)

    def _start(self) -> subprocess.Popen[bytes] | None:
        log = os.open(self.folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        marks = {
            process.JOB: f"{self.folder.id}:{self.order.attempt}",
            process.STEP: self.order.key,
            process.HOME: str(self.folder.home),
        }
        # The locks go to the command and on to all that it starts.
        shared = [self.lock, *self.order.keep]
        try:
            return subprocess.Popen(
                self.order.command,
                env=environ.for_step(os.environ, self.order.secrets, {**self.order.env, **marks}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=shared,
            )
        except OSError as error:
            os.write(log, f"{self.order.command[0]} could not be started: {error}\n".encode())
            return None
        finally:
            os.close(log)

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        """Until the command itself has ended; reaps whatever else ends meanwhile."""
        while True:
            for pid, status in _reap():
                if pid == child.pid:
                    child.returncode = os.waitstatus_to_exitcode(status)
                    return child.returncode
            self._pause()

    def _clear(self) -> int:
        """Until nothing of the command is left, by force in the end; how many had to be killed."""
        forced: set[int] = set()
        term_at = time.monotonic() + self.order.linger
        while self._strays():
            now = time.monotonic()
            if now > term_at + _STRAY_GRACE:
                forced.update(process.kill_all(self.folder, self.order.key))
            elif now > term_at:
                forced.update(process.signal_all(signal.SIGTERM, self.folder, self.order.key))
            self._pause(0.1)
        return len(forced)

    def _strays(self) -> bool:
        _reap()
        return _has_children() or bool(process.of_job(self.folder, self.order.key))

    def _pause(self, seconds: float | None = None) -> None:
        _sleep_on(self.wake, self.order.revive if seconds is None else seconds)
        if self._is_a_step():
            self.reviver.look()

    def _is_a_step(self) -> bool:
        return self.order.key.isdigit()

    def _say_started(self, command: Identity | None, begun: float) -> None:
        record = {
            "name": self.order.name,
            "attempt": self.order.attempt,
            "started": begun,
            "wrapper": Identity.mine().as_json(),
            "command": command.as_json() if command else None,
        }
        write_json(self.folder.started(self.order.key), record)

    def _say_finished(self, exit_code: int, begun: float, left: int) -> None:
        record = {
            "name": self.order.name,
            "attempt": self.order.attempt,
            "fingerprint": self.order.fingerprint,
            "exit": exit_code,
            "started": begun,
            "ended": time.time(),
            "left_behind": left,
            "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        }
        write_json(self.folder.finished(self.order.key), record)


class Reviver:
    """Starts a runner again when the job has none, ever more seldom if it dies again."""

    def __init__(self, folder: JobFolder, order: Order) -> None:
        self.folder = folder
        self.order = order
        self.pause = order.revive
        self.next_look = time.monotonic() + order.revive

    def look(self) -> None:
        if time.monotonic() < self.next_look:
            return
        if held(self.folder.runner_lock):
            self.pause = self.order.revive
        else:
            self._revive()
            self.pause = min(self.pause * 2, _MOST_SECONDS_BETWEEN_RESTARTS)
        self.next_look = time.monotonic() + self.pause

    def stay_until_taken_over(self, wake: int) -> None:
        """A runner that is killed right after a step must not leave the job standing."""
        self.next_look = time.monotonic()
        while not self._taken_over():
            self.look()
            _sleep_on(wake, 0.1)

    def _taken_over(self) -> bool:
        try:
            state = read_json(self.folder.state)
        except (FileNotFoundError, FolderError):  # the job was removed
            return True
        if State(state["state"]).ended or state.get("needs"):
            return True
        if state.get("attempt") != self.order.attempt:
            return True
        now = state.get("step", {}).get("n")
        if now is None or str(now) == self.order.key:
            return False
        begun = read_json_or(self.folder.started(str(now)), {})
        return begun.get("attempt") == self.order.attempt

    def _revive(self) -> None:
        # While orphans come to this process, a detached runner would be its child.
        process.adopt_orphans(wanted=False)
        try:
            launch(sys.executable, self.folder)
        finally:
            process.adopt_orphans(wanted=True)


def launch(python: str, folder: JobFolder, environment: dict[str, str] | None = None) -> None:
    """Starts a runner, detached; if the job has one already, the new one leaves at once."""
    with contextlib.suppress(OSError):
        subprocess.run(
            [python, "-S", "-E", str(folder.runner), "run", str(folder.path)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )


def _wake_on_children() -> int:
    """A descriptor that is readable after a child ended, or a signal came that is to be survived.

    Handlers, not SIG_IGN: what is ignored stays ignored in the command, and an
    ignored SIGINT makes a graceful stop do nothing.
    """
    readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return readable


def _sleep_on(wake: int, seconds: float) -> None:
    if select.select([wake], [], [], seconds)[0]:
        os.read(wake, 4096)


def _reap() -> list[tuple[int, int]]:
    ended = []
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended.append(found)
    return ended


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
