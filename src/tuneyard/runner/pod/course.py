"""The course of a job through its pod, begun anew at any point after a restart.

    prepare: plan, wait for inputs → see the job through → wait for home

All it knows is in the job's folder. `state.json` it writes only while it holds
``runner.lock``, so that no runner does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tuneyard.runner import wrap
from tuneyard.runner.folder import (
    acquire,
    held,
    parse_line,
    read,
    read_json,
    read_json_or,
)
from tuneyard.runner.process import Identity
from tuneyard.runner.states import State
from tuneyard.runner.step import Plan

from . import again, boots, making, results, words
from .beginning import Beginning
from .children import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.runner.causes import Cause

    from .given import Given
    from .guard import Guard


class Over(Exception):
    """No error: the pod is to end, and this is why."""


class Course:
    def __init__(self, guard: Guard, given: Given) -> None:
        self.guard = guard
        self.given = given
        self.limits = guard.limits
        self.folder = making.folder(given)
        self.pod = boots.Boots(self.folder)
        self._booted = False
        self._near_deadline = False
        self._beginning = Beginning(self)
        self._lock: int | None = None  # the runner's, while it is ours
        self._told = read(self.folder.events, -1).next

    def run(self) -> str:
        """Why the pod is to end, when it is. Raises Over; may be called again after a failure."""
        self._boot()
        self._beginning.prepare()
        while not self._see_through():
            self._beginning.prepare()
        return self._wait_for_home()

    # -- the beginning ------------------------------------------------------------

    def _boot(self) -> None:
        """Notes that the container was started, and begins again what was cut off by it."""
        if self._booted:
            return
        self.pod.note()
        self._booted = True
        boot, hours = self.pod.count, self.guard.clock.left() / 3600
        making.event(self.folder, "boot", boot=boot, incarnation=self.pod.incarnation)
        self.guard.say(f"Boot {boot} for the job {self.folder.id}; {hours:.1f} h are left.")
        if not boots.cut_off(self.folder):
            return
        if cause := self.pod.looping(self.limits):
            self.end(State.FAILED, cause)
        else:
            boots.begin_attempt(self.folder, boot=boot)

    # -- the job ------------------------------------------------------------------

    def _see_through(self) -> bool:
        """Keeps a runner at work until the job has come to its end; False if it is to begin again."""
        if self.over():
            return True
        if again.wanted(self.folder):
            return False
        names = making.secrets_of(self.folder)
        environment = self.given.for_runner(names, str(self.folder.home))
        patience = Patience(self.limits.restart, self.limits.restart_longest)
        reached = boots.reached(self.folder)
        while not self.over():
            if again.wanted(self.folder):
                return False
            if not held(self.folder.runner_lock):
                if (now := boots.reached(self.folder)) != reached:
                    patience.forget()
                reached = now
                self._start_runner(patience, environment)
            self.pause()
        return True

    def _start_runner(self, patience: Patience, environment: dict[str, str]) -> None:
        alive = boots.alive(self.folder)
        if not alive and (needs := read_json(self.folder.state).get("needs")):
            self.end(State.FAILED, words.lacks(needs))
        elif patience.due():
            if patience.times > self.limits.restarts and not alive:
                self.end(State.FAILED, words.runner_ends(patience.times - 1))
                return
            making.give_room(self.folder)
            wrap.launch(sys.executable, self.folder, environment)

    def over(self) -> bool:
        """Whether the newest attempt has ended, and its runner has left."""
        state = read_json(self.folder.state)
        newest = max(self.folder.attempts(), default=0)
        ended = State(state["state"]).ended and state.get("attempt", 0) >= newest
        return ended and not held(self.folder.runner_lock)

    # -- the end ------------------------------------------------------------------

    def _wait_for_home(self) -> str:
        state = read_json(self.folder.state)
        self._tell_events()
        self.guard.say(words.end(state))
        worth = results.to_collect(self.folder)
        seconds = self.given.collect if worth else min(self.given.collect, self.limits.mirror)
        until = min((state.get("ended") or time.time()) + seconds, self.guard.clock.at)
        self.pod.collect_until(until)
        what = "its results to be collected" if worth else "home to read the end of its log"
        self.guard.say(f"Waits for {what}, {words.minutes(until - time.time())} at most.")
        end = time.monotonic() + until - time.time()
        while time.monotonic() < end:
            if self._collected():
                self._let_pages_hear()
                return "its results were collected"
            self.pause()
        return "nobody collected its results in time" if worth else "the job has ended"

    def _let_pages_hear(self) -> None:
        """Each asks now and then, and may not be the one that collected."""
        end = time.monotonic() + (self.limits.pages if self.given.has_pages else 0.0)
        while time.monotonic() < end:
            self.pause()

    def _collected(self) -> bool:
        note = read_json_or(self.folder.path / "pod.collected", {})
        return bool(note.get("incarnation") == self.pod.incarnation)

    # -- at all times -------------------------------------------------------------

    def pause(self) -> None:
        self.guard.pause()
        self._tell_events()
        if (self.folder.path / "pod.end").exists():
            raise Over("somebody asked for it")
        if self.guard.asked_to_end():
            self.guard.say("The container is being stopped: the job is asked to save.")
            if not again.wanted(self.folder):  # else nothing is there that is to be saved
                boots.stop_with_container(self.folder)
        if not self._near_deadline and self.guard.clock.left() < self._time_to_save():
            self._near_deadline = True
            self._save_before_deadline()

    def _tell_events(self) -> None:
        chunk = read(self.folder.events, self._told)
        complete = chunk.data.rfind(b"\n") + 1
        self._told += complete
        for line in chunk.data[:complete].splitlines(keepends=True):
            if told := words.event(parse_line(line) or {}):
                self.guard.say(told)

    def _save_before_deadline(self) -> None:
        """Asks the job to stop while there is still time to. What already finishes is let finish."""
        making.event(self.folder, "deadline", seconds_left=round(self.guard.clock.left()))
        state = State(read_json(self.folder.state)["state"])
        if not state.ended and state is not State.FINISHING and not self.folder.stop.exists():
            self.guard.say("The deadline is near: the job is asked to save and stop.")
            self.folder.stop.write_text("save\n", encoding="utf-8")

    def _time_to_save(self) -> float:
        """Seconds before the deadline: what the slowest step may take to stop, and what that
        leaves to be pushed, within reason.
        """
        plan = read_json_or(self.folder.plan, {"recipe": "", "module": "", "steps": []})
        graces = (step.stop.grace for step in Plan.from_json(plan).steps)
        whole = self.guard.clock.at - self.pod.first
        push = self.limits.push if self.given.job["results"].get("repository") else 0.0
        return min(max(self.limits.save, *graces, 0.0) * 1.2 + push, whole * self.limits.share)

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
