"""How home reaches a pod's face, through a proxy that breaks things off.

Whatever breaks is tried again from where it stood: a pod may be restarted, a laptop may
sleep. Only a pod that says no ends it, and silence for longer than `Patience` allows.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from tuneyard.runner.problems import Problem

from .problems import InputsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Patience:
    """Seconds. `first` and `longest` are pauses; `silence` goes by without a byte before it ends."""

    first: float = 1.0
    longest: float = 30.0
    silence: float = 1800.0
    connect: float = 20.0
    answer: float = 120.0


PATIENT = Patience()


class Progress(NamedTuple):
    """Bytes; the rate is that of the last pieces, None before two of them have gone."""

    done: int
    bytes: int
    bytes_a_second: float | None

    @property
    def seconds_left(self) -> float | None:
        return (self.bytes - self.done) / self.bytes_a_second if self.bytes_a_second else None


class Trouble(Exception):
    """Something that may pass."""


class Tries:
    """How long it has been quiet, and how fast it was before."""

    def __init__(self, patience: Patience, stopped: Callable[[], bool]) -> None:
        self._patience = patience
        self._stopped = stopped
        self._done = -1
        self._quiet_since = time.monotonic()
        self._wait = patience.first
        self._samples: deque[tuple[float, int]] = deque(maxlen=20)

    @property
    def rate(self) -> float | None:
        """Bytes a second over the last pieces."""
        if len(self._samples) < 2:
            return None
        (began, first), (ended, last) = self._samples[0], self._samples[-1]
        return (last - first) / (ended - began) if ended > began else None

    def got_on(self, done: int) -> None:
        if done > self._done:
            self._quiet_since = time.monotonic()
            self._wait = self._patience.first
        elif done < self._done:  # the pod began anew
            self._samples.clear()
        self._done = done
        self._samples.append((time.monotonic(), done))

    def pause(self, trouble: str) -> bool:
        """Waits a while, longer each time; False if it was stopped meanwhile. Raises InputsError."""
        self._samples.clear()
        if time.monotonic() > self._quiet_since + self._patience.silence:
            raise InputsError(
                Problem(
                    f"The pod could not be reached for {self._patience.silence / 60:.0f} minutes"
                    f" ({trouble}).",
                    "pod-away",
                    next_step="See with `tuneyard pods` whether it is still there.",
                )
            )
        end = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, self._patience.longest)
        while (left := end - time.monotonic()) > 0:
            if self._stopped():
                return False
            time.sleep(min(left, 0.2))
        return not self._stopped()


def client_of(url: str, token: str, patience: Patience) -> httpx.Client:
    return httpx.Client(
        base_url=url.rstrip("/") + "/",
        headers={
            "Authorization": f"Bearer {token}",
            "User-Agent": f"tuneyard/{version('tuneyard')}",
            "Accept-Encoding": "identity",  # lengths and ranges are those of the file itself
        },
        timeout=httpx.Timeout(patience.answer, connect=patience.connect),
    )


def must_be_ours(answer: httpx.Response) -> None:
    """The proxy has answers of its own while a pod starts, restarts or is slow."""
    passing = answer.status_code >= 500 and answer.status_code != 507
    if "Tuneyard-Face" not in answer.headers and answer.status_code != 413:
        raise Trouble(f"HTTP {answer.status_code}")
    if passing or answer.status_code == 429:
        raise Trouble(f"HTTP {answer.status_code}")


def object_of(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        data = None
    return data if isinstance(data, dict) else {}


def refused(answer: httpx.Response, name: str) -> InputsError:
    said = object_of(answer).get("sentence") or f"HTTP {answer.status_code}."
    steps = {
        401: "Its token is another one: is it this job's pod?",
        413: "Something on the way refuses even small requests: try another network.",
        422: "It may have changed here meanwhile: launch the job again.",
        507: "Launch the job with a larger disk.",
    }
    return InputsError(
        Problem(
            f"The pod refuses {name}: {said}",
            str(object_of(answer).get("code", "refused")),
            next_step=steps.get(answer.status_code, ""),
        )
    )
