"""Processes, told apart for certain, and all those that belong to one job.

A pid alone proves nothing: it is used again. A process is known by its pid, the
tick of its start and the boot it started in. Everything that a job runs carries
``TUNEYARD_JOB=<id>:<attempt>``, ``TUNEYARD_STEP=<key>`` and ``TUNEYARD_HOME`` in its
environment, since trainers fork helpers that close inherited descriptors and leave
the group. Two homes on one computer may each have a job of the same id.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .folder import JobFolder

JOB = "TUNEYARD_JOB"
STEP = "TUNEYARD_STEP"
HOME = "TUNEYARD_HOME"

_PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """One process: `ticks` is its start in clock ticks since `boot`."""

    pid: int
    ticks: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        ticks = _start_ticks(pid)
        return None if ticks is None else cls(pid, ticks, boot_id())

    @classmethod
    def mine(cls) -> Identity:
        found = cls.of(os.getpid())
        if found is None:  # no /proc: checked before a job is started, see local.py
            raise RuntimeError("this system has no /proc; jobs run on Linux and WSL2")
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Identity | None:
        return None if data is None else cls(data["pid"], data["ticks"], data["boot"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def alive(self) -> bool:
        """Whether this very process lives. A zombie is dead."""
        return self.boot == boot_id() and _start_ticks(self.pid) == self.ticks

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal to this process; False if it is no longer there."""
        return self._deliver(os.kill, number)

    def send_to_group(self, number: signal.Signals) -> bool:
        """Sends a signal to the process group it leads; False if it is no longer there."""
        return self._deliver(os.killpg, number)

    def _deliver(self, kill: Callable[[int, int], None], number: signal.Signals) -> bool:
        if not self.alive():
            return False
        try:
            kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


@lru_cache(maxsize=1)
def boot_id() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def of_job(folder: JobFolder, step: str | None = None) -> list[int]:
    """Pids of the living processes of a job, of all its attempts; of one step if named.

    Reads every readable ``/proc/<pid>/environ``: milliseconds, so not for a tight loop.
    """
    home = os.path.realpath(folder.home)
    found = []
    for pid in _pids():
        environ = _environ(pid)
        if not _belongs(environ, folder.id, home):
            continue
        if step is not None and environ.get(STEP) != step:
            continue
        if _start_ticks(pid) is not None:
            found.append(pid)
    return found


def kill_all(folder: JobFolder, step: str | None = None) -> list[int]:
    """Kills what `of_job` finds; returns the pids it signalled."""
    return signal_all(signal.SIGKILL, folder, step)


def signal_all(number: signal.Signals, folder: JobFolder, step: str | None = None) -> list[int]:
    home = os.path.realpath(folder.home)
    hit = []
    for pid in of_job(folder, step):
        # Looked at once more right before: the pid may be somebody else's by now.
        if not _belongs(_environ(pid), folder.id, home):
            continue
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            hit.append(pid)
    return hit


def _belongs(environ: Mapping[str, str], job: str, home: str) -> bool:
    """Whether a process with this environment is of that job. `home` is free of links."""
    if not environ.get(JOB, "").startswith(f"{job}:"):
        return False
    return os.path.realpath(environ.get(HOME, "")) == home


def detach() -> bool:
    """Leaves the launcher: double fork, own session, nothing shared.

    Returns True in the process that goes on, False in those that are to exit
    at once. The one that goes on is nobody's child and no session's leader.
    """
    if child := os.fork():
        os.waitpid(child, 0)  # when the launcher goes on, the job is nobody's child
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)
    return True


def adopt_orphans(*, wanted: bool) -> None:
    """Makes orphaned descendants this process's children, from now on or no longer."""
    _prctl(36, int(wanted))  # PR_SET_CHILD_SUBREAPER, linux/prctl.h


def rename(name: str) -> None:
    """What `ps` and `top` call this process; 15 bytes at most."""
    import ctypes  # noqa: PLC0415 - only the wrapper pays for it

    _prctl(15, ctypes.create_string_buffer(name.encode()))  # PR_SET_NAME


def _prctl(option: int, value: Any) -> None:
    import ctypes  # noqa: PLC0415 - only the wrapper pays for it

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _start_ticks(pid: int) -> int | None:
    """Field 22 of /proc/<pid>/stat, or None for a process that is gone or a zombie."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return int(fields[19])


def _pids() -> list[int]:
    try:
        return [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]
    except OSError:
        return []


def _environ(pid: int) -> dict[str, str]:
    try:
        raw = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return {}
    if JOB.encode() not in raw:
        return {}
    pairs = (item.partition(b"=") for item in raw.split(b"\0"))
    return {k.decode(errors="replace"): v.decode(errors="replace") for k, _, v in pairs}
