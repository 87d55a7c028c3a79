"""How an attendant makes sure that nothing is paid for any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.compute.runpod.pods import GONE

if TYPE_CHECKING:
    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.jobs.remote.attendant import Attendant


def release(here: Attendant, client: RunPod) -> None:
    """Until no pod of this job is left: neither found by its id nor listed under its name.

    A pod whose results are home ends itself; it is ended from here if it takes too long.
    After an answer that was lost, a pod may come up late: until it must be in the list,
    it is looked for.
    """
    begun = time.time()
    while True:
        try:
            left = _left(here, client)
            settled = time.time() > (here.handle.asked or 0.0) + here.limits.settle
            if not left and (here.handle.pod or settled):
                return here.to("fetching" if here.handle.unheard else "gone")
            for pod in left:
                if (
                    here.handle.collected
                    and pod == here.handle.pod
                    and time.time() < begun + here.limits.end
                ):
                    continue
                client.end(pod)
        except RunPodError as problem:
            here.say(problem.problem.sentence)
        here.pause(min(here.limits.look, here.limits.end))


def _left(here: Attendant, client: RunPod) -> set[str]:
    """Ids of pods that are still there: this job's own, and any twin under its name."""
    name, pod = here.handle.name, here.handle.pod
    found = {each.id for each in client.pods() if each.name == name and each.status != GONE}
    if pod and not client.gone(pod):
        found.add(pod)
    return found
