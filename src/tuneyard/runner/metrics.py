"""Reads the trainer's own event lines and derives metrics.jsonl and events from them.

A cursor holds how far the source was read and how long the output was then, in
one atomic write. After a kill the output is cut back to that length and made
again from there, so that the same source always gives the same metrics.jsonl.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

from .folder import FolderError, append_line, private, read, read_json_or, read_lines, write_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .folder import JobFolder
    from .status import Status
    from .step import Plan, Seen

_AT_ONCE = 1 << 20  # bytes read in one go


class Follower:
    """Follows one source file; `seen` is the recipe's reading of a line."""

    def __init__(
        self, folder: JobFolder, source: Path, seen: Callable[[bytes], Seen | None]
    ) -> None:
        self.folder = folder
        self.source = source
        self.seen = seen
        self.cursor_file = folder.path / "metrics.cursor"
        cursor = _read_cursor(self.cursor_file)
        self.offset: int = cursor.get("source", 0)
        self.written: int = cursor.get("metrics", 0)
        self.progress: dict[str, Any] = cursor.get("progress", {})
        self.latest: dict[str, Any] = cursor.get("latest", {})
        self.figure: dict[str, float] = cursor.get("figure", {})
        self.replayed = self._events_beyond_the_cursor()
        self._cut_back()

    def pump(self) -> bool:
        """Reads what is new; True if there was anything."""
        chunk = read(self.source, self.offset, _AT_ONCE)
        complete = chunk.data.rfind(b"\n") + 1
        if chunk.reset or not complete:
            return False
        metrics: list[bytes] = []
        for line in chunk.data[:complete].splitlines(keepends=True):
            found = self.seen(line)
            self.offset += len(line)
            if found is not None:
                self._take(found, metrics)
        self._append(metrics)
        self._save()
        return True

    def _take(self, found: Seen, metrics: list[bytes]) -> None:
        if found.metrics is not None:
            metrics.append(_as_line(found.metrics))
            self.latest = found.metrics
            self.figure = main_figure(found.metrics, self.figure)
        if found.progress is not None:
            self.progress = {**self.progress, **found.progress}
        if found.event is not None and self.offset not in self.replayed:
            append_line(
                self.folder.events, {"t": time.time(), **found.event, "source": self.offset}
            )

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        data = b"".join(lines)
        with open(self.folder.metrics, "ab", opener=private) as file:
            file.write(data)  # all of it, or an error: a disk may fill up in between
        self.written += len(data)

    def _save(self) -> None:
        cursor = {
            "source": self.offset,
            "metrics": self.written,
            "progress": self.progress,
            "latest": self.latest,
            "figure": self.figure,
        }
        write_json(self.cursor_file, cursor, durable=False)

    def _events_beyond_the_cursor(self) -> frozenset[int]:
        sources = (event.get("source", -1) for event in read_lines(self.folder.events))
        return frozenset(source for source in sources if source > self.offset)

    def _cut_back(self) -> None:
        if self.folder.metrics.exists():
            os.truncate(self.folder.metrics, self.written)


def _read_cursor(path: Path) -> dict[str, Any]:
    """The cursor; one that a power cut emptied is as good as none, since all is made again."""
    try:
        return read_json_or(path, {})
    except FolderError:
        return {}


class Pace:
    """How fast steps pass and how long the rest will take, smoothed over the last minute or so."""

    def __init__(self) -> None:
        self.seconds_a_step: float | None = None
        self.steps = 0  # that were seen to pass
        self.seconds = 0.0  # in which they did
        self._last: tuple[float, float] | None = None

    def note(self, step: float, at: float) -> None:
        """Takes the step reached and when, in seconds."""
        if self._last is not None and step > self._last[0]:
            passed, took = step - self._last[0], at - self._last[1]
            seconds = took / passed
            self.steps += int(passed)
            self.seconds += took
            # The weight of what is old falls to a third in about 20 steps.
            old = self.seconds_a_step
            self.seconds_a_step = seconds if old is None else old + (seconds - old) * 0.05
        if self._last is None or step != self._last[0]:
            self._last = (step, at)

    def seconds_left(self, step: float, steps: float) -> float | None:
        if self.seconds_a_step is None:
            return None
        return max(0.0, steps - step) * self.seconds_a_step


class Progress:
    """What the trainer says of itself, kept in state.json for those who only glance at a job."""

    def __init__(
        self, folder: JobFolder, status: Status, plan: Plan, module: Any, seconds: float
    ) -> None:
        self.status = status
        self.pace = Pace()
        self._every = seconds
        self._saved_at = 0.0
        self._dirty = False
        seen = getattr(module, "seen", None)
        self.follower = None
        if plan.events and seen is not None:
            self.follower = Follower(folder, folder.path / plan.events, seen)

    def pump(self) -> bool:
        """Reads what is new; True if there was anything."""
        before = self.follower.latest if self.follower else {}
        found = self.follower is not None and self.follower.pump()
        if found and self.follower is not None:
            step, latest = self.follower.progress.get("step"), self.follower.latest
            # Of figures that an earlier attempt left, the moment says nothing about this one.
            if step is not None and latest is not before:
                self.pace.note(step, latest.get("t", time.time()))
            self._dirty = True
        if self._dirty and time.monotonic() > self._saved_at + self._every:
            self._save()
        return found

    def drain(self) -> None:
        """Reads all that is there, and saves."""
        while self.pump():
            pass
        if self._dirty:
            self._save()

    def _save(self) -> None:
        self._dirty = False
        self._saved_at = time.monotonic()
        if self.follower is None:
            return
        progress = dict(self.follower.progress)
        step, steps = progress.get("step"), progress.get("steps")
        if step is not None and steps:
            left = self.pace.seconds_left(step, steps)
            progress["seconds_left"] = None if left is None else round(left)
        self.status.save(progress=progress, figure=self.follower.figure)


_LOSS = re.compile(r"(^|_)(loss|mel)(_|$)")


def main_figure(record: dict[str, Any], before: dict[str, float]) -> dict[str, float]:
    """The one figure that says best how it goes: the first loss there was, as it is now."""
    names = list(before) or [name for name in record if _LOSS.search(name)]
    now = {name: record[name] for name in names[:1] if isinstance(record.get(name), (int, float))}
    return now or before


def _as_line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"
