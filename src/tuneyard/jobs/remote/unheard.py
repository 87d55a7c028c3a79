"""Pods whose end nobody heard: when the job's repository is looked into before one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import read_json_or

from .mirror.checkpoints import newest_checkpoint

if TYPE_CHECKING:
    from tuneyard.runner.folder import JobFolder

    from .handle import Handle

UNKNOWN = "?"  # a pod whose id nobody here ever heard


def look_first(new: Handle, before: Handle | None, folder: JobFolder) -> None:
    """Whether a new attempt has to know what lies in the repository before it asks for a pod.

    All that the job made may lie there, if nobody could look when the pod of the attempt
    `before` was gone; and a checkpoint that is newer than the one that came home.
    """
    attempt = read_json_or(folder.attempt(new.attempt), {})
    if before and before.unheard and not attempt.get("overrides") and not attempt.get("only"):
        new.unheard = before.unheard
    if new.unheard or _may_have_pushed_since(folder, new.attempt):
        new.phase = "fetching"


def _may_have_pushed_since(folder: JobFolder, attempt: int) -> bool:
    """Whether an attempt had a repository after the one whose checkpoint came home last."""
    newest = newest_checkpoint(folder, attempt)
    if newest is None:
        return False
    number = int(newest[1].relative_to(folder.path).parts[1].partition(".")[0])
    manager, later = Manager(folder.home), range(number + 1, attempt)
    return any(manager.asked(folder, n).results.repository for n in later)
