"""The attendant: the one process at home that looks after a remote job.

It finds a place, asks for the pod, mirrors its folder, carries stops and inputs there,
collects the results, and makes sure that the pod is gone. It may be killed at any moment:
what it knows is in home.json before it waits for anything, and the next one goes on there.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.names import KEY
from tuneyard.runner.alone import alone
from tuneyard.runner.folder import JobFolder

from . import asking, following, releasing
from .attendant import Attendant

if TYPE_CHECKING:
    from collections.abc import Callable

# What is done in each phase, until it is another one.
_WORK: dict[str, Callable[[Attendant, RunPod], None]] = {
    "offering": asking.ask,
    "creating": asking.find,
    "waiting": following.wait,
    "running": following.follow,
    "collecting": following.collect,
    "releasing": releasing.release,
}


def main(argv: list[str]) -> int:
    folder = JobFolder(argv[0])
    return alone(folder, lambda: attend(Attendant(folder), os.environ.get(KEY, "")))


def attend(here: Attendant, key: str) -> None:
    """Sees the newest attempt of a job through; without a key it says that it needs one."""
    if here.over:
        return
    here.begin()
    if not key:
        here.show(needs=[KEY])
        return
    with RunPod(key) as client:
        while here.handle.phase != "gone":
            _WORK[here.handle.phase](here, client)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
