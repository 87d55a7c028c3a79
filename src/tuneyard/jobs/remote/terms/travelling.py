"""What of a job travels, before it does: which way, how long that takes, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.words import money, soon
from tuneyard.jobs import inputs
from tuneyard.jobs.inputs import hub, rates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.jobs.job import Job
    from tuneyard.jobs.store import Store

_UNKNOWN = "how long that takes is unknown until it begins"


def described(
    job: Job, store: Store, secrets: Mapping[str, str], dollars_an_hour: float | None
) -> list[dict[str, Any]]:
    """Each input with a note. `secrets` are what the job would be given, `dollars_an_hour` is
    the price of the pod that would wait for it.
    """
    return [
        {
            "setting": each.setting,
            "path": str(each.path),
            "bytes": each.bytes,
            "files": each.files,
            "note": _by_hub(job, each, store, secrets)
            if hub.chosen(job)
            else _to_pod(each, store, dollars_an_hour),
        }
        for each in inputs.of(job)
    ]


def recipe(job: Job, home: Path) -> str:
    """What is told of a recipe that travels by itself, where that matters to somebody."""
    if hub.chosen(job) or not inputs.recipe.of(job, home):
        return ""
    return "The recipe itself travels after the pod has started: keep this computer on until then."


def secrets(job: Job, store: Store, profile: str) -> list[dict[str, Any]]:
    """What is needed here before anything can be rented."""
    return [
        {"name": name, "required": True, "held": not store.lacking([name], profile)}
        for name in hub.secrets(job, store.home)
    ]


def _to_pod(each: inputs.Input, store: Store, dollars_an_hour: float | None) -> str:
    known = rates.newest(store.home, "pod")
    if known is None:
        price = f" {money(dollars_an_hour)} an hour" if dollars_an_hour else ""
        return f"It travels to the pod, which costs{price} while it waits for it; {_UNKNOWN}."
    seconds = each.bytes / known.rate
    cost = f" and {money(dollars_an_hour * seconds / 3600)}" if dollars_an_hour else ""
    return (
        f"It travels to the pod, which costs while it waits for it: about {soon(seconds)}{cost}, "
        f"{known.source()}."
    )


def _by_hub(job: Job, each: inputs.Input, store: Store, secrets: Mapping[str, str]) -> str:
    known = rates.newest(store.home, "hub")
    long = f"about {soon(each.bytes / known.rate)}, {known.source()}" if known else _UNKNOWN
    named = hub.dataset(job)
    where = f"dataset {named}" if named else f"dataset {hub.DATASET} of the token's account"
    said = (
        f"It is pushed to the private {where} on the Hub before a pod is rented, unless it is "
        f"there already: {long}. That costs nothing."
    )
    reader = hub.reader(secrets)
    if not reader:
        return said
    return f"{said} The pod fetches it from there with {reader}, which enters the pod for that."
