"""All jobs' rows in memory, kept as their folders are; unfinished ones get their runner again.

Folders are the truth and others write them too: the CLI, runners, other servers' heirs.
So this looks at the disk, cheaply: names by the time of the jobs' folder, unfinished jobs
four times a second, ended ones a few at a time. Whoever starts an attempt touches the
jobs' folder (`Manager` does), so that the list knows at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.jobs.view import row
from tuneyard.runner.folder import JobFolder, parse_line, read
from tuneyard.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tuneyard.jobs.manager import Manager

LOOK = 0.25  # seconds between two looks at what is unfinished
_TEND = 3.0  # seconds between two looks whether a runner lives
_ALL = 60.0  # seconds in which every ended job is looked at once
_TICK = 50_000_000  # nanoseconds in which two changes may get the same time
_TREND = 40  # values
_TAIL = 1 << 16  # bytes of metrics.jsonl that a trend is made of

Row = dict[str, Any]
Stamp = tuple[tuple[int, int], ...]


@dataclass
class Change:
    """What is new since the last one; a row of `rows` may be one already known, anew."""

    rows: list[Row]
    removed: list[str]
    counts: dict[str, int]


@dataclass
class _Known:
    row: Row
    stamp: Stamp


class Subscription:
    """Changes for one reader; what it hasn't taken yet is merged, so it never grows beyond a list."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._new = asyncio.Event()
        self._rows: dict[str, Row] = {}
        self._removed: set[str] = set()

    @property
    def pending(self) -> bool:
        """Whether `next` would answer at once."""
        return self._new.is_set()

    def tell(self, rows: Sequence[Row], removed: Sequence[str]) -> None:
        for each in rows:
            self._removed.discard(each["id"])
            self._rows[each["id"]] = each
        for job_id in removed:
            self._rows.pop(job_id, None)
            self._removed.add(job_id)
        self._new.set()

    async def next(self) -> Change:
        await self._new.wait()
        self._new.clear()
        change = Change(list(self._rows.values()), sorted(self._removed), self._index.counts())
        self._rows, self._removed = {}, set()
        return change


@dataclass
class Index:
    manager: Manager
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, _Known] = field(default_factory=dict)
    _unfinished: set[str] = field(default_factory=set)
    _folder_time: int = 0
    _tended: float = float("-inf")
    _round: list[str] = field(default_factory=list)  # ended jobs that have yet to be looked at
    _readers: set[Subscription] = field(default_factory=set)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    # -- asking -------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Jobs by state; those that can't be read are ``unreadable``."""
        return dict(Counter(known.row["state"] or "unreadable" for known in self._known.values()))

    def page(
        self,
        *,
        states: Sequence[str] = (),
        recipe: str = "",
        text: str = "",
        offset: int,
        limit: int,
    ) -> tuple[list[Row], int]:
        """Rows that fit and how many there are in all: running, waiting, ended; each the newest first."""
        words = text.casefold().split()
        fitting = [
            known.row
            for known in self._known.values()
            if (not states or (known.row["state"] or "unreadable") in states)
            and (not recipe or known.row["recipe"] == recipe)
            and _has(known.row, words)
        ]
        fitting.sort(key=lambda each: each["id"], reverse=True)
        fitting.sort(key=self._rank)
        return fitting[offset : offset + limit], len(fitting)

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """For `async` readers: ``await subscription.next()`` gives a `Change`."""
        subscription = Subscription(self)
        self._readers.add(subscription)
        try:
            yield subscription
        finally:
            self._readers.discard(subscription)

    def _rank(self, each: Row) -> int:
        if each["id"] not in self._unfinished:
            return 2
        return 1 if each["state"] == State.QUEUED.value else 0

    # -- looking ------------------------------------------------------------------

    async def run(self) -> None:
        """Looks for as long as the server lives."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._asked.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK)

    def hurry(self) -> None:
        """Asks for a look at once; from any thread, by whoever changed a job."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._asked.set)

    async def look(self) -> None:
        """One look at the disk."""
        async with self._looking:
            rows, removed = await asyncio.to_thread(self._look)
        if rows or removed:
            for reader in self._readers:
                reader.tell(rows, removed)

    def _look(self) -> tuple[list[Row], list[str]]:
        now = self.clock()
        removed: list[str] = []
        changed, _ = _seen(str(self.manager.folder))
        if changed != self._folder_time:
            self._folder_time = changed if _settled(changed) else 0
            ids = self.manager.ids()
            removed = [job_id for job_id in self._known if job_id not in set(ids)]
            for job_id in removed:
                self._known.pop(job_id)
                self._unfinished.discard(job_id)
        else:
            ids = [*self._unfinished, *self._a_few_ended()]
        rows = [new for job_id in ids if (new := self._look_at(job_id)) is not None]
        if now >= self._tended + _TEND:
            self._tended = now
            for job_id in list(self._unfinished):
                self._tend(JobFolder(self.manager.folder / job_id))
        return rows, removed

    def _a_few_ended(self) -> list[str]:
        """Some of them in turn, so that each has had its turn within a minute."""
        if not self._round:
            self._round = [job_id for job_id in self._known if job_id not in self._unfinished]
        count = int(len(self._known) * LOOK / _ALL) + 1
        few, self._round = self._round[-count:], self._round[:-count]
        return [job_id for job_id in few if job_id in self._known]

    def _look_at(self, job_id: str) -> Row | None:
        """The row if it is new or another than before."""
        stamp = _stamp(f"{self.manager.folder}/{job_id}")
        known = self._known.get(job_id)
        if known is not None and known.stamp == stamp:
            return None
        folder = JobFolder(self.manager.folder / job_id)
        state = self.manager.state(folder)
        unfinished = state["state"] is not None and not State(state["state"]).ended
        new = {**row(self.manager, state), "trend": _trend(folder, state) if unfinished else []}
        (self._unfinished.add if unfinished else self._unfinished.discard)(job_id)
        self._known[job_id] = _Known(new, stamp)
        return new if known is None or known.row != new else None

    def _tend(self, folder: JobFolder) -> None:
        with contextlib.suppress(OSError):  # it may just have been removed
            self.manager.tend(folder)


def _has(row: Row, words: list[str]) -> bool:
    if not words:
        return True
    whole = f"{row['id']} {row['name']} {row['recipe']} {row['compute']}".casefold()
    return all(word in whole for word in words)


def _stamp(path: str) -> Stamp:
    """Changes whenever the state does, and when an attempt is made that nobody has begun yet."""
    return tuple(_seen(f"{path}/{name}") for name in ("state.json", "attempts", "stop"))


def _seen(path: str) -> tuple[int, int]:
    """Time and inode: a file that is replaced twice within a tick of the clock has another inode."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def _settled(moment: int) -> bool:
    """Whether a folder can't change any more without its time doing so too."""
    return time.time_ns() - moment > _TICK


def _trend(folder: JobFolder, state: dict[str, Any]) -> list[float]:
    """The main figure over the newest lines, evenly chosen."""
    name = next(iter(state.get("figure") or {}), None)
    if name is None:
        return []
    lines = read(folder.metrics, -_TAIL, _TAIL).data.splitlines(keepends=True)[1:]
    values = [
        float(line[name])
        for raw in lines
        if (line := parse_line(raw)) and isinstance(line.get(name), int | float)
    ]
    every = max(1, len(values) // _TREND)
    return values[::-every][:_TREND][::-1]
