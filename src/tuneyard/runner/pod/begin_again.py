"""A job that is to begin again, from a checkpoint that a wiped disk lost and only home has.

The face leaves what home asks for in ``pod.again``. The guard makes ``pod.again.taken`` of it,
which stays until the checkpoint is in its place: a guard that is killed begins with it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import read_json, read_json_or, write_json
from tuneyard.runner.states import State

from . import boots, making

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder

TOO_LATE = "The job has ended, or ends right now: it doesn't begin again."


def ask(folder: JobFolder, entries: Sequence[Mapping[str, Any]]) -> None:
    write_json(_asked(folder), {"inputs": entries})


def asked_for(folder: JobFolder) -> list[dict[str, Any]]:
    """Entries of the inputs that home has just asked for, of which the guard doesn't know yet."""
    return _entries(_asked(folder))


def taken(folder: JobFolder) -> list[dict[str, Any]]:
    return _entries(_taken(folder))


def wanted(folder: JobFolder) -> bool:
    """Whether there is something to be done. A job that is to stop doesn't begin again."""
    there = _asked(folder).exists() or _taken(folder).exists()
    return there and not folder.stop.exists()


def too_late(state: Mapping[str, Any]) -> bool:
    """Whether the training is done: what it made is better than any checkpoint from before."""
    now = State(state.get("state", State.QUEUED.value))
    return now.ended or now is State.FINISHING


def begin(folder: JobFolder, given: Mapping[str, Any]) -> bool:
    """Makes the job one that waits for what was asked for; False if that comes too late.

    Only with `runner.lock` held; what of the job still lives is to be killed then.
    """
    if _asked(folder).exists():
        _asked(folder).replace(_taken(folder))
    state = read_json(folder.state)
    if too_late(state):
        done(folder)
        return False
    if state.get("attempt", 0) >= max(folder.attempts(), default=0):
        boots.begin_attempt(folder)
    entries = taken(folder)
    write_json(folder.job, {**given, "inputs": [*given.get("inputs", ()), *entries]})
    # As if no attempt had begun: wrappers of the one before leave, and this one is told as new.
    write_json(folder.state, {"state": State.QUEUED.value, "attempt": 0})
    making.event(folder, "again", names=[entry["name"] for entry in entries])
    return True


def done(folder: JobFolder) -> None:
    _taken(folder).unlink(missing_ok=True)


def _asked(folder: JobFolder) -> Path:
    return folder.path / "pod.again"


def _taken(folder: JobFolder) -> Path:
    return folder.path / "pod.again.taken"


def _entries(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json_or(path, {}).get("inputs", [])
    return found
