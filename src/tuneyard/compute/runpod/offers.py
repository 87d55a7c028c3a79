"""What RunPod offers for a job: priced, those that fit first, the cheapest of them first."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.runner.problems import Problem

from . import limits
from .prices import table
from .settings import RunPodSettings
from .words import money, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuneyard.runner.problems import Severity
    from tuneyard.runner.step import Needs

    from .catalog import Catalog, Cloud, Gpu, Volume


@dataclass(frozen=True)
class Offer:
    """A pod that could be rented.

    `dollars_an_hour` is the price of all its GPUs as RunPod lists it, None if unknown, and
    `full_dollars_an_hour` the same with the disk; `dollars` is what the whole job would cost,
    where its length is known. `source` says where prices and length are from. One that doesn't
    fit says in `why` what is against it.
    """

    gpu: str
    name: str
    memory_gb: int
    count: int
    cloud: Cloud
    dollars_an_hour: float | None
    full_dollars_an_hour: float | None = None
    stock: str = "unknown"
    fits: bool = True
    why: str = ""
    dollars: float | None = None
    source: str = ""


def offers(
    needs: Needs,
    settings: RunPodSettings,
    catalog: Catalog,
    length: Callable[[str], tuple[float, str] | None] = lambda _gpu: None,
) -> list[Offer]:
    """All that the catalogue has on the clouds that are allowed.

    `length` says of a GPU, by its id, how many seconds the job takes on it, and from where that
    is known; None if nobody knows.
    """
    found = [
        _offer(gpu, needs, settings, catalog, length(gpu.id))
        for gpu in catalog.gpus
        if gpu.cloud in settings.clouds
    ]
    return sorted(found, key=lambda offer: (not offer.fits, *_cheapest(offer)))


def candidates(settings: RunPodSettings, found: Iterable[Offer]) -> list[Offer]:
    """Which of the offers to try, in this order: all that fit and have a price.

    GPUs that were named come in the order they were named in, each first where it is cheaper;
    else the cheapest come first, and those without stock last: what a catalogue says of stock
    is no promise either way.
    """
    usable = [offer for offer in found if offer.fits and offer.dollars_an_hour is not None]
    if settings.gpus:
        return sorted(usable, key=lambda o: (_rank(settings, o.gpu, o.name) or 0, *_cheapest(o)))
    return sorted(usable, key=lambda offer: (offer.stock == "none", *_cheapest(offer)))


def at_volume(settings: RunPodSettings, volumes: Iterable[Volume]) -> RunPodSettings:
    """The same, tied to the data center of its network volume."""
    center = next((v.data_center for v in volumes if v.id == settings.volume), "")
    return settings.model_copy(update={"data_centers": [center]}) if center else settings


def problems(needs: Needs, options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a job's settings for RunPod, as far as the bundled prices tell."""
    settings = RunPodSettings.model_validate(dict(options))
    found = [*_contradictions(settings)]
    if needs.gpus > settings.gpu_count:
        sentence = f"The job needs {needs.gpus} GPUs, and the pod would have {settings.gpu_count}."
        found.append(Problem(sentence, "gpus", "compute.gpu_count", "Raise “gpu_count”."))
    named = _named(settings, table())
    small = {name: gpu for name, gpu in named.items() if gpu and _too_small(gpu, needs)}
    severity: Severity = "error" if len(small) == len(named) else "warning"  # another may do
    return found + [_passed_over(gpu, needs, severity) for gpu in small.values() if gpu]


def unknown(settings: RunPodSettings, catalog: Catalog) -> list[Problem]:
    """GPUs that were named and are not in a live catalogue: mistyped, or no longer to be had."""
    if catalog.source != "live":
        return []
    lacking = [name for name, gpu in _named(settings, catalog).items() if gpu is None]
    severity: Severity = "error" if len(lacking) == len(settings.gpus) else "warning"
    return [_not_there(name, catalog, severity) for name in lacking]


def _contradictions(settings: RunPodSettings) -> Iterable[Problem]:
    if settings.volume and settings.cloud == "community":
        yield Problem(
            "Only the secure cloud has network volumes.",
            "volume-cloud",
            "compute.volume",
            "Set “cloud” to secure or any, or take out the volume.",
        )


def _passed_over(gpu: Gpu, needs: Needs, severity: Severity) -> Problem:
    return Problem(
        f"{gpu.name} {_too_small(gpu, needs)}.",
        "gpu-memory",
        "compute.gpus",
        "It is passed over; name GPUs with more memory, or none for the cheapest that fits.",
        severity,
    )


def _not_there(name: str, catalog: Catalog, severity: Severity) -> Problem:
    near = difflib.get_close_matches(
        name, sorted({gpu.id for gpu in catalog.gpus}), n=1, cutoff=0.4
    )
    hint = f" Did you mean {near[0]}?" if near else ""
    return Problem(
        f"RunPod has no GPU called “{name}” on the clouds that are allowed.",
        "gpu-unknown",
        "compute.gpus",
        f"Write its id as RunPod does.{hint}",
        severity,
    )


def _named(settings: RunPodSettings, catalog: Catalog) -> dict[str, Gpu | None]:
    """The GPUs that were named, as a catalogue knows them."""
    return {
        name: next((gpu for gpu in catalog.gpus if _is(name, gpu.id, gpu.name)), None)
        for name in settings.gpus
    }


def _rank(settings: RunPodSettings, gpu: str, name: str) -> int | None:
    """At which place a GPU was named, by its id or its name; None if it was not."""
    return next((n for n, said in enumerate(settings.gpus) if _is(said, gpu, name)), None)


def _is(said: str, gpu: str, name: str) -> bool:
    return said.strip().casefold() in {gpu.casefold(), name.casefold()}


def _offer(
    gpu: Gpu,
    needs: Needs,
    settings: RunPodSettings,
    catalog: Catalog,
    length: tuple[float, str] | None,
) -> Offer:
    price = None if gpu.dollars_an_hour is None else gpu.dollars_an_hour * settings.gpu_count
    full = None if price is None else limits.full_price(settings, price)
    stock = _stock(gpu, settings)
    why = _against(gpu, needs, settings, stock, full)
    return Offer(
        gpu=gpu.id,
        name=gpu.name,
        memory_gb=gpu.memory_gb,
        count=settings.gpu_count,
        cloud=gpu.cloud,
        dollars_an_hour=price,
        full_dollars_an_hour=full,
        stock=stock,
        fits=not why,
        why=why,
        dollars=None if full is None or length is None else full * length[0] / 3600,
        source=_source(gpu, catalog, length),
    )


def _against(
    gpu: Gpu, needs: Needs, settings: RunPodSettings, stock: str, full: float | None
) -> str:
    """The first reason why a GPU won't do, in words that follow its name; "" if none is known."""
    if settings.gpus and _rank(settings, gpu.id, gpu.name) is None:
        return "isn't among the GPUs that were named"
    if gpu.manufacturer and gpu.manufacturer.upper() != "NVIDIA":
        return "has no CUDA, which the trainers need"
    if needs.gpus > settings.gpu_count:
        return f"would be one of {settings.gpu_count}, and the job needs {needs.gpus} of them"
    if why := _too_small(gpu, needs):
        return why
    if gpu.most and gpu.most < settings.gpu_count:
        return f"comes {gpu.most} to a pod at most"
    if stock == "elsewhere":
        return f"isn't in {' or '.join(settings.data_centers)}"
    if full is not None and full > settings.max_dollars:
        return f"costs {money(full)} an hour, more than the whole job may"
    return ""


def _too_small(gpu: Gpu, needs: Needs) -> str:
    if needs.gpu_memory_gb is None or gpu.memory_gb >= needs.gpu_memory_gb:
        return ""
    known = needs.gpu_memory_source or needs.source
    source = f" ({known})" if known else ""
    return f"has {gpu.memory_gb} GB, and the job needs {needs.gpu_memory_gb:g} GB{source}"


def _stock(gpu: Gpu, settings: RunPodSettings) -> str:
    """How many are free where they may be: ``elsewhere`` if the catalogue has them in no such place."""
    wanted = {center.strip().upper() for center in settings.data_centers}
    if not wanted or not gpu.data_centers:
        return gpu.stock
    there = [stock for center, stock in gpu.data_centers.items() if center.upper() in wanted]
    return max(there, key=_STOCKS.index, default="elsewhere")


_STOCKS = ("none", "unknown", "low", "medium", "high")


def _source(gpu: Gpu, catalog: Catalog, length: tuple[float, str] | None) -> str:
    if catalog.source == "live":
        price = "Price: RunPod's, now."
    elif gpu.dollars_an_hour is None:
        price = "Price: unknown."
    else:
        price = f"Price: RunPod's, noted {gpu.date or 'at an unknown date'}; it may have changed."
    return f"{price} Length: {span(length[0])}, {length[1]}." if length else price


def _cheapest(offer: Offer) -> tuple[bool, float, int, str, str]:
    """Sorts by price, unknown ones last; of equal ones, more memory first."""
    price = offer.dollars_an_hour
    return (price is None, price or 0.0, -offer.memory_gb, offer.name, offer.cloud)
