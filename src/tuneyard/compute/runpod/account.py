"""Whether RunPod takes a key, by the one cheapest question that REST v2 has: which pods are there."""

from __future__ import annotations

from dataclasses import dataclass

from . import pods
from .errors import strange
from .reading import table
from .wire import Patience, Wire

_WAIT = 10.0  # seconds


@dataclass(frozen=True)
class Account:
    """What a key sees: how many pods run and what they cost an hour; of the first page.

    `more` says that there are further pages.
    """

    running: int
    dollars_an_hour: float
    more: bool


def account(key: str, wait: float = _WAIT) -> Account:
    """Asks RunPod with this key, once; changes nothing there. Raises RunPodError."""
    wire = Wire(key, Patience(answer=wait, whole=0))
    try:
        data = table(wire.get("/v2/pods"))
    finally:
        wire.close()
    found = data.get("pods")
    if not isinstance(found, list):
        raise strange()
    running = [pod for pod in map(pods.read, found) if pod.running]
    cost = sum(pod.dollars_an_hour for pod in running)
    more = bool(table(data.get("pagination")).get("hasNextPage"))
    return Account(len(running), round(cost, 4), more)
