"""Watches one step or side task: starts its wrapper, or finds it running and goes on.

The same whether this runner started it or adopted it from one that was killed:
all that is known comes from ``steps/<key>.started`` and ``steps/<key>.json``.
"""

from __future__ import annotations

import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any

from . import process, wrap
from .ends import NOT_STARTED, Ended
from .folder import held, read_json_or, write_json
from .process import Identity
from .states import State

if TYPE_CHECKING:
    from .folder import JobFolder
    from .status import Status
    from .step import Step
    from .wrap import Order

_TRIES_TO_START = 3
_MOMENT = 1.0  # seconds in which a command that starts or ends is looked at closely
_BETWEEN_SEARCHES = 1.0  # seconds; looking through all processes takes milliseconds


class Watch:
    def __init__(self, folder: JobFolder, status: Status, step: Step, order: Order) -> None:
        self.folder = folder
        self.status = status
        self.step = step
        self.order = order
        self._child: int | None = None
        self._tries = 0
        self._hurry_until = time.monotonic() + _MOMENT
        self._asked = False
        self._unwatched = False
        self._next_search = 0.0
        self._left_behind: float | None = None

    # -- what is known ------------------------------------------------------------

    @property
    def started(self) -> dict[str, Any] | None:
        """What the wrapper said of its processes, in this attempt."""
        record = read_json_or(self.folder.started(self.order.key), {})
        return record if record.get("attempt") == self.order.attempt else None

    @property
    def record(self) -> dict[str, Any] | None:
        """What the wrapper said of the end, in this attempt."""
        record = read_json_or(self.folder.finished(self.order.key), {})
        return record if record.get("attempt") == self.order.attempt else None

    @property
    def command(self) -> Identity | None:
        started = self.started
        return Identity.from_json(started["command"]) if started else None

    # -- its life -----------------------------------------------------------------

    def start(self) -> None:
        """Starts a wrapper. Should one be there already, the new one leaves at once."""
        self._tries += 1
        self._child = wrap.start(self.order)

    def look(self) -> dict[str, Any] | None:
        """How it ended (``exit`` None: nobody knows), or None while it runs."""
        self._reap()
        if (record := self.record) is not None:
            return record
        started = self.started
        if started is None:
            self._begin_again_if_needed()
            return None
        wrapper = Identity.from_json(started["wrapper"])
        if wrapper is not None and wrapper.alive():
            return None
        if self._lives_unwatched(started):
            return None
        # Once more: it may have ended between the looks.
        return self.record or self._write_end(started)

    def pause(self, seconds: float) -> None:
        """Until the command ends, or for so long at most."""
        command = self.command
        if command is not None and command.alive():
            self._hurry_until = time.monotonic() + _MOMENT
            _wait_for_exit(command.pid, seconds)
        elif time.monotonic() < self._hurry_until:
            time.sleep(0.005)  # it starts or ends this moment
        else:
            time.sleep(seconds)

    def ask(self) -> None:
        """Asks it, once, in the recipe's way, to leave a checkpoint and end."""
        if self._asked:
            return
        if self.step.stop.file:
            (self.folder.work / self.step.stop.file).touch()
            self._asked = True
        else:
            self._asked = self._signal(signal.Signals[self.step.stop.signal])

    def kill(self) -> None:
        """Kills all of it, whatever group its processes are in by now. The wrapper lives on."""
        if (command := self.command) is not None:
            command.send_to_group(signal.SIGKILL)
        process.kill_all(self.folder, self.order.key)

    def _signal(self, number: signal.Signals) -> bool:
        if self.started is None:
            return False
        if (command := self.command) is not None:
            return command.send(number)
        # Its wrapper was killed before it could say which process it is.
        return bool(process.signal_all(number, self.folder, self.order.key))

    def _begin_again_if_needed(self) -> None:
        """The wrapper is starting, or died before it began: then another may."""
        lock = self.folder.path / self.order.lock
        if self._child is not None or held(lock) or self.record or self.started:
            return
        if self._tries >= _TRIES_TO_START:
            raise Ended(State.FAILED, NOT_STARTED)
        self.start()

    def _reap(self) -> None:
        if self._child is not None and os.waitpid(self._child, os.WNOHANG)[0]:
            self._child = None

    def _lives_unwatched(self, started: dict[str, Any]) -> bool:
        """Whether the command goes on although its wrapper is gone."""
        command = Identity.from_json(started["command"])
        alive = held(self.folder.path / self.order.lock) or bool(command and command.alive())
        if not alive and time.monotonic() < self._next_search:
            return True
        if not alive:
            alive = bool(process.of_job(self.folder, self.order.key))
            self._next_search = time.monotonic() + _BETWEEN_SEARCHES
        if alive and not self._unwatched:
            self._unwatched = True
            self.status.event("unwatched", step=self.step.name)
        if alive and command is not None and not command.alive():
            self._clear_away()
        return alive

    def _clear_away(self) -> None:
        """What the command left behind: the wrapper would have ended it, so this does."""
        if self._left_behind is None:
            self._left_behind = time.monotonic()
        elif time.monotonic() > self._left_behind + self.order.linger:
            process.kill_all(self.folder, self.order.key)

    def _write_end(self, started: dict[str, Any]) -> dict[str, Any]:
        """The end as a step of ours itself left it, else an end that nobody knows."""
        proof = read_json_or(self.folder.work / f"proof-{self.order.key}.json", {})
        record = {
            "name": self.step.name,
            "attempt": self.order.attempt,
            "fingerprint": self.order.fingerprint,
            "exit": proof["exit"] if proof.get("attempt") == self.order.attempt else None,
            "started": started["started"],
            "ended": time.time(),
            "left_behind": 0,
        }
        write_json(self.folder.finished(self.order.key), record)
        return record


def _wait_for_exit(pid: int, seconds: float) -> None:
    """Returns when a process, ours or not, has ended, or after so many seconds."""
    try:
        number = os.pidfd_open(pid)
    except (OSError, AttributeError):  # ended just now, or a kernel without
        time.sleep(min(seconds, 0.05))
        return
    try:
        select.select([number], [], [], seconds)
    finally:
        os.close(number)
