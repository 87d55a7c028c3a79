"""How often this pod's container was started, and what the job had reached each time.

RunPod starts a container again when its command ends or its host restarts. What was cut
off goes on as a new attempt; what is only started again and again, and gets nowhere, ends.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from tuneyard.runner import process
from tuneyard.runner.folder import held, read_json_or, read_lines, write_json
from tuneyard.runner.states import State

from . import words

if TYPE_CHECKING:
    from tuneyard.runner.causes import Cause
    from tuneyard.runner.folder import JobFolder

    from .given import Limits

_KEPT = 20  # boots; a loop is known by fewer


class Boots:
    """``pod.json``: the folder's incarnation, the pod it was made by, and its boots."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.path = folder.path / "pod.json"
        self.data: dict[str, Any] = read_json_or(self.path, {})

    @property
    def incarnation(self) -> str:
        return str(self.data["incarnation"])

    @property
    def count(self) -> int:
        return int(self.data["count"])

    @property
    def first(self) -> float:
        return float(self.data["first"])

    def begin(self, pod: str) -> None:
        """A folder of a pod's own; one from a volume, which another pod made, becomes it.

        That is the same folder: what home has of it goes on.
        """
        if self.data.get("pod") == pod:
            return
        incarnation = self.data.get("incarnation") or secrets.token_hex(8)
        now = {"incarnation": incarnation, "pod": pod, "first": time.time()}
        self._save({**now, "count": 0, "boots": [], "reached": []})

    def note(self) -> None:
        boots = [*self.data["boots"], time.time()]
        marks = [*self.data["reached"], reached(self.folder)]
        last = {"boots": boots[-_KEPT:], "reached": marks[-_KEPT:]}
        self._save({**self.data, "count": self.count + 1, **last})

    def collect_until(self, at: float | None) -> None:
        if self.data.get("collect_until") != at:
            self._save({**self.data, "collect_until": at})

    def looping(self, limits: Limits) -> Cause | None:
        """Why starting it once more is useless, if it is."""
        most = int(limits.loop_boots)
        boots, marks = self.data["boots"][-most:], self.data["reached"][-most:]
        if len(boots) < most or boots[-1] - boots[0] > limits.loop or marks[0] != marks[-1]:
            return None
        return words.boot_loop(most, boots[-1] - boots[0])

    def _save(self, data: dict[str, Any]) -> None:
        write_json(self.path, data)
        self.data = data


def reached(folder: JobFolder) -> list[int]:
    """What only grows while the job gets on: steps that ended, and checkpoints."""
    ended = [path for path in folder.path.glob("steps/*.json") if path.stem.isdigit()]
    events = read_lines(folder.events)
    return [len(ended), sum(event.get("event") == "checkpoint" for event in events)]


def alive(folder: JobFolder) -> bool:
    """Whether a runner or anything else of the job lives."""
    locks = (folder.runner_lock, folder.job_lock)
    return any(held(lock) for lock in locks) or bool(process.of_job(folder))


def cut_off(folder: JobFolder) -> bool:
    """Whether the newest attempt had begun, and ended neither by itself nor by anybody's wish.

    A container that is being stopped has its job saved; that is no wish to end the job.
    """
    state = read_json_or(folder.state, {"state": State.QUEUED.value})
    begun = state.get("attempt", 0) >= max(folder.attempts(), default=0) > 0
    stopped = State(state["state"]) is State.STOPPED and asked_by_container(folder)
    return begun and not alive(folder) and (stopped or not State(state["state"]).ended)


def stop_with_container(folder: JobFolder) -> None:
    """Asks the job to save, since the container is about to be stopped."""
    if folder.plan.exists() and not folder.stop.exists():
        (folder.path / "pod.term").touch()
        folder.stop.write_text("save\n", encoding="utf-8")


def asked_by_container(folder: JobFolder) -> bool:
    return (folder.path / "pod.term").exists()


def begin_attempt(folder: JobFolder, **about: Any) -> None:
    """One more attempt, which goes on from the newest checkpoint as a resume would."""
    if asked_by_container(folder):
        folder.stop.unlink(missing_ok=True)
        (folder.path / "pod.term").unlink()
    number = max(folder.attempts(), default=0) + 1
    write_json(folder.attempt(number), {"created": time.time(), **about})
