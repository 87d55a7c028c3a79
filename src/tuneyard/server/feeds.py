"""What a page can follow beside files. A page takes the next message when the last has gone out.

Nothing gathers here for a page that is slow: of a job and of this computer only the newest
state counts, and changes of the list are merged by the index until they are asked for.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any, Protocol

from .frames import text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from tuneyard.runner.folder import JobFolder

    from .frames import Message

LOOK = 0.25  # seconds between two looks at a job's folder
SAMPLE = 2.0  # seconds between two figures of this computer

_LOG = logging.getLogger(__name__)
# What a view is made of, but for the log: its size alone is no news.
_PARTS = (
    "job.json",
    "state.json",
    "events.jsonl",
    "stop",
    "save",
    "attempts",
    "steps",
    "outputs",
    "samples",
)


class Feed(Protocol):
    async def take(self) -> Message | None:
        """The next message, or None if there is none until the page is woken."""

    def close(self) -> None:
        """Nothing is taken any more."""


class Change(Protocol):
    @property
    def rows(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def removed(self) -> Sequence[str]: ...
    @property
    def counts(self) -> Mapping[str, int]: ...


class Changes(Protocol):
    async def next(self) -> Change:
        """Waits for a change; those that were not asked for in time come as one."""


class Index(Protocol):
    def counts(self) -> Mapping[str, int]: ...
    def subscribe(self) -> AbstractContextManager[Changes]: ...


class System(Protocol):
    def now(self) -> Any:
        """This computer as it is now, as JSON or a model of it. Called in a thread."""


class Views(Protocol):
    def view(self, folder: JobFolder) -> Any:
        """A job as a whole, as JSON or a model of it. Called in a thread."""


class Listing:
    """The list of jobs, as it changes. The first message says that changes follow."""

    def __init__(self, index: Index, wake: Callable[[], None]) -> None:
        self._index = index
        self._wake = wake
        self._next: str | None = None
        self._wanted = asyncio.Event()
        self._task = asyncio.create_task(self._wait())

    async def take(self) -> str | None:
        message, self._next = self._next, None
        if message is not None:
            self._wanted.set()
        return message

    def close(self) -> None:
        self._task.cancel()

    async def _wait(self) -> None:
        with self._index.subscribe() as changes:
            self._give([], [], self._index.counts())
            while await self._wanted.wait():
                self._wanted.clear()
                change = await changes.next()
                self._give(change.rows, change.removed, change.counts)

    def _give(
        self, rows: Sequence[Mapping[str, Any]], removed: Sequence[str], counts: Mapping[str, int]
    ) -> None:
        changed = {"rows": rows, "removed": removed, "counts": counts}
        self._next = text({"channel": "jobs", **changed})
        self._wake()


class Board:
    """One text, the same for all who look; `keep` keeps it current while anybody does."""

    def __init__(
        self, keep: Callable[[Board], Awaitable[None]], forget: Callable[[], object]
    ) -> None:
        self.text = ""
        self.version = 0
        self._keep = keep
        self._forget = forget
        self._glances: set[Glance] = set()
        self._task = asyncio.create_task(self._run())

    def look(self, wake: Callable[[], None]) -> Glance:
        glance = Glance(self, wake)
        self._glances.add(glance)
        return glance

    def leave(self, glance: Glance) -> None:
        self._glances.discard(glance)
        if not self._glances:
            self._task.cancel()
            self._forget()

    def show(self, text: str) -> None:
        if text == self.text:
            return
        self.text = text
        self.version += 1
        for glance in self._glances:
            glance.wake()

    async def _run(self) -> None:
        told = ""
        while True:
            try:
                await self._keep(self)
            except Exception as error:  # noqa: BLE001 - what is shown stays, and the server lives
                if told != (told := repr(error)):
                    _LOG.exception("What a page follows could not be read")
                await asyncio.sleep(SAMPLE)


class Glance:
    """One page's look at a board."""

    def __init__(self, board: Board, wake: Callable[[], None]) -> None:
        self.wake = wake
        self._board = board
        self._seen = 0

    async def take(self) -> str | None:
        if self._seen == self._board.version:
            return None
        self._seen = self._board.version
        return self._board.text

    def close(self) -> None:
        self._board.leave(self)


async def keep_job(board: Board, views: Views, folder: JobFolder) -> None:
    """Shows a job anew when its folder has changed, and null when it is gone."""
    before: tuple[int, ...] | None = None
    while True:
        now = await asyncio.to_thread(_times, folder)
        if now != before:
            board.show(await asyncio.to_thread(_view, views, folder))
            before = now
        await asyncio.sleep(LOOK)


async def keep_system(board: Board, system: System) -> None:
    while True:
        figures = await asyncio.to_thread(system.now)
        board.show(text({"channel": "system", "figures": figures}))
        await asyncio.sleep(SAMPLE)


def _view(views: Views, folder: JobFolder) -> str:
    view = None
    try:
        if folder.job.exists():
            view = views.view(folder)
    except Exception:
        if folder.job.exists():  # else it was removed meanwhile
            raise
    return text({"channel": "job", "job": folder.id, "view": view})


def _times(folder: JobFolder) -> tuple[int, ...]:
    return tuple(_time_of(f"{folder.path}/{name}") for name in _PARTS)


def _time_of(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a few, four times a second
    except OSError:
        return 0
