"""Every pod of an account, with the job it belongs to: what is paid for, and what for nothing."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.compute.runpod.client import Balance, RunPod
from tuneyard.compute.runpod.errors import KEYS, Busy, Offline, RunPodError, Trouble
from tuneyard.compute.runpod.names import KEY, home_id, parse
from tuneyard.compute.runpod.wire import Patience
from tuneyard.errors import Missing, NotFound
from tuneyard.runner.folder import FolderError, JobFolder, held, read_json_or
from tuneyard.runner.problems import Problem
from tuneyard.runner.states import State

from .remote.handle import note_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuneyard.compute.runpod.pods import Pod

    from .store import Store

# job: of an unfinished job of this home · ending: its job is over, and it waits for its
# results to be collected, or is being ended · orphan: of this home, and nobody's any more ·
# elsewhere: Tuneyard's, of another home or page · other: not Tuneyard's
Whose = Literal["job", "ending", "orphan", "elsewhere", "other"]

_PEOPLE = Patience(whole=8.0)  # of somebody who looks at a screen meanwhile
_GRACE = 600.0  # seconds that a pod may take to end itself after its deadline
_LOOKS = 16  # at a pod that was told to end, until it must be gone
_PAUSE = 5.0  # seconds between them
_WAITS = frozenset({"waiting", "running", "collecting"})  # phases in which a pod ends itself


@dataclass(frozen=True)
class PodRow:
    """`spent` is dollars so far, None if that can't be told; `url` is RunPod's page of it."""

    pod: Pod
    whose: Whose
    job_id: str | None
    job_state: str | None
    spent: float | None

    @property
    def url(self) -> str:
        return self.pod.url

    def as_json(self) -> dict[str, Any]:
        about = {k: v for k, v in asdict(self).items() if k != "pod"}
        return {**asdict(self.pod), **about, "url": self.url}


@dataclass(frozen=True)
class Overview:
    """`dollars_an_hour` is what all pods together cost now."""

    pods: list[PodRow]
    balance: Balance | None
    dollars_an_hour: float

    def as_json(self) -> dict[str, Any]:
        return {
            "pods": [row.as_json() for row in self.pods],
            "balance": asdict(self.balance) if self.balance else None,
            "dollars_an_hour": self.dollars_an_hour,
        }


class StillThere(RunPodError):
    """A pod was told to end, and has not."""


def client(store: Store, profile: str = "", *, patience: Patience = _PEOPLE) -> RunPod:
    """With the key of this home, or of a profile. Raises Missing without one."""
    scope = store.profiles.get(profile).scope if profile else store.profiles.scope("")
    key = store.secrets.get(KEY, scope)
    if not key:
        raise Missing(
            "No key of RunPod is known here.",
            code="no-runpod-key",
            field=KEY,
            next_step=f"{KEYS} To keep it: tuneyard secrets set {KEY}",
        )
    return RunPod(key, patience=patience)


def overview(client: RunPod, store: Store) -> Overview:
    """All pods, the newest first. Raises RunPodError."""
    rows = [row(pod, store) for pod in client.pods()]
    rows.sort(key=lambda row: row.pod.created or 0.0, reverse=True)
    spend = sum(row.pod.dollars_an_hour for row in rows if row.pod.running)
    return Overview(rows, client.balance(), round(spend, 4))


def row(pod: Pod, store: Store) -> PodRow:
    """A pod and its job, as both are now."""
    now = time.time()
    named = parse(pod.name)
    if named is None:
        return PodRow(pod, "other", None, None, pod.spent(now))
    home, job_id = named
    if home != home_id(store.home):
        return PodRow(pod, "elsewhere", job_id, None, pod.spent(now))
    folder = JobFolder(store.folder / job_id)
    if "/" in job_id or not folder.path.is_dir():
        return PodRow(pod, "orphan", job_id, None, pod.spent(now))
    state: str | None = store.state(folder)["state"]
    handle = _handle(folder)
    own = handle is not None and handle.get("pod") == pod.id
    # Its attendant's price has the disk in it.
    spent = pod.spent(now, handle.get("dollars_an_hour") if own and handle else None)
    return PodRow(pod, _whose(pod, folder, state, handle), job_id, state, spent)


def orphans(client: RunPod, store: Store) -> list[PodRow]:
    """This home's own pods that nobody looks after any more. Raises RunPodError."""
    return [row for row in overview(client, store).pods if row.whose == "orphan"]


def sweep(
    client: RunPod,
    store: Store,
    found: Iterable[PodRow],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[list[str], dict[str, Problem]]:
    """Ends orphans; returns the ids of those that are gone, and what went wrong with others.

    Each is looked at once more before: one that is no orphan by now is left.
    """
    gone: list[str] = []
    left: dict[str, Problem] = {}
    for each in found:
        if row(each.pod, store).whose != "orphan":
            continue
        try:
            end(client, each.pod.id, pause=pause)
            gone.append(each.pod.id)
        except RunPodError as error:
            left[each.pod.id] = error.problem
    return gone, left


def find(client: RunPod, store: Store, pod_id: str) -> PodRow:
    """One pod, by its id or its whole name. Raises NotFound or RunPodError."""
    for pod in client.pods():
        if pod_id in {pod.id, pod.name}:
            return row(pod, store)
    raise NotFound(
        f"There is no pod “{pod_id}” on this account.",
        code="no-pod",
        next_step="See `tuneyard pods`.",
    )


def end_by_hand(
    client: RunPod,
    store: Store,
    found: PodRow,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Ends a pod that somebody chose; if it is a job's, that is written down there, for its end.

    Raises as `end` does.
    """
    if found.job_id and found.whose in {"job", "ending"}:
        with contextlib.suppress(OSError):  # no full disk here keeps a pod alive
            note_end(JobFolder(store.folder / found.job_id), found.pod.id)
    end(client, found.pod.id, pause=pause)


def end(client: RunPod, pod_id: str, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Ends a pod, and comes back when it is gone: unknown by its id, and not in the list.

    Raises StillThere if that can't be had, or another RunPodError.
    """
    problem: RunPodError = StillThere(
        Problem(
            f"The pod {pod_id} was told to end, and is still there.",
            "pod-still-there",
            next_step="See on console.runpod.io whether it runs, and end it there.",
        )
    )
    for _ in range(_LOOKS):
        try:
            client.end(pod_id)
            if client.gone(pod_id):
                return
        except (Offline, Busy, Trouble) as passing:
            problem = passing
        pause(_PAUSE)
    raise problem


def _handle(folder: JobFolder) -> dict[str, Any] | None:
    """What the job's attendant knows of its pod; None if that can't be read."""
    try:
        return read_json_or(folder.path / "home.json", {})
    except (FolderError, OSError):
        return None


def _whose(
    pod: Pod, folder: JobFolder, state: str | None, handle: Mapping[str, Any] | None
) -> Whose:
    """Of a pod whose job is known here. In doubt it is its job's: what lives is not swept away."""
    if state is None or handle is None:
        return "job"
    # A job has one pod. Until it is known which, each under the job's name may be it.
    if handle.get("pod") and handle["pod"] != pod.id:
        return "orphan"
    if not State(state).ended:
        return "job"
    waits = handle.get("phase") in _WAITS and time.time() < handle.get("deadline", 0) + _GRACE
    return "ending" if waits or held(folder.runner_lock) else "orphan"
