"""home.json: what home knows of the pod of a remote job. Its attendant alone writes it."""

from __future__ import annotations

import os
import secrets as random
import time
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.compute.runpod.address import console
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.runner.folder import JobFolder, read_json_or, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# pushing: what the pod will need goes to the Hub · offering: looks for a place · creating: has
# asked for a pod, and does not know yet whether there is one · waiting: there is one, and its
# face doesn't answer yet · running: the face answered · collecting: the job is over, its results
# come home · releasing: the pod is to end · fetching: it has ended, and what it pushed is looked
# for in the job's repository · gone: the pod has ended, and that was confirmed
Phase = Literal[
    "pushing",
    "offering",
    "creating",
    "waiting",
    "running",
    "collecting",
    "releasing",
    "fetching",
    "gone",
]


@dataclass
class Segment:
    """Where in the job's own files the bytes of one life of the pod's folder begin.

    A pod whose disk was wiped makes its folder again, under another `incarnation`: then
    its files begin again at 0, and ours go on. `events` is how many bytes of its events an
    earlier attempt passed on, and `attempt` which one that was: see `mirror.continued`.
    """

    incarnation: str = ""
    log: int = 0
    metrics: int = 0
    number: int = 0
    events: int = 0
    attempt: int = 0


@dataclass
class Handle:
    """All in seconds since 1970 and US dollars. `pod` is "" while the answer is unknown."""

    compute: str
    attempt: int
    name: str
    token: str
    phase: Phase = "offering"
    pod: str = ""
    asked: float | None = None  # when the pod was asked for
    created: float | None = None
    ended: float | None = None  # when it was found to be gone
    deadline: float = 0.0
    gpu: str = ""
    gpu_name: str = ""
    gpu_count: int = 1
    cloud: str = ""
    dollars_an_hour: float = 0.0
    said: str = ""  # what the pod or RunPod said last, before the face answered
    segment: Segment = field(default_factory=Segment)
    before: Segment | None = None  # the last of an earlier attempt
    verdict: dict[str, Any] | None = None  # the end that home decided on: state, cause
    collected: bool = False
    saw: float | None = None  # when the face answered last
    upload: dict[str, Any] | None = None  # bytes sent, bytes in all
    hub: dict[str, dict[str, str]] | None = None  # where inputs were pushed to, by SHA-256
    unheard: str = ""  # a pod that is gone, whose results may lie in the job's repository
    mirrored: bool = (
        True  # whether the newest checkpoint here is to go on from: none newer was pushed
    )
    # What a pod gets whose disk was wiped: a checkpoint's path in the job's folder there, and here.
    again: tuple[str, str] | None = None

    @classmethod
    def read(cls, folder: JobFolder) -> Handle | None:
        """Of the newest attempt that got one; None before the first."""
        data = read_json_or(path_of(folder), {})
        return cls.from_json(data) if data else None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Handle:
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        known["segment"] = Segment(**known.get("segment", {}))
        known["before"] = Segment(**known["before"]) if known.get("before") else None
        known["again"] = tuple(known["again"]) if known.get("again") else None
        return cls(**known)

    def write(self, folder: JobFolder) -> None:
        """On the disk for good: no power cut may forget a pod that is asked for right after."""
        write_json(path_of(folder), self.as_json())
        number = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)  # that it has the file's name now
        finally:
            os.close(number)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def url(self) -> str:
        """Where its owner sees the pod."""
        return console(self.pod) if self.pod else ""

    def spent(self, now: float) -> float:
        """Dollars so far, by the clock and the price: bills come hours later."""
        if self.created is None:
            return 0.0
        return max(0.0, (self.ended or now) - self.created) / 3600 * self.dollars_an_hour


def new_handle(folder: JobFolder, attempt: int, last: Handle | None = None) -> Handle:
    """Of an attempt that begins, after that of the `last`. Its token is its pod's face's alone."""
    name = pod_name(home_id(folder.home), folder.id)
    new = Handle("runpod", attempt, name, random.token_urlsafe(32))
    if last is not None:
        known = last.segment.incarnation
        new.before = replace(last.segment, attempt=last.attempt) if known else last.before
    return new


def path_of(folder: JobFolder) -> Path:
    return folder.path / "home.json"


def note_end(folder: JobFolder, pod: str) -> None:
    """Writes down that somebody here ends this pod by hand: else it is gone, and nobody knows why."""
    write_json(_end_of(folder), {"format": 1, "pod": pod, "at": time.time()})


def was_ended_here(folder: JobFolder, pod: str) -> bool:
    return bool(read_json_or(_end_of(folder), {}).get("pod") == pod)


def mirror_of(folder: JobFolder, handle: Handle) -> JobFolder:
    """The pod's folder as far as it came home: ``remote/<attempt>``, and one more a wiped disk."""
    return life_of(folder, handle.attempt, handle.segment.number)


def life_of(folder: JobFolder, attempt: int, number: int) -> JobFolder:
    """The same of one segment of an attempt."""
    again = f".{number}" if number > 1 else ""
    return JobFolder(folder.path / "remote" / f"{attempt}{again}")


def _end_of(folder: JobFolder) -> Path:
    return folder.path / "pod-ended.json"
