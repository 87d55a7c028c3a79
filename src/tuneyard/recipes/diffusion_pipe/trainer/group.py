"""The trainer's processes: launcher, its helper, one a GPU, and what those start.

A signal to the launcher alone leaves all others training, so it has a group of its own,
which is ended as a whole. What outlives its parent comes to this process.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GRACE = 5.0  # seconds from SIGTERM to SIGKILL
_LEAVING = 10.0  # seconds that helpers may take after the launcher has ended


class Wake:
    """Sleep that ends early, when a child has ended or somebody asks this step to stop."""

    def __init__(self) -> None:
        self.asked = False
        self._readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def sleep(self, seconds: float) -> None:
        if select.select([self._readable], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._readable, 4096)

    def _ask(self, *_: object) -> None:
        self.asked = True


class Group:
    """One start of the trainer. `code` is the launcher's exit code once it has ended."""

    def __init__(
        self, command: Sequence[str], cwd: Path, environ: Mapping[str, str], wake: Wake
    ) -> None:
        process.adopt_orphans(wanted=True)
        self._wake = wake
        # With the job's locks, which are held for as long as anything of it lives.
        self._launcher = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=False,
        )
        self.id = self._launcher.pid
        self.code: int | None = None

    def ended(self) -> bool:
        """Whether the launcher has ended. What it left is for `end`."""
        self._reap()
        return self.code is not None

    def leave(self) -> None:
        """Ends what is left, after helpers had time to end by themselves."""
        self._until_empty(_LEAVING)
        self.end()

    def end(self) -> None:
        """Ends all of it; returns when nothing is left."""
        for number, seconds in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
            if self._living():
                self._send(number)
                self._until_empty(seconds)
        while left := self._living():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._wake.sleep(0.05)

    def has_dead_child(self) -> bool:
        """Whether a process of it has ended for which its parent hasn't asked."""
        return any(state == "Z" for _, state in self._members())

    def _living(self) -> list[int]:
        """Its processes, and those that left the group but are of the same step."""
        self._reap()
        found = {pid for pid, state in self._members() if state not in "ZX"}
        if step := os.environ.get(process.STEP):
            found.update(process.of_job(JobFolder(Path.cwd().parent), step))
        return sorted(found - {os.getpid()})

    def _members(self) -> list[tuple[int, str]]:
        found = []
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                with contextlib.suppress(OSError):
                    state, _, group = (path / "stat").read_text().rpartition(")")[2].split()[:3]
                    if int(group) == self.id:
                        found.append((int(path.name), state))
        return found

    def _until_empty(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._living() and time.monotonic() < deadline:
            self._wake.sleep(0.05)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.id, number)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.id:
                    self.code = os.waitstatus_to_exitcode(ended[1])
                    self._launcher.returncode = self.code
