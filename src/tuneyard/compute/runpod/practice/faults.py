"""What goes wrong in a rehearsal, on demand.

`Wrong` is about one request after another, the rest of `Faults` about how things are. All may
be changed while pods run; a number of seconds counts from the moment that it is about.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Route = Literal[
    "any", "list", "create", "get", "update", "delete", "action", "logs", "catalog", "volumes",
    "billing", "graphql",
]  # fmt: skip
Lost = Literal["drop", "silence"]
ROUTES: Sequence[Route] = ("list", "get", "create", "action", "delete", "graphql")
LOST: Sequence[Lost] = ("drop", "silence")


@dataclass(frozen=True)
class Wrong:
    """What requests of one route are answered instead, `times` often, after letting `skip` pass.

    With `status` they are answered so; else the answer is lost: the connection drops, or stays
    silent until whoever asked has enough. With `done` the work was done all the same.
    """

    route: Route = "any"
    status: int | None = None
    lost: Lost = "drop"
    done: bool = False
    times: int = 1
    skip: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # None: what RunPod says with this status


def too_many(
    minute: int = 1, hour: int | None = None, *, route: Route = "any", times: int = 1
) -> Wrong:
    """429 for as many seconds as are left of the minute; of the hour too, if that is used up."""
    left = f'"minute";r=0;t={minute}, "hour";r={0 if hour else 2800};t={hour or 1812}'
    headers = {"Retry-After": str(minute), "RateLimit": left}
    return Wrong(route, 429, times=times, headers=headers)


@dataclass(frozen=True)
class NoCapacity:
    """No GPU of a type in a cloud (None: of any), for so many tries or seconds (None: for ever)."""

    gpu: str | None = None
    cloud: str | None = None
    tries: int | None = None
    seconds: float | None = None


@dataclass
class ProxyFaults:
    late: float = 0.0  # seconds longer until it knows of a pod
    slow: float = 0.0  # seconds before each answer
    buffers: int = 0  # bytes that it collects before it passes any on; 0: none
    breaks_after: int | None = None  # bytes of a body, either way
    breaks: int = 0  # how many requests are broken so
    refuses: int = 0  # how many requests are answered 502
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def refuse(self) -> bool:
        """Whether the next request is answered 502; asking counts."""
        with self._lock:
            refused = self.refuses > 0
            self.refuses -= refused
            return refused

    def breaks_now(self, passed: int) -> bool:
        """Whether a request of which so many bytes have passed breaks off here."""
        with self._lock:
            broken = (
                self.breaks_after is not None and passed > self.breaks_after and self.breaks > 0
            )
            self.breaks -= broken
            return broken


@dataclass
class Faults:
    requests: list[Wrong] = field(default_factory=list)
    capacity: list[NoCapacity] = field(default_factory=list)
    proxy: ProxyFaults = field(default_factory=ProxyFaults)
    runtime_late: float = 0.0  # seconds longer RUNNING without a runtime
    vanish_after: float | None = None  # seconds of a pod's life, then it is gone without a trace
    crash_every: float | None = None  # seconds of a container's life, then it is killed
    crashes: int | None = None  # how often; None: for ever
    wipe: bool = False  # whether a container that is started again finds an empty disk
    end_refused: frozenset[Literal["rest", "graphql"]] = frozenset()  # to a pod's own key
    gpus: bool = False  # whether something stands in for the GPUs of a pod, which nobody has here
    cors: bool = False  # whether pages of other origins may ask
    page: int | None = None  # pods on a page of the list; None: all, and no word of pages
    list_lag: float = 0.0  # seconds until a new pod is in the list
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _tried: dict[int, list[float]] = field(default_factory=dict, repr=False)
    _met: dict[int, int] = field(default_factory=dict, repr=False)

    def wrong(self, route: str) -> Wrong | None:
        """What the next request of this route is answered instead, if anything."""
        with self._lock:
            for fault in self.requests:
                if fault.route not in {"any", route}:
                    continue
                met = self._met[id(fault)] = self._met.get(id(fault), 0) + 1
                if fault.skip < met <= fault.skip + fault.times:
                    return fault
        return None

    def has_capacity(self, gpu: str, cloud: str) -> bool:
        """Whether one more pod of this can be had; asking is a try."""
        with self._lock:
            return not any(
                self._exhausted(none)
                for none in self.capacity
                if none.gpu in {None, gpu} and none.cloud in {None, cloud}
            )

    def _exhausted(self, none: NoCapacity) -> bool:
        tries = self._tried.setdefault(id(none), [])
        tries.append(time.monotonic())
        return (none.tries is None or len(tries) <= none.tries) and (
            none.seconds is None or tries[-1] - tries[0] < none.seconds
        )


def at_random(seed: int, *, gpus: Sequence[str] = ()) -> Faults:
    """A combination of faults that a launch can survive: none of them goes on for ever."""
    dice = random.Random(seed)  # noqa: S311 - what goes wrong is no secret

    def some(chance: float) -> bool:
        return dice.random() < chance

    faults = Faults()
    if some(0.4):
        done, lost = some(0.5), LOST[some(0.1)]  # whoever waits in vain waits for long
        status = dice.choice([None, None, 502, 504])
        faults.requests.append(Wrong("create", status, lost, done))
    for route in ROUTES:
        if some(0.15):
            faults.requests.append(too_many(route=route, times=dice.randint(1, 2)))
        if some(0.15):
            status = dice.choice([500, 502, 503])
            faults.requests.append(Wrong(route, status, times=dice.randint(1, 3)))
    if some(0.3):
        gpu = dice.choice([None, *gpus])
        faults.capacity.append(NoCapacity(gpu, tries=dice.randint(1, 2)))
    if some(0.3):
        faults.proxy.breaks, faults.proxy.breaks_after = dice.randint(1, 3), dice.randint(0, 9000)
    if some(0.2):
        faults.proxy.buffers = 1 << 14
    if some(0.2):
        faults.proxy.refuses = dice.randint(1, 5)
    if some(0.2):
        faults.crash_every, faults.crashes = dice.uniform(0.5, 3), dice.randint(1, 2)
        faults.wipe = some(0.5)
    if some(0.15):
        faults.vanish_after = dice.uniform(0.2, 4)
    if some(0.3):
        faults.end_refused = frozenset([dice.choice(["rest", "graphql"])])
    if some(0.2):
        faults.list_lag = dice.uniform(0.1, 1)
    if some(0.2):
        faults.page = dice.randint(1, 3)
    if some(0.2):
        faults.runtime_late = dice.uniform(0.1, 1)
    return faults
