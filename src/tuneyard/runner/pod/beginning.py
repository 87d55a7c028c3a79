"""The beginning of a job in its pod: what it needs is waited for, then it is planned.

Nobody else has the runner's lock meanwhile: a runner would begin with what isn't there yet.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tuneyard.runner import process
from tuneyard.runner.folder import held, read_json, write_json
from tuneyard.runner.states import State
from tuneyard.runner.status import Status

from . import begin_again, files, inputs, making, words
from .hub import Aside, Hub
from .making import CannotBegin

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from tuneyard.runner.causes import Cause

    from .podjob import PodJob


class Beginning:
    def __init__(self, job: PodJob) -> None:
        self.job = job
        self.folder = job.folder
        self.given = job.given
        self._hub = Hub(job.given, inputs.Store(job.folder.home), job.limits)

    def prepare(self) -> None:
        """Brings the job to where a runner can take it over, or to its end."""
        if begin_again.wanted(self.folder):
            with self.job.alone(anyhow=True):
                self._begin_again()
        elif not self.folder.plan.exists() and not self.job.over():
            with self.job.alone():
                self._make_ready()

    def _begin_again(self) -> None:
        if not begin_again.begin(self.folder, self.given.job):
            self.job.say(begin_again.TOO_LATE)
            return
        self.job.say("The job begins again, from a checkpoint that home has.")
        while process.kill_all(self.folder) or held(self.folder.job_lock):
            self.job.duties.pause()
        self._make_ready({entry["sha256"] for entry in begin_again.taken(self.folder)})

    def _make_ready(self, instead: Container[str] = frozenset(), *, look: bool = True) -> None:
        try:
            if not self._wait_for_inputs(inputs.PROGRAM):
                return
            making.join(self.folder, self.given)
            making.check(self.given, self.folder.home)
            if look and not instead:
                self._look_for_pushed()
            if self._wait_for_inputs():
                making.plan(self.folder, self.given, instead)
                begin_again.done(self.folder)
        except CannotBegin as unable:
            if instead or read_json(self.folder.job).get("inputs") == self.given.job.get("inputs"):
                self.job.end(State.FAILED, unable.cause)
            else:  # it can begin without what it pushed
                self._warn(unable.cause)
                write_json(self.folder.job, dict(self.given.job))
                self._make_ready(look=False)

    def _look_for_pushed(self) -> None:
        """What was pushed on another pod, or before the disk was wiped, is gone on from.

        A checkpoint from home is newer than what other pods pushed, and older than what this one did.
        """
        job = read_json(self.folder.job)
        if not job["results"].get("repository") or files.checkpoints(self.folder):
            return
        free = [entry for entry in job.get("inputs", ()) if not entry.get("place")]
        whose = self.given.pod if free != [*job.get("inputs", ())] else ""
        look = Aside(lambda: self._hub.checkpoint(job, whose))
        end = time.monotonic() + self.job.limits.record
        while look.is_alive() and time.monotonic() < end:
            self.job.pause()
        if look.found is None:
            self._warn(words.NO_RECORD)
        elif look.found:
            self.job.say("The job goes on from the checkpoint that it pushed last.")
            write_json(self.folder.job, {**job, "inputs": [*free, *look.found]})

    def _wait_for_inputs(self, kind: str = "") -> bool:
        """Whether they are all here, or those of a kind; not if the job is to stop, or to begin
        again.
        """
        told: list[str] = []
        begun = time.time()
        job = read_json(self.folder.job)
        lacking = inputs.waiting_for(self.folder, job, kind)
        fetch = Aside(partial(self._hub.fetch, [one for one in lacking if one.hub]))
        while lacking:
            where = "the Hub" if all(one.hub for one in lacking) else "home"
            names = [one.name for one in lacking]
            if names != told:
                self._note_waiting({"for": "inputs", "names": names})
                self.job.say(f"Waits for {', '.join(names)} from {where}.")
                told = names
            if self.folder.stop.exists():
                self.job.end(State.STOPPED)
                return False
            if begin_again.asked_for(self.folder):
                return False
            if fetch.failed:
                raise fetch.failed
            limit = self.job.limits.hub if where == "the Hub" else self.job.limits.inputs
            if time.time() - max(begun, _last_byte(self.folder.home)) > limit:
                trouble = self._hub.trouble if where == "the Hub" else ""
                raise CannotBegin(words.no_inputs(names, limit, trouble))
            self.job.pause()
            lacking = inputs.waiting_for(self.folder, job, kind)
        self._note_waiting(None)
        return True

    def _note_waiting(self, waiting: dict[str, Any] | None) -> None:
        status = Status(self.folder)
        if status.data.get("waiting") != waiting:
            status.save(waiting=waiting)

    def _warn(self, cause: Cause) -> None:
        making.event(self.folder, "warning", step="pod", cause=asdict(cause))


def _last_byte(home: Path) -> float:
    """When something of an input was written last, in seconds since 1970."""
    there = (home / "inputs").glob("*")
    return max((path.stat().st_mtime for path in there), default=0.0)
