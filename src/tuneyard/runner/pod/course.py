"""The course of a job through its pod, begun anew at any point after a restart.

It is prepared (inputs are waited for, and it is planned), seen through, and waits for home.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tuneyard.runner import wrap
from tuneyard.runner.folder import held, read_json, read_json_or
from tuneyard.runner.states import State

from . import begin_again, boots, making, results, words
from .beginning import Beginning
from .children import Patience
from .podjob import PodJob

if TYPE_CHECKING:
    from .duties import Duties
    from .given import Given


class Course:
    def __init__(self, duties: Duties, given: Given) -> None:
        self.job = PodJob(duties, given)
        self.given = given
        self.limits = duties.limits
        self.folder = self.job.folder
        self._booted = False
        self._beginning = Beginning(self.job)
        duties.begin(self.folder, given.for_face())

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
        pod = self.job.pod
        pod.note()
        self._booted = True
        boot, hours = pod.count, self.job.duties.clock.left() / 3600
        making.event(self.folder, "boot", boot=boot, incarnation=pod.incarnation)
        self.job.say(f"Boot {boot} for the job {self.folder.id}; {hours:.1f} h are left.")
        if not boots.cut_off(self.folder):
            return
        if cause := pod.looping(self.limits):
            self.job.end(State.FAILED, cause)
        else:
            boots.begin_attempt(self.folder, boot=boot)

    # -- the job ------------------------------------------------------------------

    def _see_through(self) -> bool:
        """Keeps a runner at work until the job has come to its end; False if it is to begin again."""
        if self.job.over():
            return True
        if begin_again.wanted(self.folder):
            return False
        names = making.secrets_of(self.folder)
        environment = self.given.for_runner(names, str(self.folder.home))
        patience = Patience(self.limits.restart, self.limits.restart_longest)
        reached = boots.reached(self.folder)
        while not self.job.over():
            if begin_again.wanted(self.folder):
                return False
            if not held(self.folder.runner_lock):
                if (now := boots.reached(self.folder)) != reached:
                    patience.forget()
                reached = now
                self._start_runner(patience, environment)
            self.job.pause()
        return True

    def _start_runner(self, patience: Patience, environment: dict[str, str]) -> None:
        alive = boots.alive(self.folder)
        if not alive and (needs := read_json(self.folder.state).get("needs")):
            self.job.end(State.FAILED, words.lacks(needs))
        elif patience.due():
            if patience.times > self.limits.restarts and not alive:
                self.job.end(State.FAILED, words.runner_ends(patience.times - 1))
                return
            making.give_room(self.folder)
            wrap.launch(sys.executable, self.folder, environment)

    # -- the end ------------------------------------------------------------------

    def _wait_for_home(self) -> str:
        state = read_json(self.folder.state)
        self.job.tell_events()
        self.job.say(words.end(state))
        worth = results.to_collect(self.folder)
        seconds = self.given.collect if worth else min(self.given.collect, self.limits.mirror)
        ended = state.get("ended") or time.time()
        until = min(ended + seconds, self.job.duties.clock.at)
        self.job.pod.collect_until(until)
        what = "its results to be collected" if worth else "home to read the end of its log"
        self.job.say(f"Waits for {what}, {words.minutes(until - time.time())} at most.")
        end = time.monotonic() + until - time.time()
        while time.monotonic() < end:
            if self._collected():
                self._let_pages_hear()
                return "its results were collected"
            self.job.pause()
        return "nobody collected its results in time" if worth else "the job has ended"

    def _let_pages_hear(self) -> None:
        """Each asks now and then, and may not be the one that collected."""
        end = time.monotonic() + (self.limits.pages if self.given.has_pages else 0.0)
        while time.monotonic() < end:
            self.job.pause()

    def _collected(self) -> bool:
        note = read_json_or(self.folder.path / "pod.collected", {})
        return bool(note.get("incarnation") == self.job.pod.incarnation)
