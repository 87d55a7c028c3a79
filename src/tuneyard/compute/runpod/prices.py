"""Prices of RunPod's GPUs as they were noted at some time: for a plan without a key."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .catalog import CLOUDS, Catalog, Gpu

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@lru_cache(maxsize=1)
def table() -> Catalog:
    """The bundled table. A price that nobody noted is unknown; of stock it says nothing."""
    text = (files("tuneyard.compute.runpod") / "prices.json").read_text(encoding="utf-8")
    data = json.loads(text)
    gpus = tuple(gpu for entry in data["gpus"] for gpu in _clouds(entry))
    return Catalog(gpus, "table", data["date"])


def _clouds(entry: Mapping[str, Any]) -> Iterator[Gpu]:
    for cloud in CLOUDS:
        noted = entry.get(cloud) or {}
        yield Gpu(
            id=entry["id"],
            name=entry["name"],
            memory_gb=entry["memory_gb"],
            cloud=cloud,
            dollars_an_hour=noted.get("dollars"),
            manufacturer="NVIDIA",
            date=noted.get("noted", ""),
        )
