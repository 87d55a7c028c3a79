"""What a pod measured, noted here: the pod's own home ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.jobs import estimates
from tuneyard.jobs.manager import Manager
from tuneyard.runner import gpus, speeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.runner.folder import JobFolder


def note(folder: JobFolder, event: Mapping[str, Any]) -> None:
    """For the next job's estimate: an event ``speed`` of a pod; once, however often it is told.

    With the settings as they are here, where data has its name and not what stood for it there.
    A pod's processor says nothing of this computer's, nor of another pod's.
    """
    settings = Manager(folder.home).asked(folder).settings
    speed = estimates.read({**event, "job": folder.id, "settings": settings})
    if speed is not None and speed.device != gpus.CPU:
        speeds.note(folder.home, speed)
