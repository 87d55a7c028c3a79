"""How an attendant gets a pod: one offer after the other, and never two for one job."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod import credit, limits, offers
from tuneyard.compute.runpod.errors import Busy, NoCapacity, Offline, RunPodError, Trouble, Unsure
from tuneyard.errors import TuneyardError
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.unheard import UNKNOWN
from tuneyard.runner.causes import Cause
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.compute.runpod.offers import Offer
    from tuneyard.compute.runpod.pods import Pod
    from tuneyard.compute.runpod.settings import RunPodSettings
    from tuneyard.jobs.remote.attendant import Attendant

_CLOCKS_APART = 300.0  # seconds that RunPod's clock and ours may differ
_DEARER = 1.02  # times the price that was offered, which is rounded
_LONG = 5  # times as long as a pod that was asked for may take to be listed


class NotToBe(Exception):
    """No pod is asked for, and this says why."""

    def __init__(self, verdict: words.Verdict) -> None:
        super().__init__(verdict["state"])
        self.verdict = verdict


def ask(here: Attendant, client: RunPod) -> None:
    """Tries the offers in order, again and again, until there is a pod or it is no use."""
    begun, warned = time.monotonic(), False
    while True:
        try:
            places = _Places.look(here, client)
            if not warned:
                places.warn()
                warned = True
            for offer in places.offers:
                _must_go_on(here)
                if places.take(offer):
                    return
            here.say("No offer has a free GPU now; they are tried again.")
            wait = here.limits.look
        except NotToBe as reason:
            here.end(reason.verdict)
            return
        except (Offline, Busy, Trouble) as problem:
            here.say(problem.sentence)
            wait = max(here.limits.look, getattr(problem, "seconds", 0.0))
        except TuneyardError as problem:
            here.end(words.refused(_problem(problem)))
            return
        here.pause(wait)
        if time.monotonic() > begun + here.limits.capacity:
            here.end(words.no_room())
            return


def find(here: Attendant, client: RunPod) -> None:
    """After a lost answer: looks whether there is a pod. Only then may one be asked for again."""
    handle = here.handle
    asked = handle.asked or time.time()
    while True:
        try:
            if found := _ours(client.pods(), handle.name, asked):
                _have(here, found, here.rental().settings)
                return
            if time.time() > asked + here.limits.settle:
                here.event("offer", gpu=handle.gpu, cloud=handle.cloud, outcome="lost")
                if _may_be_over(here, asked):
                    here.to("fetching", asked=None, unheard=UNKNOWN)
                else:
                    here.to("offering", asked=None)
                return
        except RunPodError as problem:
            here.say(problem.sentence)
        here.pause(min(here.limits.look, here.limits.settle / 4))


@dataclass(frozen=True)
class _Places:
    """Where the job may run now, in the order in which it is tried."""

    here: Attendant
    client: RunPod
    settings: RunPodSettings
    offers: list[Offer]
    problems: list[Problem]

    @classmethod
    def look(cls, here: Attendant, client: RunPod) -> _Places:
        """Raises NotToBe where no offer could ever do, or the account's money will not."""
        _must_go_on(here)
        rental = here.rental()
        settings = rental.settings
        if settings.volume:
            settings = offers.at_volume(settings, client.volumes())
        catalog = client.catalog(settings)
        found = offers.candidates(settings, offers.offers(rental.plan.needs, settings, catalog))
        problems = offers.unknown(settings, catalog)
        if not found:
            wrong = next((p for p in problems if p.severity == "error"), None)
            raise NotToBe(words.refused(wrong) if wrong else words.no_offer())
        if balance := client.balance():
            problems += credit.problems(balance, settings, found[0].dollars_an_hour or 0.0)
        if wrong := next((p for p in problems if p.severity == "error"), None):
            raise NotToBe(words.refused(wrong))
        return cls(here, client, settings, found, problems)

    def warn(self) -> None:
        for problem in self.problems:
            cause = Cause(problem.code, problem.sentence, problem.next_step)
            self.here.event("warning", title="RunPod", cause=asdict(cause))

    def take(self, offer: Offer) -> bool:
        """Asks for one pod; True if there is one, or may be."""
        here, handle = self.here, self.here.handle
        body, deadline = here.rental().body(
            offer, self.settings, name=handle.name, token=handle.token, secrets=os.environ
        )
        here.to("creating", asked=time.time(), pod="", deadline=deadline, **_told(offer))
        try:
            pod = self.client.create(body)
        except Unsure as problem:
            here.say(problem.sentence)
            return True
        except NoCapacity:
            here.event("offer", gpu=offer.gpu, cloud=offer.cloud, outcome="no-capacity")
            here.to("offering", asked=None)
            return False
        except RunPodError:
            here.to("offering", asked=None)  # certainly none was made
            raise
        here.event("offer", gpu=offer.gpu, cloud=offer.cloud, outcome="taken")
        _have(here, pod, self.settings)
        return True


def _must_go_on(here: Attendant) -> None:
    if here.stop:
        raise NotToBe(words.STOPPED)


def _may_be_over(here: Attendant, asked: float) -> bool:
    """Whether a pod may have come and gone since it was asked for, while nobody here was awake.

    Only of a first attempt: nothing tells such a pod's results from those of an earlier one.
    """
    slept = time.time() > asked + _LONG * here.limits.settle
    return slept and here.attempt == 1 and bool(here.job.results.repository)


def _have(here: Attendant, pod: Pod, settings: RunPodSettings) -> None:
    offered = price = here.handle.dollars_an_hour
    if pod.dollars_an_hour:  # the GPU's alone
        price = limits.full_price(settings, pod.dollars_an_hour)
    if 0 < offered * _DEARER < price:  # and the deadline was reckoned with the other
        hours = max(0.0, here.handle.deadline - time.time()) / 3600
        here.event("warning", title="RunPod", cause=words.dearer(offered, price, price * hours))
    created = pod.created or here.handle.asked
    here.to("waiting", pod=pod.id, created=created, dollars_an_hour=price)


def _ours(pods: Iterable[Pod], name: str, asked: float) -> Pod | None:
    """The pod of this attempt: an earlier one's, which has the same name, may still be ending."""
    found = (pod for pod in pods if pod.name == name)
    return next((p for p in found if not p.created or p.created > asked - _CLOCKS_APART), None)


def _told(offer: Offer) -> dict[str, Any]:
    return {
        "gpu": offer.gpu,
        "gpu_name": offer.name,
        "gpu_count": offer.count,
        "cloud": offer.cloud,
        "dollars_an_hour": offer.full_dollars_an_hour or 0.0,
    }


def _problem(error: TuneyardError) -> Problem:
    return Problem(error.sentence, error.code, error.field, error.next_step)
