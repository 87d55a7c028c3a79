"""Which GPUs this computer has, who holds them, and whose turn it is.

There is no scheduler: each waiting runner looks for itself, in the order of
``queue.json``, for the locks ``gpus/<uuid>.lock``. A lock alone proves nothing (a
trainer's helpers close it), so its file also names the job it was given to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from . import process
from .folder import JobFolder, held, locked, read_json_or, write_json
from .states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAKE = "TUNEYARD_GPUS"  # comma-separated ids in place of the real ones, for rehearsals


@dataclass
class Held:
    """The GPUs a runner was given; `locks` are inherited by what it starts."""

    ids: list[str] = field(default_factory=list)
    locks: list[int] = field(default_factory=list)


def present() -> list[str]:
    """The ids of this computer's NVIDIA GPUs; empty without a driver."""
    if FAKE in os.environ:
        return [name.strip() for name in os.environ[FAKE].split(",") if name.strip()]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    return []


def enqueue(home: Path, job: str) -> None:
    """Puts a job at the queue's end, once."""
    with _queue(home) as path:
        order = [*_order(path)]
        if job not in order:
            write_json(path, {"order": [*order, job]})


def leave(home: Path, job: str) -> None:
    with _queue(home) as path:
        order = _order(path)
        if job in order:
            write_json(path, {"order": [j for j in order if j != job]})


class Turn(NamedTuple):
    """What `take` found: GPUs, or None; and how many jobs are before this one."""

    held: Held | None
    before: int


def take(folder: JobFolder, count: int) -> Turn:
    """Takes `count` GPUs if it is this job's turn and so many are free."""
    with _queue(folder.home) as path:
        before = [job for job in _before(_order(path), folder.id) if _waits(folder.home, job)]
        if before:
            return Turn(None, len(before))
        free: list[tuple[str, int | None]] = []
        for gpu in present():
            taken, number = _try(folder, gpu)
            if taken:
                free.append((gpu, number))
            if len(free) == count:
                break
        if len(free) < count:
            for _, number in free:
                _drop(number)
            return Turn(None, 0)
        for gpu, _ in free:
            write_json(_owner(folder.home, gpu), {"job": folder.id})
        write_json(path, {"order": [job for job in _order(path) if job != folder.id]})
    locks = [number for _, number in free if number is not None]
    return Turn(Held([gpu for gpu, _ in free], locks), 0)


def give_back(folder: JobFolder, mine: Held) -> None:
    for gpu in mine.ids:
        if read_json_or(_owner(folder.home, gpu), {}).get("job") == folder.id:
            with contextlib.suppress(FileNotFoundError):
                _owner(folder.home, gpu).unlink()
    for number in mine.locks:
        os.close(number)


def holders(home: Path) -> dict[str, str]:
    """Which job each GPU was given to, by GPU."""
    found = ((gpu, read_json_or(_owner(home, gpu), {}).get("job")) for gpu in present())
    return {gpu: job for gpu, job in found if job}


def _try(folder: JobFolder, gpu: str) -> tuple[bool, int | None]:
    """Whether this job may have the GPU; the lock, unless a wrapper of this job still holds it."""
    owner = read_json_or(_owner(folder.home, gpu), {}).get("job")
    if owner not in (None, folder.id) and _lives(JobFolder(folder.path.with_name(owner))):
        return False, None
    path = _lock(folder.home, gpu)
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        return owner == folder.id, None
    return True, number


def _drop(number: int | None) -> None:
    if number is not None:
        os.close(number)


def _lives(folder: JobFolder) -> bool:
    locks = (folder.runner_lock, folder.job_lock)
    return any(held(lock) for lock in locks) or bool(process.of_job(folder.id))


def _waits(home: Path, job: str) -> bool:
    """Whether a job before us is really waiting: its runner lives and misses no secret."""
    folder = JobFolder(home / "jobs" / job)
    state: dict[str, Any] = read_json_or(folder.state, {})
    waiting = state.get("state") == State.QUEUED and not state.get("needs")
    return waiting and held(folder.runner_lock)


def _before(order: list[str], job: str) -> list[str]:
    return order[: order.index(job)] if job in order else order


def _order(path: Path) -> list[str]:
    return list(read_json_or(path, {}).get("order", []))


@contextlib.contextmanager
def _queue(home: Path) -> Iterator[Path]:
    (home / "gpus").mkdir(parents=True, exist_ok=True)
    with locked(home / "queue.lock"):
        yield home / "queue.json"


def _lock(home: Path, gpu: str) -> Path:
    return home / "gpus" / f"{gpu}.lock"


def _owner(home: Path, gpu: str) -> Path:
    return home / "gpus" / f"{gpu}.json"
