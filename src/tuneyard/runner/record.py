"""What a repository says of the job that filled it: ``tuneyard.json``, beside what was pushed.

    {"format": 1, "job": id, "state": "training" | "succeeded",
     "files": {path in the job's folder: {"path": in the repository, "bytes": n, "sha256": hex}},
     "checkpoint": {the same, of the newest one: a file, or all files of a folder},
     "pod": id of the pod that pushed it, "" where none did}

It is in the same commit as the files it names. It may have been written by anybody.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "tuneyard.json"
STATES = ("training", "succeeded")

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Stored:
    """One file as it lies in the repository."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """`files` are the results, and `checkpoint` the newest that was pushed, each by its path
    in the job's folder. `state` is ``succeeded`` once the results are there. `pod` is the one
    that pushed it: each attempt of a job has another.
    """

    job: str
    state: str
    files: Mapping[str, Stored] = field(default_factory=dict)
    checkpoint: Mapping[str, Stored] = field(default_factory=dict)
    pod: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"format": 1, **asdict(self)}

    @classmethod
    def from_json(cls, data: Any) -> Record:
        """Raises ValueError for what is no record, or names a place outside of its folder."""
        try:
            job, state = data["job"], data["state"]
            files, checkpoint = (_stored(data.get(n) or {}) for n in ("files", "checkpoint"))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"no record of a job: {error!r}") from error
        if not isinstance(job, str) or state not in STATES:
            raise ValueError(f"no record of a job: {job!r} is {state!r}")
        return cls(job, state, files, checkpoint, str(data.get("pod") or ""))


def _stored(data: Mapping[str, Any]) -> dict[str, Stored]:
    found = {name: Stored(f["path"], f["bytes"], f["sha256"]) for name, f in data.items()}
    for name, file in found.items():
        _must_stay_below(name)
        _must_stay_below(file.path)
        if type(file.bytes) is not int or file.bytes < 0 or not _SHA256.fullmatch(file.sha256):
            raise ValueError(f"no file of a record: {name}")
    return found


def _must_stay_below(path: str) -> None:
    if not path.strip("/") or path[0] == "/" or "\0" in path or ".." in path.split("/"):
        raise ValueError(f"a record names {path!r}")
