"""What a pod may cost, and when it has to end for that. All prices are in dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .words import money, span

if TYPE_CHECKING:
    from .catalog import Volume
    from .settings import RunPodSettings

DISK = 0.10  # a GB of a running container's disk, a month
VOLUME = 0.07  # a GB of a network volume, a month, whether or not a pod runs

_MONTH = 720.0  # hours; the shortest that bills are made of, so that the price is never too low


def disk_price(gb: float) -> float:
    """An hour of a container's disk."""
    return gb * DISK / _MONTH


def volume_price(gb: float) -> float:
    """A month of a network volume."""
    return gb * VOLUME


def full_price(settings: RunPodSettings, dollars_an_hour: float) -> float:
    """An hour of the whole pod, whose GPUs cost so much: with its disk.

    A network volume isn't in it: it costs the same without a pod.
    """
    return dollars_an_hour + disk_price(settings.disk)


def seconds(settings: RunPodSettings, dollars_an_hour: float) -> float:
    """How long a pod may live: until its hours or its dollars are used up."""
    by_money = settings.max_dollars / full_price(settings, dollars_an_hour) * 3600
    return min(settings.max_hours * 3600, by_money)


def deadline(now: float, settings: RunPodSettings, dollars_an_hour: float) -> int:
    """When a pod that is asked for now has to end itself, in seconds since 1970.

    `dollars_an_hour` is the price of all its GPUs. Never later than it may be: a sum of fractions
    could be rounded up.
    """
    return int(now) + int(seconds(settings, dollars_an_hour))


def most(settings: RunPodSettings, dollars_an_hour: float) -> float:
    """The dollars that it can cost at most."""
    return seconds(settings, dollars_an_hour) / 3600 * full_price(settings, dollars_an_hour)


def collect(now: float, settings: RunPodSettings, until: float) -> int:
    """Seconds that a pod which has to end at `until` waits for its results to be collected."""
    rest = max(0, int(until - now))
    if settings.collect_hours is None:
        return rest
    return min(rest, int(settings.collect_hours * 3600))


def words(settings: RunPodSettings, dollars_an_hour: float | None = None) -> str:
    """``Ends itself after 6 h or $3.00, whichever comes first.``, and what that is at a price."""
    hours = span(settings.max_hours * 3600)
    limits = f"Ends itself after {hours} or {money(settings.max_dollars)}, whichever comes first"
    if dollars_an_hour is None:
        return f"{limits}."
    price = full_price(settings, dollars_an_hour)
    long, dear = span(seconds(settings, dollars_an_hour)), most(settings, dollars_an_hour)
    return f"{limits}: at {money(price)} an hour that is {long}, and {money(dear)} at most."


def of_volume(volume: Volume) -> str:
    """What a network volume costs, which no limit of a pod bounds."""
    return (
        f"The network volume “{volume.name}” ({volume.gb} GB in {volume.data_center}) costs "
        f"{money(volume_price(volume.gb))} a month besides, whether or not a pod runs."
    )


def lasts(dollars: float, dollars_an_hour: float) -> str:
    """``$3.00 at $0.44 an hour is 6 h 49 min``."""
    long = span(dollars / dollars_an_hour * 3600)
    return f"{money(dollars)} at {money(dollars_an_hour)} an hour is {long}"
