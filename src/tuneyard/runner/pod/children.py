"""What PID 1 owes its pod: reaps all that ends, keeps the face alive, hears signals."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tuneyard.runner import process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.runner.folder import JobFolder

    from .given import Limits

_ASKS_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_PASSED_OVER = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGCHLD)


class Patience:
    """Pauses between starts of something that ends again: each longer than the one before."""

    def __init__(self, shortest: float, longest: float) -> None:
        self._shortest = shortest
        self._longest = longest
        self._next = 0.0
        self.times = 0

    def due(self) -> bool:
        """Whether to start it now; to be asked only while it doesn't run."""
        if time.monotonic() < self._next:
            return False
        pause = min(self._shortest * 2.0**self.times, self._longest)
        self._next = time.monotonic() + pause
        self.times += 1
        return True

    def forget(self) -> None:
        """It got on: the next pause is short again."""
        self.times = 0


class Children:
    def __init__(self, limits: Limits) -> None:
        self.asked_to_end = False
        self._limits = limits
        self._face: subprocess.Popen[bytes] | None = None
        self._face_patience = Patience(limits.restart, limits.restart_longest)
        self._face_since = 0.0
        self._wake = self._hear_signals()
        with contextlib.suppress(OSError, AttributeError):
            process.adopt_orphans(wanted=True)  # as PID 1 has them anyway

    def pause(self, seconds: float) -> None:
        """Waits, reaping; returns early when a child has ended or a signal came."""
        if select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 4096)
        self.reap()

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if self._face is not None and pid == self._face.pid:
                    self._face.returncode = os.waitstatus_to_exitcode(status)

    def keep_face(self, folder: JobFolder, environ: Mapping[str, str]) -> None:
        """Starts the face, and again if it has ended."""
        if self._face is not None and self._face.returncode is None:
            if time.monotonic() > self._face_since + self._limits.restart_longest:
                self._face_patience.forget()
            return
        if not self._face_patience.due():
            return
        self._face_since = time.monotonic()
        with open(folder.path / "face.log", "ab") as log:
            self._face = subprocess.Popen(
                [sys.executable, "-S", "-E", str(folder.runner), "face", str(folder.path)],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _hear_signals(self) -> int:
        """A descriptor that is readable after a signal. PID 1 has only the handlers it sets."""
        readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        for number in _PASSED_OVER:
            signal.signal(number, lambda *_: None)
        for number in _ASKS_TO_END:
            signal.signal(number, self._ask_to_end)
        return readable

    def _ask_to_end(self, *_: object) -> None:
        self.asked_to_end = True
