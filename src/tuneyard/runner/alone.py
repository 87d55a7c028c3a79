"""The one process that looks after a job here: its runner, or the attendant of a remote one."""

from __future__ import annotations

import os
import signal
import traceback
from typing import TYPE_CHECKING

from . import process
from .folder import acquire

if TYPE_CHECKING:
    from collections.abc import Callable

    from .folder import JobFolder


def alone(folder: JobFolder, work: Callable[[], None]) -> int:
    """Does `work` detached, in the job's folder, holding ``runner.lock``; a second one leaves at once.

    The exit code is 1 after an error, which lies in ``runner.log``: nobody else would see it.
    """
    if not process.detach():
        return 0
    # It is no process of the job: it doesn't hold the job alive.
    for mark in (process.JOB, process.STEP):
        os.environ.pop(mark, None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    if acquire(folder.runner_lock) is None:
        return 0
    os.chdir(folder.path)
    try:
        work()
    except Exception:  # noqa: BLE001 - see above
        with open(folder.path / "runner.log", "a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        return 1
    return 0
