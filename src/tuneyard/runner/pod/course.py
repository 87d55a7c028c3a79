"""The course of a job through its pod, begun anew at any point after a restart.

    prepare: plan, wait for inputs → see the job through → wait for home

All it knows is in the job's folder. `state.json` it writes only while it holds
``runner.lock``, so that no runner does.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from tuneyard.runner import wrap
from tuneyard.runner.folder import acquire, held, parse_line, read, read_json, read_json_or
from tuneyard.runner.states import State
from tuneyard.runner.status import Status
from tuneyard.runner.step import Plan

from . import boots, inputs, making, results, words
from .children import Patience
from .making import CannotBegin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
        self._told = read(self.folder.events, -1).next

    def run(self) -> str:
        """Why the pod is to end, when it is. Raises Over; may be called again after a failure."""
        self._boot()
        self._prepare()
        self._see_through()
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
            self._end(State.FAILED, cause)
        else:
            boots.begin_attempt(self.folder, boot=boot)

    def _prepare(self) -> None:
        """Brings the job to where a runner can take it over, or to its end."""
        if self.folder.plan.exists() or self._over():
            return
        try:
            making.check(self.given, self.folder.home)
            self._wait_for_inputs()
            if not self._over():
                making.plan(self.folder, self.given)
        except CannotBegin as unable:
            self._end(State.FAILED, unable.cause)

    def _wait_for_inputs(self) -> None:
        told: list[str] = []
        begun = time.time()
        while lacking := inputs.waiting_for(self.folder, self.given.job):
            if lacking != told:
                self.guard.say(f"Waits for {', '.join(lacking)} from home.")
                self._note_waiting({"for": "inputs", "names": lacking})
                told = lacking
            if self.folder.stop.exists():
                self._end(State.STOPPED)
                return
            if time.time() - max(begun, _last_byte(self.folder.home)) > self.limits.inputs:
                raise CannotBegin(words.no_inputs(lacking, self.limits.inputs))
            self._pause()
        self._note_waiting(None)

    def _note_waiting(self, waiting: dict[str, Any] | None) -> None:
        status = Status(self.folder)
        if status.data.get("waiting") != waiting:
            self._alone(lambda: status.save(waiting=waiting))

    # -- the job ------------------------------------------------------------------

    def _see_through(self) -> None:
        """Keeps a runner at work until the job has come to its end."""
        if self._over():
            return
        names = making.secrets_of(self.folder)
        environment = self.given.for_runner(names, str(self.folder.home))
        patience = Patience(self.limits.restart, self.limits.restart_longest)
        reached = boots.reached(self.folder)
        while not self._over():
            if not held(self.folder.runner_lock):
                if (now := boots.reached(self.folder)) != reached:
                    patience.forget()
                reached = now
                self._start_runner(patience, environment)
            self._pause()

    def _start_runner(self, patience: Patience, environment: dict[str, str]) -> None:
        alive = boots.alive(self.folder)
        if not alive and (needs := read_json(self.folder.state).get("needs")):
            self._end(State.FAILED, words.lacks(needs))
        elif patience.due():
            if patience.times > self.limits.restarts and not alive:
                self._end(State.FAILED, words.runner_ends(patience.times - 1))
                return
            making.give_room(self.folder)
            wrap.launch(sys.executable, self.folder, environment)

    def _over(self) -> bool:
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
                return "its results were collected"
            self._pause()
        return "nobody collected its results in time" if worth else "the job has ended"

    def _collected(self) -> bool:
        note = read_json_or(self.folder.path / "pod.collected", {})
        return bool(note.get("incarnation") == self.pod.incarnation)

    # -- at all times -------------------------------------------------------------

    def _pause(self) -> None:
        self.guard.pause()
        self._tell_events()
        if (self.folder.path / "pod.end").exists():
            raise Over("somebody asked for it")
        if self.guard.asked_to_end():
            self.guard.say("The container is being stopped: the job is asked to save.")
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
        """Seconds before the deadline: what the slowest step may take to stop, within reason."""
        plan = read_json_or(self.folder.plan, {"recipe": "", "module": "", "steps": []})
        graces = (step.stop.grace for step in Plan.from_json(plan).steps)
        whole = self.guard.clock.at - self.pod.first
        return min(max(self.limits.save, *graces, 0.0) * 1.2, whole * self.limits.share)

    def _end(self, state: State, cause: Cause | None = None) -> None:
        self._alone(lambda: making.end(self.folder, state, cause))

    def _alone(self, write: Callable[[], None]) -> None:
        """Writes state.json as a runner would: with its lock."""
        lock = acquire(self.folder.runner_lock, wait=2.0)
        if lock is None:
            raise RuntimeError("a runner holds the job, which its guard is to write down")
        try:
            write()
        finally:
            os.close(lock)


def _last_byte(home: Path) -> float:
    """When something of an input was written last, in seconds since 1970."""
    there = (home / "inputs").glob("*")
    return max((path.stat().st_mtime for path in there), default=0.0)
