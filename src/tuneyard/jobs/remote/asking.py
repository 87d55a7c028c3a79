"""How an attendant gets a pod: one offer after the other, and never two for one job."""

from __future__ import annotations

import os
import secrets as random
import time
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod import limits, offers
from tuneyard.compute.runpod.errors import Busy, NoCapacity, Offline, RunPodError, Trouble, Unsure
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.errors import TuneyardError
from tuneyard.runner.problems import Problem

from . import words
from .handle import Handle

if TYPE_CHECKING:
    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.compute.runpod.offers import Offer
    from tuneyard.compute.runpod.pods import Pod
    from tuneyard.runner.folder import JobFolder

    from .attend import Attendant


def new_handle(folder: JobFolder, attempt: int) -> Handle:
    """Of an attempt that begins. The token is the pod's face's, and nobody else's."""
    name = pod_name(home_id(folder.home), folder.id)
    return Handle("runpod", attempt, name, random.token_urlsafe(32))


def ask(here: Attendant, client: RunPod) -> None:
    """Tries the offers in order, again and again, until there is a pod or it is no use."""
    begun = time.monotonic()
    tried = 0
    while True:
        if here.stop:
            return here.end(words.STOPPED)
        try:
            places = _places(here, client)
            if not places:
                return here.end(words.no_offer())
            for offer in places:
                if here.stop:
                    return here.end(words.STOPPED)
                tried += 1
                if _take(here, client, offer):
                    return None
        except (Offline, Busy, Trouble) as problem:
            here.say(problem.problem.sentence)
            here.pause(max(here.limits.look, getattr(problem, "seconds", 0.0)))
        except TuneyardError as problem:
            return here.end(words.refused(_problem(problem)))
        else:
            here.say("No offer has a free GPU now; they are tried again.")
            here.pause(here.limits.look)
        if time.monotonic() > begun + here.limits.capacity:
            return here.end(words.no_room(tried))


def find(here: Attendant, client: RunPod) -> None:
    """After a lost answer: looks whether there is a pod. Only then may one be asked for again."""
    asked = here.handle.asked or time.time()
    while True:
        try:
            if found := _by_name(client, here.handle.name):
                return _have(here, found)
            if time.time() > asked + here.limits.settle:
                here.event("offer", gpu=here.handle.gpu, cloud=here.handle.cloud, outcome="lost")
                return here.to("offering")
        except RunPodError as problem:
            here.say(problem.problem.sentence)
        here.pause(min(here.limits.look, here.limits.settle / 4))


def _places(here: Attendant, client: RunPod) -> list[Offer]:
    """Where the job may run, in the order in which it is tried."""
    rental = here.rental()
    settings = rental.settings
    if settings.volume:
        settings = offers.at_volume(settings, client.volumes())
    found = offers.live(client, settings)
    return offers.candidates(settings, offers.offers(rental.plan.needs, settings, found))


def _take(here: Attendant, client: RunPod, offer: Offer) -> bool:
    """Asks for one pod; True if there is one, or may be."""
    handle = here.handle
    body, deadline = here.rental().body(
        offer, name=handle.name, token=handle.token, secrets=os.environ
    )
    here.to("creating", asked=time.time(), pod="", deadline=deadline, **_told(offer))
    try:
        pod = client.create(body)
    except NoCapacity:
        here.event("offer", gpu=offer.gpu, cloud=offer.cloud, outcome="no-capacity")
    except Unsure as problem:
        here.say(problem.problem.sentence)
        return True
    except RunPodError:
        # Certainly none was made.
        here.to("offering", asked=None)
        raise
    else:
        here.event("offer", gpu=offer.gpu, cloud=offer.cloud, outcome="taken")
        _have(here, pod)
        return True
    here.to("offering", asked=None)
    return False


def _have(here: Attendant, pod: Pod) -> None:
    here.to(
        "waiting",
        pod=pod.id,
        created=pod.created or here.handle.asked,
        dollars_an_hour=_price(here, pod),
    )


def _price(here: Attendant, pod: Pod) -> float:
    """An hour of it with its disk: RunPod's own figure is the GPU's alone."""
    if not pod.dollars_an_hour:
        return here.handle.dollars_an_hour
    return limits.full_price(here.rental().settings, pod.dollars_an_hour)


def _by_name(client: RunPod, name: str) -> Pod | None:
    return next((pod for pod in client.pods() if pod.name == name), None)


def _told(offer: Offer) -> dict[str, Any]:
    return {
        "gpu": offer.gpu,
        "gpu_name": offer.name,
        "gpu_count": offer.count,
        "cloud": offer.cloud,
        "dollars_an_hour": offer.full_dollars_an_hour or 0.0,
    }


def _problem(error: TuneyardError) -> Problem:
    return Problem(str(error), error.code, error.field, error.next_step)
