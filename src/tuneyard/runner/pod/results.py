"""What a job that has ended leaves to be brought home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.runner.folder import read_json, read_json_or
from tuneyard.runner.states import State
from tuneyard.runner.step import Step

from . import files

if TYPE_CHECKING:
    from tuneyard.runner.folder import JobFolder


def to_collect(folder: JobFolder) -> bool:
    """Whether anything would be lost with the pod: results or a checkpoint, and not all pushed."""
    made = files.listed(folder)
    worth = any(path.startswith(("outputs/", "samples/")) for path in made)
    return (worth or any(file.get("checkpoint") for file in made.values())) and not pushed(folder)


def pushed(folder: JobFolder) -> bool:
    """Whether the job succeeded and its results lie in their repository.

    Of a job that came to another end, the newest checkpoint may not be there.
    """
    state = read_json(folder.state)
    if state["state"] != State.SUCCEEDED.value:
        return False
    steps = map(Step.from_json, read_json_or(folder.plan, {}).get("steps", []))
    pushes = [number for number, step in enumerate(steps, start=1) if step.pushes == "itself"]
    ends = (read_json_or(folder.finished(str(number)), {}) for number in pushes)
    return bool(pushes) and all(end.get("exit") == 0 for end in ends)
