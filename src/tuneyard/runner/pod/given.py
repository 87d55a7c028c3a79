"""What home gave a pod: its environment, read once."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from tuneyard.runner.environ import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What only the guard or the face is to know, and what would only fill the environment.
_FACE = ("TUNEYARD_FACE_TOKEN", "TUNEYARD_ORIGINS", "TUNEYARD_DEADLINE", "TUNEYARD_FACE_PORT")
_OURS = (
    *_FACE,
    "TUNEYARD_COLLECT",
    "TUNEYARD_JOB",
    "TUNEYARD_POD_LIMITS",
    "TUNEYARD_PROGRAM",
    "TUNEYARD_RUNPOD_URL",
)

_REFERENCE = "{{ RUNPOD_SECRET_"  # as home sends it; what RunPod didn't know stays so


class NotGiven(Exception):
    """The environment holds no job that could be run; the sentence says why."""


@dataclass(frozen=True)
class Limits:
    """All in seconds but the numbers of times; TUNEYARD_POD_LIMITS (JSON) replaces them, for tests.

    poll: between two looks at everything. save: before the deadline at which the job is asked
    to stop, push: and to push what that leaves, and `share` the most of the pod's whole time that
    both may be. mirror: that the pod waits for home where nothing is left to be collected;
    pages: for pages to hear that all was.
    inputs: without a byte of them, after which nobody is thought to send any; hub: the same where
    all come from the Hub. record: in which the Hub can say what the job pushed before. end_pause,
    end_longest: between two tries to end the pod, at first and at most. believe: that the wall
    clock must show the deadline as passed.
    restart, restart_longest: until a process that has gone is started again, and `restarts` how
    often for nothing. loop_boots within loop: starts of the container with no step forward
    between them. troubles: failures of the guard itself that it works on after.
    """

    poll: float = 0.25
    save: float = 300.0
    push: float = 300.0
    share: float = 0.25
    mirror: float = 600.0
    pages: float = 10.0
    inputs: float = 3600.0
    hub: float = 900.0
    record: float = 30.0
    end_pause: float = 5.0
    end_longest: float = 60.0
    believe: float = 5.0
    restart: float = 0.5
    restart_longest: float = 30.0
    restarts: int = 12
    loop_boots: int = 5
    loop: float = 1800.0
    troubles: int = 20

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Limits:
        try:
            given = json.loads(environ.get("TUNEYARD_POD_LIMITS") or "{}")
            known = {field.name for field in fields(cls)}
            return cls(**{name: float(given[name]) for name in given if name in known})  # type: ignore[arg-type] # numbers of times count as well
        except (ValueError, TypeError):
            return cls()


def deadline(environ: Mapping[str, str]) -> float:
    """When the pod ends itself, in seconds since 1970. Without one that is now."""
    try:
        at = float(environ.get("TUNEYARD_DEADLINE", ""))
    except ValueError:
        return time.time()
    return at if math.isfinite(at) else time.time()


@dataclass(frozen=True)
class Given:
    """A job for a pod: `job` is job.json with ``package``, ``inputs`` and ``limits``."""

    job: Mapping[str, Any]
    environ: Mapping[str, str]
    program: str  # where runner.pyz lies

    @classmethod
    def of(cls, environ: Mapping[str, str], program: str) -> Given:
        """Raises NotGiven for a job that is none."""
        try:
            job = json.loads(environ["TUNEYARD_JOB"])
            whole = {"id": str, "recipe": str, "settings": dict, "results": dict, "package": str}
            lacking = [name for name, kind in whole.items() if not isinstance(job[name], kind)]
        except KeyError as error:
            raise NotGiven(f"this pod was given no job: {error} is missing") from None
        except (ValueError, TypeError):
            raise NotGiven("this pod was given a job that can't be read as JSON") from None
        if lacking or "/" in job["id"] or job["id"].startswith("."):
            raise NotGiven("this pod was given a job that is none")
        return cls(job, environ, program)

    @property
    def id(self) -> str:
        return str(self.job["id"])

    @property
    def pod(self) -> str:
        return self.environ.get("RUNPOD_POD_ID", "")

    @property
    def collect(self) -> float:
        """Seconds that results wait for home; without a word, for as long as the pod may live."""
        try:
            return max(0.0, float(self.environ.get("TUNEYARD_COLLECT", "")))
        except ValueError:
            return math.inf

    @property
    def has_pages(self) -> bool:
        return bool(self.environ.get("TUNEYARD_ORIGINS"))

    @property
    def gpus(self) -> int | None:
        count = self.environ.get("RUNPOD_GPU_COUNT", "")
        return int(count) if count.isdecimal() else None

    @property
    def secrets(self) -> dict[str, str]:
        """All values that nobody is to read, by name."""
        return {name: value for name, value in self.environ.items() if is_secret(name) and value}

    @property
    def unresolved(self) -> list[str]:
        """Names of the secrets that RunPod was to fill in and does not know."""
        return [name for name, value in self.environ.items() if value.startswith(_REFERENCE)]

    def for_runner(self, names: Iterable[str], home: str) -> dict[str, str]:
        """The environment of a job: of the secrets, only those that its plan names."""
        secret = {*self.secrets, *self.unresolved} - (set(names) - set(self.unresolved))
        return {
            "HF_HOME": f"{home}/cache/hub",  # on the volume, if there is one
            **self._without({*secret, *_OURS, "RUNPOD_API_KEY"}),
            "TUNEYARD_HOME": home,
            "TUNEYARD_POD": "1",
        }

    def for_face(self) -> dict[str, str]:
        return self._without({*self.secrets, *_OURS} - set(_FACE))

    def _without(self, names: Iterable[str]) -> dict[str, str]:
        hidden = set(names)
        return {name: value for name, value in self.environ.items() if name not in hidden}
