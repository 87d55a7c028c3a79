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

from . import words
from .attendant import Attendant
from .following import phases
from .renting import offering, pushing, releasing
from .repository import fetching

if TYPE_CHECKING:
    from collections.abc import Callable

# What is done in each phase, until it is another one.
_WORK: dict[str, Callable[[Attendant, RunPod], None]] = {
    "pushing": pushing.push,
    "offering": offering.ask,
    "creating": offering.find,
    "waiting": phases.wait,
    "running": phases.follow,
    "collecting": phases.collect,
    "releasing": releasing.release,
    "fetching": fetching.fetch,
}


def main(argv: list[str]) -> int:
    folder = JobFolder(argv[0])
    return alone(folder, lambda: attend(Attendant(folder), os.environ.get(KEY, "")))


def attend(here: Attendant, key: str) -> None:
    """Sees the newest attempt of a job through; without a secret it says that it needs it."""
    if here.over:
        return
    here.begin()
    if not key:
        _without_key(here)
        return
    with RunPod(key) as client:
        while here.handle.phase != "gone":
            if missing := pushing.needs(here):
                here.show(needs=missing)
                return
            if pushing.due(here):
                here.to("pushing")
            _WORK[here.handle.phase](here, client)
            if here.status.get("needs"):
                return


def _without_key(here: Attendant) -> None:
    if here.stop and not here.handle.asked:  # there is nothing that a key would end
        here.end(words.STOPPED)
    else:
        here.show(needs=[KEY, *pushing.needs(here)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
