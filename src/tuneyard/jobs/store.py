"""The jobs of one home as they lie on the disk: to look at them, and to keep them going.

Imports nothing slow: a list of ten thousand jobs is to come at once.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.compute.base import computes
from tuneyard.errors import NotFound
from tuneyard.runner import masking
from tuneyard.runner.folder import FORMAT, FolderError, JobFolder, held, read_json, read_json_or
from tuneyard.runner.states import State
from tuneyard.secrets import KEPT_THERE, Secrets

from .profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tuneyard.compute.base import Compute

_STATES = frozenset(state.value for state in State)


@dataclass
class Store:
    """`secrets` are what new runners are given."""

    home: Path
    secrets: Secrets = field(default=None)  # type: ignore[assignment]
    profiles: Profiles = field(init=False)

    def __post_init__(self) -> None:
        if self.secrets is None:
            self.secrets = Secrets(self.home)
        self.profiles = Profiles(self.home, self.secrets)

    @property
    def folder(self) -> Path:
        return self.home / "jobs"

    def ids(self) -> list[str]:
        """All jobs, the newest first."""
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - names, at once
        except FileNotFoundError:
            return []
        return sorted((name for name in names if not name.startswith(".")), reverse=True)

    def states(self) -> Iterator[dict[str, Any]]:
        """state.json of all jobs with their ids, the newest first; a broken one says so."""
        jobs = str(self.folder)
        for job_id in self.ids():
            # Without the paths of pathlib, which take longer than the reading.
            yield _read_fast(f"{jobs}/{job_id}/state.json", job_id) or _read_state(
                JobFolder(self.folder / job_id)
            )

    def state(self, folder: JobFolder) -> dict[str, Any]:
        """The same of one job. An attempt that no runner has begun yet is queued."""
        state = _read_state(folder)
        newest = max(folder.attempts(), default=0)
        if state["state"] is None or state.get("attempt", 0) >= newest:
            return state
        fresh = {"state": State.QUEUED.value, "attempt": newest}
        return {"id": folder.id, **fresh, "since": state.get("ended")}

    def find(self, prefix: str) -> JobFolder:
        """The job of this id, or of the only one that begins or ends so."""
        if prefix and (self.folder / prefix / "job.json").exists() and "/" not in prefix:
            return JobFolder(self.folder / prefix)
        near = [i for i in self.ids() if prefix and (i.startswith(prefix) or i.endswith(prefix))]
        if len(near) == 1:
            return JobFolder(self.folder / near[0])
        if near:
            raise NotFound(
                f"“{prefix}” is short for {len(near)} jobs.",
                code="ambiguous",
                next_step=f"Write more of it: {', '.join(near[:5])}.",
            )
        raise NotFound(
            f"There is no job “{prefix}”.", code="no-job", next_step="See `tuneyard jobs`."
        )

    def profile_of(self, folder: JobFolder) -> str:
        """The profile that a job's newest attempt runs under; "" for none."""
        newest = max(folder.attempts(), default=0)
        profile: str = read_json_or(folder.attempt(newest), {}).get("profile", "")
        return profile

    def launch(self, folder: JobFolder) -> None:
        """Starts a runner for a job, or an attendant. A second one leaves at once."""
        scope = self.profiles.scope(self.profile_of(folder))
        masking.remember(folder.masks, self.secrets.to_mask(scope))
        compute = compute_of(folder)
        given = self.secrets.for_job(scope)
        if not compute.remote:
            given = {
                name: value for name, value in given.items() if not KEPT_THERE.fullmatch(value)
            }
        compute.launch(folder, {**given, **self.secrets.all(compute.secrets, scope)})

    def tend(self, folder: JobFolder) -> bool:
        """Gives an unfinished job a runner again if it has none and nothing that it waits for."""
        state = self.state(folder)
        if state["state"] is None or State(state["state"]).ended or held(folder.runner_lock):
            return False
        needs = state.get("needs")
        if not folder.attempts() or (needs and self.lacking(needs, self.profile_of(folder))):
            return False
        self.launch(folder)
        return True

    def tend_waiting(self) -> list[str]:
        """Goes on with the jobs whose missing secrets are there by now; returns their ids."""
        waiting = [state["id"] for state in self.states() if state.get("needs")]
        return [job_id for job_id in waiting if self.tend(JobFolder(self.folder / job_id))]

    def lacking(self, names: Iterable[str], profile: str = "") -> list[str]:
        """Of these secrets, those that nobody holds for a job under this profile."""
        return self.secrets.lacking(names, self.profiles.scope(profile))

    def tokens(self, profile: str = "") -> dict[str, str]:
        """By name the tokens that a job would be given."""
        return self.secrets.for_job(self.profiles.scope(profile))


def _read_fast(path: str, job_id: str) -> dict[str, Any] | None:
    """A state that is as it should be, or None."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
        right = data["format"] == FORMAT and data["state"] in _STATES
        return {"id": job_id, **data} if right else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_state(folder: JobFolder) -> dict[str, Any]:
    try:
        state = {"id": folder.id, **read_json(folder.state)}
    except (FolderError, OSError) as error:
        return {"id": folder.id, "state": None, "error": str(error)}
    if state.get("state") not in _STATES:
        return {"id": folder.id, "state": None, "error": f"{folder.state} names no state."}
    return state


def compute_of(folder: JobFolder) -> Compute:
    """Where a job's newest attempt runs; one that was cut off while it was made can only be here."""
    newest = max(folder.attempts(), default=0)
    if named := read_json_or(folder.attempt(newest), {}).get("compute"):
        return computes()[named]
    job = read_json_or(folder.job, {"compute": {"name": "local"}})
    return computes()[job["compute"]["name"]]
