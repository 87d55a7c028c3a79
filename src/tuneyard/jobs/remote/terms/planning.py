"""What renting would mean, before anything is rented: offers, limits, the exact request, what travels."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod import limits, offers, request
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.jobs import inputs
from tuneyard.jobs import plan as plans
from tuneyard.jobs.estimates import Estimates

from . import market, travelling
from .rental import Rental

if TYPE_CHECKING:
    from tuneyard.compute.runpod.offers import Offer
    from tuneyard.jobs.job import Job
    from tuneyard.jobs.store import Store

_TOKEN = "0" * 43  # stands for the face's, which is made when the pod is asked for


def offered(job: Job, store: Store, profile: str = "") -> dict[str, Any]:
    """Where a job could run, those that fit first, and what limits it; from a table without a key."""
    rental = Rental(job, plans.NOT_YET)
    found = market.look(rental.settings, store, profile)
    settings = found.placed(rental.settings)
    length = Estimates(job, store.home).length
    listed = offers.offers(rental.plan.needs, settings, found.catalog, length)
    first = next(iter(offers.candidates(settings, listed)), None)
    words = limits.words(settings, first.dollars_an_hour if first else None)
    return {
        "offers": [asdict(offer) for offer in listed],
        "source": found.catalog.source,
        "date": found.catalog.date,
        "limits": " ".join(filter(None, [words, found.volume(settings)])),
        "problem": found.problem.as_json() if found.problem else None,
    }


def described(job: Job, store: Store, profile: str = "") -> dict[str, Any]:
    """All of `offered`, and what would be sent: the request masked, as curl, and what travels."""
    # What it stands for is known when it is packed, which takes its time.
    replaced = {each.setting: f"{inputs.MARK}<sha256>" for each in inputs.of(job)}
    manifest, _ = inputs.told(inputs.recipe.of(job, store.home))
    cache = inputs.recipe.programs(store.home)
    rental = Rental(job, plans.NOT_YET, cache, replaced, tuple(manifest))
    told = offered(job, store, profile)
    settings = market.look(rental.settings, store, profile).placed(rental.settings)
    first = next(iter(offers.candidates(settings, _read(told))), None)
    names = store.secrets.for_job(store.profiles.scope(profile))
    body: dict[str, Any] | None = None
    if first is not None:
        name = pod_name(home_id(store.home), plans.NOT_YET)
        body, _ = rental.body(first, settings, name=name, token=_TOKEN, secrets=names)
    return {
        **told,
        "limits": " ".join(filter(None, [told["limits"], travelling.recipe(job, store.home)])),
        "request": request.masked(body) if body else None,
        "curl": request.curl(body) if body else "",
        "inputs": travelling.described(
            job, store, names, first.full_dollars_an_hour if first else None
        ),
        "secrets": travelling.secrets(job, store, profile),
        "results": _results(job),
        "confirm": _confirm(job),
    }


def agreement(job: Job) -> tuple[str, str]:
    """What is told before a job is started, and what has to be agreed to, or ""."""
    return f"{limits.words(Rental(job, plans.NOT_YET).settings)} {_results(job)}", _confirm(job)


def _read(told: dict[str, Any]) -> list[Offer]:
    return [offers.Offer(**each) for each in told["offers"]]


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
