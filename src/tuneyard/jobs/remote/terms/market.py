"""What RunPod has for a plan: asked once a moment, since a form asks with every letter."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tuneyard.compute.runpod import limits, offers, prices
from tuneyard.compute.runpod.address import address
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.compute.runpod.names import KEY
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.compute.runpod.wire import Patience

if TYPE_CHECKING:
    from tuneyard.compute.runpod.catalog import Catalog, Volume
    from tuneyard.jobs.store import Store
    from tuneyard.runner.problems import Problem

_PEOPLE = Patience(whole=8.0)  # of somebody who looks at a form meanwhile
_FRESH = 20.0  # seconds in which prices and stock are taken for what they were
_ASKED_FOR = {"gpu_count", "cloud", "min_cuda", "volume"}  # what the answers depend on


class Market(NamedTuple):
    """`volumes` are the account's, None where nobody was asked for them; `problem` says why
    there is only the table.
    """

    catalog: Catalog
    volumes: tuple[Volume, ...] | None = None
    problem: Problem | None = None

    def placed(self, settings: RunPodSettings) -> RunPodSettings:
        """The same, tied to where their network volume lies, as far as that is known."""
        return offers.at_volume(settings, self.volumes or ())

    def volume(self, settings: RunPodSettings) -> str:
        """What the network volume costs beside the pod, in words; "" where that isn't known."""
        if not settings.volume or self.volumes is None:
            return ""
        found = next((each for each in self.volumes if each.id == settings.volume), None)
        if found is None:
            return f"Your account at RunPod has no network volume “{settings.volume}”."
        return limits.of_volume(found)


def look(settings: RunPodSettings, store: Store, profile: str) -> Market:
    """What there is now, if there is a key; without one, the bundled table."""
    key = store.secrets.get(KEY, store.profiles.scope(profile))
    if not key:
        return Market(prices.table())
    moment = int(time.monotonic() / _FRESH)
    return _live(key, address(), settings.model_dump_json(include=_ASKED_FOR), moment)


@lru_cache(maxsize=4)
def _live(key: str, _address: str, asked_for: str, _moment: int) -> Market:
    settings = RunPodSettings.model_validate_json(asked_for)
    try:
        with RunPod(key, patience=_PEOPLE) as client:
            volumes = tuple(client.volumes()) if settings.volume else None
            return Market(client.catalog(settings), volumes)
    except RunPodError as problem:
        return Market(prices.table(), problem=problem.problem)
