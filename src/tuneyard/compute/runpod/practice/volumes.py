"""Network volumes: folders that outlive the pods they are mounted in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import catalog
from .answers import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Volume:
    id: str
    name: str
    size: int  # GB
    data_center: str
    type: str
    folder: Path


class Volumes:
    """Not safe for several threads at once: whoever asks holds the world's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: dict[str, Volume] = {}

    def __iter__(self) -> Iterator[Volume]:
        return iter([*self._all.values()])

    def get(self, name: str) -> Volume:
        """Raises Refused: 404."""
        if name not in self._all:
            raise Refused(404, "network volume not found")
        return self._all[name]

    def mounted(self, asked: Mapping[str, Any]) -> Volume | None:
        """The one that a pod that is asked for would mount. Raises Refused: 404."""
        network = asked.get("mounts", {}).get("network", [])
        return self.get(network[0]["volumeId"]) if network else None

    def create(self, name: str, asked: Mapping[str, Any]) -> Volume:
        """Raises Refused: 400 where its data centre has none of this kind."""
        center = catalog.data_center(asked["dataCenter"])
        if center is None or not center.volumes:
            raise Refused(400, f"data center {asked['dataCenter']!r} supports no network volumes")
        kind = asked.get("type", center.volumes[0])
        if kind not in center.volumes:
            raise Refused(400, f"data center {center.id!r} does not support {kind} volumes")
        folder = self._folder / name
        folder.mkdir(parents=True)
        volume = Volume(name, asked["name"], asked["size"], center.id, kind, folder)
        self._all[name] = volume
        return volume

    def delete(self, name: str) -> None:
        """Raises Refused: 404."""
        shutil.rmtree(self.get(name).folder)
        del self._all[name]
