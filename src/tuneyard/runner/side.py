"""Side tasks: small work beside a step, on the CPU, one at a time. They never fail a job.

What is to be done follows from the events in the folder, and what was done from
``steps/side-*.json``: a runner that comes after a killed one finds the same list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .folder import read_json_or, read_lines
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .folder import JobFolder
    from .status import Status
    from .step import Step
    from .wrap import Order

LOCK = "side.lock"


class SideTasks:
    """`tasks` is the recipe's answer to an event; `order` what the runner would start for one."""

    def __init__(
        self,
        folder: JobFolder,
        status: Status,
        tasks: Callable[[dict[str, Any], dict[str, Any]], Iterable[Step]],
        order: Callable[[Step, str], Order],
    ) -> None:
        self.folder = folder
        self.status = status
        self._tasks = tasks
        self._order = order
        self._read_to = 0
        self._waiting: list[Step] = []
        self._current: Watch | None = None
        self._ended = False  # by us

    @property
    def busy(self) -> bool:
        return self._current is not None or bool(self._waiting)

    @property
    def title(self) -> str:
        """Of the one that runs."""
        return self._current.step.title if self._current else ""

    def pump(self) -> None:
        self._collect()
        self.go_on()

    def go_on(self) -> None:
        """As `pump`, with nothing but what was found before."""
        self._look()
        if self._current is None and self._waiting:
            self._begin(self._waiting.pop(0))

    def drop(self) -> None:
        """Ends the one that runs and forgets the others; the next attempt finds them again."""
        self._waiting.clear()
        self._end()

    def hold(self) -> None:
        """The same, but lets a push go on: what it sends may stay the newest."""
        self._waiting.clear()
        if self._current is not None and not self._current.step.pushes:
            self._end()
        self._look()

    def leave_last_push(self) -> bool:
        """Leaves nothing to be done but the push of the newest checkpoint; False if it is done."""
        self._look()
        newest = [task for task in self._found(0) if task.pushes][-1:]
        self._waiting = [task for task in newest if not self._done(task)]
        if self._current is None or self._current.step.name not in [t.name for t in self._waiting]:
            self._end()
            return bool(self._waiting)
        self._waiting.clear()
        return True

    def _end(self) -> None:
        if self._current is not None:
            self._current.kill()
            self._ended = True
            self._look()

    def _collect(self) -> None:
        events = self.folder.events
        size = events.stat().st_size if events.exists() else 0
        if size > self._read_to:
            self._waiting += [t for t in self._found(self._read_to) if not self._done(t)]
            self._read_to = size

    def _found(self, begin: int) -> list[Step]:
        job = read_json_or(self.folder.job, {})
        lines = read_lines(self.folder.events, begin)
        return [task for event in lines for task in self._tasks(event, job)]

    def _done(self, task: Step) -> bool:
        """Whether it came to an end of its own; one that was killed has another try an attempt."""
        record = read_json_or(self.folder.finished(f"side-{task.name}"), {})
        if not record:
            return False
        killed = record["exit"] is None or record["exit"] < 0
        return not killed or record["attempt"] == self.status.data["attempt"]

    def _begin(self, task: Step) -> None:
        watch = Watch(self.folder, self.status, task, self._order(task, f"side-{task.name}"))
        if watch.started is None:
            watch.start()
        self._current, self._ended = watch, False

    def _look(self) -> None:
        if self._current is None:
            return
        record = self._current.look()
        if record is None:
            return
        if record["exit"] != 0 and not self._ended:
            task = self._current.step
            self.status.event("warning", step=task.name, title=task.title, exit=record["exit"])
        self._current = None
