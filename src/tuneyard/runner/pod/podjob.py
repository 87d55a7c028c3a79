"""The job of this pod, for each part of its course: its folder, its clock, and who may write it.

All that is known of it is in its folder. `state.json` is written only while the runner's lock
is held here, so that no runner does.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tuneyard.runner.folder import acquire, held, parse_line, read, read_json, read_json_or
from tuneyard.runner.process import Identity
from tuneyard.runner.states import State
from tuneyard.runner.step import Plan

from . import begin_again, boots, making, words
from .duties import Over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.runner.causes import Cause

    from .duties import Duties
    from .given import Given


class PodJob:
    def __init__(self, duties: Duties, given: Given) -> None:
        self.duties = duties
        self.given = given
        self.limits = duties.limits
        self.say = duties.say
        self.folder = making.folder(given)
        self.pod = boots.Boots(self.folder)
        self._near_deadline = False
        self._lock: int | None = None  # the runner's, while it is ours
        self._told = read(self.folder.events, -1).next

    def over(self) -> bool:
        """Whether the newest attempt has ended, and its runner has left."""
        state = read_json(self.folder.state)
        newest = max(self.folder.attempts(), default=0)
        ended = State(state["state"]).ended and state.get("attempt", 0) >= newest
        return ended and not held(self.folder.runner_lock)

    def end(self, state: State, cause: Cause | None = None) -> None:
        with self.alone():
            making.end(self.folder, state, cause)

    @contextmanager
    def alone(self, *, anyhow: bool = False) -> Iterator[None]:
        """With the runner's lock, and so the one who may write state.json. `anyhow`, a runner
        that has it is killed: whichever comes next finds all as it was.
        """
        if self._lock is not None:
            yield
            return
        end = time.monotonic() + 2.0
        while (lock := acquire(self.folder.runner_lock)) is None:
            if time.monotonic() > end:
                raise RuntimeError("a runner holds the job, which its guard is to write down")
            runner = Identity.from_json(read_json(self.folder.state).get("runner"))
            if anyhow and runner:
                runner.send(signal.SIGKILL)
        self._lock = lock
        try:
            yield
        finally:
            self._lock = None
            os.close(lock)

    def pause(self) -> None:
        """A moment, in which all that is due at any time is done. Raises Over as `Duties.pause`."""
        self.duties.pause()
        self.tell_events()
        if (self.folder.path / "pod.end").exists():
            raise Over("somebody asked for it")
        if self.duties.asked_to_end():
            self.say("The container is being stopped: the job is asked to save.")
            if not begin_again.wanted(self.folder):  # else nothing is there that is to be saved
                boots.stop_with_container(self.folder)
        if not self._near_deadline and self.duties.clock.left() < self._time_to_save():
            self._near_deadline = True
            self._save_before_deadline()

    def tell_events(self) -> None:
        """Says on the container's log what has happened since."""
        chunk = read(self.folder.events, self._told)
        complete = chunk.data.rfind(b"\n") + 1
        self._told += complete
        for line in chunk.data[:complete].splitlines(keepends=True):
            if told := words.event(parse_line(line) or {}):
                self.say(told)

    def _save_before_deadline(self) -> None:
        """Asks the job to stop while there is still time to. What already finishes is let finish."""
        left = self.duties.clock.left()
        making.event(self.folder, "deadline", seconds_left=round(left))
        state = State(read_json(self.folder.state)["state"])
        if not state.ended and state is not State.FINISHING and not self.folder.stop.exists():
            self.say("The deadline is near: the job is asked to save and stop.")
            self.folder.stop.write_text("save\n", encoding="utf-8")

    def _time_to_save(self) -> float:
        """Seconds before the deadline: what the slowest step may take to stop, and what that
        leaves to be pushed, within reason.
        """
        plan = read_json_or(self.folder.plan, {"recipe": "", "module": "", "steps": []})
        graces = (step.stop.grace for step in Plan.from_json(plan).steps)
        whole = self.duties.clock.at - self.pod.first
        push = self.limits.push if self.given.job["results"].get("repository") else 0.0
        return min(max(self.limits.save, *graces, 0.0) * 1.2 + push, whole * self.limits.share)
