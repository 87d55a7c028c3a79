"""What can be rented: types of GPU, each on each cloud, with price and stock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .reading import items, number, table, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

Cloud = Literal["secure", "community"]
CLOUDS: tuple[Cloud, ...] = ("secure", "community")

_STOCKS = frozenset({"none", "low", "medium", "high"})


@dataclass(frozen=True)
class Gpu:
    """One type of GPU on one cloud.

    `dollars_an_hour` is of one GPU, None if unknown; `most` is how many one pod can have,
    0 if unknown; `stock` is none, low, medium, high or unknown, `data_centers` the same by
    their ids. `date` says when the price was noted, empty for now.
    """

    id: str
    name: str
    memory_gb: int
    cloud: Cloud
    dollars_an_hour: float | None
    stock: str = "unknown"
    most: int = 0
    manufacturer: str = ""
    data_centers: Mapping[str, str] = field(default_factory=dict)
    date: str = ""


@dataclass(frozen=True)
class Catalog:
    """`source` is live or table; `date` of a table is that of its newest price."""

    gpus: tuple[Gpu, ...]
    source: Literal["live", "table"]
    date: str = ""


@dataclass(frozen=True)
class Volume:
    """A network volume: disk space in one data center that outlives pods."""

    id: str
    name: str
    gb: int
    data_center: str


def read_gpus(data: Any, cloud: Cloud) -> list[Gpu]:
    """The types that are to be had on a cloud; a placeholder for unknown ones is left out."""
    found = (_gpu(item, cloud) for item in items(table(data).get("gpus")))
    return [gpu for gpu in found if gpu is not None]


def read_volumes(data: Any) -> list[Volume]:
    return [
        Volume(
            text(item.get("id")),
            text(item.get("name")),
            whole(item.get("size")),
            text(item.get("dataCenter")),
        )
        for item in items(table(data).get("networkVolumes"))
        if text(item.get("id"))
    ]


def _gpu(item: Mapping[str, Any], cloud: Cloud) -> Gpu | None:
    found, memory = text(item.get("id")), whole(item.get("memory"))
    if not found or found == "unknown" or not memory or item.get(cloud) is False:
        return None
    centers = {
        text(c.get("id")): stock(c.get("availability")) for c in items(item.get("dataCenters"))
    }
    return Gpu(
        id=found,
        name=text(item.get("name")) or found,
        memory_gb=memory,
        cloud=cloud,
        # No price is no gift: it is a price that isn't told.
        dollars_an_hour=number(table(item.get("price")).get(cloud)) or None,
        stock=stock(item.get("availability")),
        most=whole(table(item.get("maxCount")).get(cloud)),
        manufacturer=text(item.get("manufacturer")),
        data_centers=centers,
    )


def stock(value: Any) -> str:
    """RunPod's word for how many are free, or ``unknown``."""
    word = text(value).lower()
    return word if word in _STOCKS else "unknown"
