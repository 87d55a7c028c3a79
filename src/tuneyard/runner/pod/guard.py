"""PID 1 of a pod: keeps the job going and the face alive, and ends the pod.

It never exits: RunPod would start the container again and bill on.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from tuneyard.runner.environ import is_secret

from . import boots, making
from .course import Course
from .duties import Duties, Over
from .ending import Api, Clock, Ender
from .given import Given, Limits, NotGiven, deadline
from .log import Log

if TYPE_CHECKING:
    from collections.abc import Mapping


def main(_argv: list[str]) -> NoReturn:
    environ = dict(os.environ)
    limits = Limits.of(environ)
    log = Log(value for name, value in environ.items() if is_secret(name))
    ender = _watch_the_clock(environ, limits, log)
    while True:
        try:
            guard = Guard(environ, Duties(limits, log, ender), ender)
            guard.run()
            guard.stay()
        except Exception as error:  # noqa: BLE001 - whatever it is, the pod must end
            log.trouble(error)
            ender.want("its guard failed")
            time.sleep(1)


def _watch_the_clock(environ: Mapping[str, str], limits: Limits, log: Log) -> Ender:
    """Before anything else: from now on the pod ends in time."""
    while True:
        try:
            clock = Clock(deadline(environ), limits.believe)
            ender = Ender(Api(environ), clock, log.say, limits.end_pause, limits.end_longest)
            ender.start()
            return ender
        except Exception as error:  # noqa: BLE001 - same
            log.trouble(error)
            time.sleep(1)


class Guard:
    def __init__(self, environ: Mapping[str, str], duties: Duties, ender: Ender) -> None:
        self.environ = environ
        self.duties = duties
        self._ender = ender
        self._course: Course | None = None

    def run(self) -> None:
        """Until the pod is to end. Works on after failures of its own, for a while."""
        limits = self.duties.limits
        troubles = _Troubles(limits)
        while not self._ender.ending:
            try:
                if self._course is None:
                    self._course = Course(self.duties, Given.of(self.environ, sys.argv[0]))
                self._ender.want(self._course.run())
            except (Over, NotGiven) as over:
                self._ender.want(str(over))
            except Exception as error:  # noqa: BLE001 - the job may well go on meanwhile
                self.duties.log.trouble(error)
                if troubles.too_many() and not self._anything_lives():
                    self._ender.want("its guard failed again and again")
                self._bear()
                self.duties.wait(troubles.pause)

    def stay(self) -> NoReturn:
        """Until the pod is gone: home may still look at it."""
        if self._course is not None:
            with contextlib.suppress(OSError):
                making.event(self._course.folder, "ending", why=self._ender.why)
        while True:
            with contextlib.suppress(Exception):
                self.duties.tend()
            self.duties.wait(1.0)

    def _anything_lives(self) -> bool:
        """Whether the job goes on without its guard: then there is the deadline."""
        with contextlib.suppress(Exception):
            return self._course is not None and boots.alive(self._course.folder)
        return False

    def _bear(self) -> None:
        """After a failure: whatever it was, a full disk would explain it."""
        with contextlib.suppress(Exception):
            if self._course is not None:
                making.give_room(self._course.folder)
            self.duties.tend()


class _Troubles:
    """Counts failures of the guard itself; those that lie long back don't count."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._count = 0
        self._last = 0.0

    def too_many(self) -> bool:
        if time.monotonic() > self._last + self._limits.loop:
            self._count = 0
        self._count += 1
        self._last = time.monotonic()
        return self._count > self._limits.troubles

    @property
    def pause(self) -> float:
        return float(min(self._limits.poll * 2.0**self._count, self._limits.restart_longest))
