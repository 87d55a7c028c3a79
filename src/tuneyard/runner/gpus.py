"""Which GPUs this computer has, who holds them, and whose turn it is.

There is no scheduler: each waiting runner looks for itself, in the order of
``queue.json``, for the locks ``gpus/<uuid>.lock``. A lock alone proves nothing (a
trainer's helpers close it), so its file also names the job it was given to.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from . import process
from .folder import JobFolder, acquire, held, locked, read_json_or, write_json
from .states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAKE = "TUNEYARD_GPUS"  # comma-separated ids in place of the real ones, for rehearsals


CPU = "cpu"  # what stands in a GPU's place where there is none


@dataclass
class Held:
    """The GPUs a runner was given; `locks` are inherited by what it starts."""

    ids: list[str] = field(default_factory=list)
    locks: list[int] = field(default_factory=list)


def present() -> list[str]:
    """The ids of this computer's NVIDIA GPUs; empty without a driver."""
    return list(models())


def models() -> dict[str, str]:
    """The model of each GPU, by its id."""
    if FAKE in os.environ:
        names = [name.strip() for name in os.environ[FAKE].split(",") if name.strip()]
        return dict.fromkeys(names, "a GPU of a rehearsal")
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=uuid,name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        pairs = (line.partition(",") for line in answer.stdout.splitlines() if line.strip())
        return {gpu.strip(): model.strip() for gpu, _, model in pairs}
    return {}


def device(ids: list[str]) -> str:
    """The model of the first of these GPUs, or `CPU` without any."""
    return models().get(ids[0], ids[0]) if ids else CPU


def leave(home: Path, job: str) -> None:
    """Takes a job out of the queue, if it is in it."""
    if (home / "queue.json").exists():
        with _queue(home) as path:
            _leave(path, job)


def order(home: Path) -> list[str]:
    """Ids of the jobs that wait for a GPU, the next first."""
    return _order(home / "queue.json")


def reorder(home: Path, wanted: list[str]) -> list[str]:
    """Puts waiting jobs into another order and returns the whole; those not named keep theirs, last."""
    with _queue(home) as path:
        waiting = _order(path)
        first = [job for job in dict.fromkeys(wanted) if job in waiting]
        new = first + [job for job in waiting if job not in first]
        write_json(path, {"order": new})
        return new


class Turn(NamedTuple):
    """What `take` found: GPUs, or None; and how many jobs are before this one."""

    held: Held | None
    before: int


def take(folder: JobFolder, count: int, ids: list[str]) -> Turn:
    """Takes `count` of these GPUs, if it is this job's turn and so many are free.

    What a killed runner of the same job had taken is taken over, out of turn.
    """
    with _queue(folder.home) as path:
        own = [gpu for gpu in ids if _owner(folder.home, gpu) == folder.id]
        if len(own) < count:
            _join(path, folder.id)
            before = [job for job in _before(_order(path), folder.id) if _waits(folder.home, job)]
            if before:
                return Turn(None, len(before))
        found = _free(folder, [*own, *(gpu for gpu in ids if gpu not in own)], count)
        if found is None:
            return Turn(None, 0)
        for gpu in found.ids:
            write_json(_owner_file(folder.home, gpu), {"job": folder.id})
        _leave(path, folder.id)
        return Turn(found, 0)


def give_back(folder: JobFolder, mine: Held) -> None:
    for gpu in mine.ids:
        if _owner(folder.home, gpu) == folder.id:
            _owner_file(folder.home, gpu).unlink(missing_ok=True)
    for number in mine.locks:
        os.close(number)


def holders(home: Path, ids: list[str] | None = None) -> dict[str, str]:
    """Which job each GPU was given to, by GPU; of these, or of all that are present."""
    found = ((gpu, _owner(home, gpu)) for gpu in (present() if ids is None else ids))
    return {gpu: job for gpu, job in found if job}


def _free(folder: JobFolder, ids: list[str], count: int) -> Held | None:
    """The first `count` of these GPUs that are free or this job's own, locked; None if fewer are."""
    found = Held()
    for gpu in ids:
        owner = _owner(folder.home, gpu)
        if owner not in (None, folder.id) and _lives(JobFolder(folder.path.with_name(owner))):
            continue
        number = acquire(folder.home / "gpus" / f"{gpu}.lock")
        # Our own wrapper may hold the lock of a GPU that is ours.
        if number is None and owner != folder.id:
            continue
        found.ids.append(gpu)
        found.locks += [] if number is None else [number]
        if len(found.ids) == count:
            return found
    for number in found.locks:
        os.close(number)
    return None


def _lives(folder: JobFolder) -> bool:
    locks = (folder.runner_lock, folder.job_lock)
    return any(held(lock) for lock in locks) or bool(process.of_job(folder))


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


def _join(path: Path, job: str) -> None:
    order = _order(path)
    if job not in order:
        write_json(path, {"order": [*order, job]})


def _leave(path: Path, job: str) -> None:
    order = _order(path)
    if job in order:
        write_json(path, {"order": [other for other in order if other != job]})


@contextlib.contextmanager
def _queue(home: Path) -> Iterator[Path]:
    (home / "gpus").mkdir(parents=True, exist_ok=True)
    with locked(home / "queue.lock"):
        yield home / "queue.json"


def _owner(home: Path, gpu: str) -> str | None:
    return read_json_or(_owner_file(home, gpu), {}).get("job")


def _owner_file(home: Path, gpu: str) -> Path:
    return home / "gpus" / f"{gpu}.json"
