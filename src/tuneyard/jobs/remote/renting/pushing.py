"""How an attendant pushes to the Hub what the pod will need, before anything is rented."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tuneyard.jobs.inputs import InputsError, hub
from tuneyard.jobs.remote import words
from tuneyard.recipes.hub.about import WRITE

if TYPE_CHECKING:
    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.jobs.inputs import Progress
    from tuneyard.jobs.remote.attendant import Attendant


def due(here: Attendant) -> bool:
    """Whether what has to travel is to be pushed before an offer is looked for."""
    return here.handle.phase == "offering" and here.handle.hub is None and _wanted(here)


def needs(here: Attendant) -> list[str]:
    """Names of the secrets that nobody gave, and without which nothing is to be rented."""
    if here.stop or here.handle.phase not in {"pushing", "offering"} or not _wanted(here):
        return []
    return [] if any(os.environ.get(name) for name in WRITE) else [WRITE[0]]


def push(here: Attendant, _client: RunPod) -> None:
    """Until all of it is there, or it is no use; what is there is never pushed again."""
    news = _News(here)
    while not here.stop:
        try:
            hub.must_be_ours(os.environ)
            found = hub.push(
                here.packed(),
                hub.dataset(here.job),
                here.folder.home,
                progress=news.progress,
                said=here.say,
                stopped=lambda: bool(here.stop),
            )
        except hub.Later as later:
            here.say(f"{later.sentence} It is tried again.")
            if time.monotonic() > news.got_on + here.limits.capacity:
                return here.end(words.refused(later.problem))
            here.pause(here.limits.look)
        except InputsError as error:
            return here.end(words.refused(error.problem))
        else:
            if found is not None:
                here.event("pod", said=words.on_the_hub({s["repository"] for s in found.values()}))
                return here.to("offering", hub=found, upload=None)
    return here.end(words.STOPPED)


class _News:
    """How far it is, written down not too often; `got_on` is when it last went forward."""

    def __init__(self, here: Attendant) -> None:
        self.got_on = time.monotonic()
        self._here = here
        self._most = -1  # that was written down
        self._next = 0.0

    def progress(self, now: Progress) -> None:
        moment = time.monotonic()
        if now.done > self._most and moment >= self._next:
            self._most, self._next = now.done, moment + self._here.limits.poll
            self.got_on = moment
            self._here.handle.upload = {"sent": now.done, "bytes": now.bytes}
            self._here.handle.said = ""  # of a trouble that has passed
            self._here.save()
            self._here.show()


def _wanted(here: Attendant) -> bool:
    return hub.chosen(here.job) and here.travels
