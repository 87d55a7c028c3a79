"""What renting would mean, before anything is rented: offers, limits, the exact request, what travels."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod import limits, offers, prices, request
from tuneyard.compute.runpod.address import address
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.compute.runpod.names import KEY, home_id, pod_name
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.compute.runpod.wire import Patience
from tuneyard.jobs import inputs
from tuneyard.jobs import plan as plans

from .rental import Rental, programs

if TYPE_CHECKING:
    from tuneyard.compute.runpod.catalog import Catalog
    from tuneyard.compute.runpod.offers import Offer
    from tuneyard.jobs.job import Job
    from tuneyard.jobs.store import Store
    from tuneyard.runner.problems import Problem

_PEOPLE = Patience(whole=8.0)  # of somebody who looks at a form meanwhile
_FRESH = 20.0  # seconds in which prices and stock are taken for what they were
_ASKED_FOR = {"gpu_count", "cloud", "min_cuda", "volume"}  # what a catalogue depends on
_TOKEN = "0" * 43  # stands for the face's, which is made when the pod is asked for


def offered(job: Job, store: Store, profile: str = "") -> dict[str, Any]:
    """Where a job could run, those that fit first, and what limits it; from a table without a key."""
    settings = Rental(job, plans.NOT_YET).settings
    found, problem = _catalog(settings, store, profile)
    listed = offers.offers(plans.make(job).needs, settings, found, None)
    first = next(iter(offers.candidates(settings, listed)), None)
    return {
        "offers": [asdict(offer) for offer in listed],
        "source": found.source,
        "date": found.date,
        "limits": limits.words(settings, first.dollars_an_hour if first else None),
        "problem": problem.as_json() if problem else None,
    }


def described(job: Job, store: Store, profile: str = "") -> dict[str, Any]:
    """All of `offered`, and what would be sent: the request masked, as curl, and what travels."""
    travelling = [_described(each) for each in inputs.of(job)]
    # What it stands for is known when it is packed, which takes its time.
    replaced = {each["setting"]: f"{inputs.MARK}<sha256>" for each in travelling}
    rental = Rental(job, plans.NOT_YET, programs(store.home), replaced)
    told = offered(job, store, profile)
    first = next(iter(offers.candidates(rental.settings, _read(told))), None)
    body: dict[str, Any] | None = None
    if first is not None:
        names = store.secrets.for_job(store.profiles.scope(profile))
        name = pod_name(home_id(store.home), plans.NOT_YET)
        body, _ = rental.body(first, rental.settings, name=name, token=_TOKEN, secrets=names)
    return {
        **told,
        "request": request.masked(body) if body else None,
        "curl": request.curl(body) if body else "",
        "inputs": travelling,
        "results": _results(job),
        "confirm": _confirm(job),
    }


def agreement(job: Job) -> tuple[str, str]:
    """What is told before a job is started, and what has to be agreed to, or ""."""
    return f"{limits.words(Rental(job, plans.NOT_YET).settings)} {_results(job)}", _confirm(job)


def _catalog(
    settings: RunPodSettings, store: Store, profile: str
) -> tuple[Catalog, Problem | None]:
    key = store.secrets.get(KEY, store.profiles.scope(profile))
    if not key:
        return prices.table(), None
    moment = int(time.monotonic() / _FRESH)
    return _live(key, address(), settings.model_dump_json(include=_ASKED_FOR), moment)


@lru_cache(maxsize=4)
def _live(key: str, _address: str, settings: str, _moment: int) -> tuple[Catalog, Problem | None]:
    """What RunPod says, once a moment: somebody who fills in a form asks with every letter."""
    try:
        with RunPod(key, patience=_PEOPLE) as client:
            return offers.live(client, RunPodSettings.model_validate_json(settings)), None
    except RunPodError as problem:
        return prices.table(), problem.problem


def _read(told: dict[str, Any]) -> list[Offer]:
    return [offers.Offer(**each) for each in told["offers"]]


def _described(each: inputs.Input) -> dict[str, Any]:
    return {
        "setting": each.setting,
        "path": str(each.path),
        "bytes": each.bytes,
        "files": each.files,
        "note": "It travels to the pod, which costs while it waits for it; how long that takes is "
        "unknown until it begins.",
    }


def _results(job: Job) -> str:
    if job.results.repository:
        return (
            f"Checkpoints, samples and the result are pushed to {job.results.repository} from the "
            "pod as they appear, and brought here as well while this computer is on."
        )
    return (
        "Results are brought here while this computer is on. If it is off when the training "
        f"ends, the pod keeps them and waits, at its full price, {_wait(job)}; what nobody "
        "fetched until then is lost."
    )


def _wait(job: Job) -> str:
    hours = job.compute.options["collect_hours"]
    return "until its limits" if hours is None else f"for {hours:g} h at most"


def _confirm(job: Job) -> str:
    if job.results.repository:
        return ""
    return "The results are nowhere else until this computer has fetched them from the pod."
