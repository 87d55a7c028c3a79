"""Watches a script while it runs: its lines, its checkpoints, its samples.

What it finds goes into ``.tuneyard/events.jsonl``, one line each, from which the runner
makes metrics and events. A line has its time from here, so that reading the file again
gives the same.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.script import globs
from tuneyard.recipes.script.layout import EVENTS, SAMPLES
from tuneyard.recipes.script.reading import Reader
from tuneyard.runner.folder import append_line, read, read_json_or, read_lines, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.recipes.script.reading import Record

_AT_ONCE = 1 << 20  # bytes
_TOO_MUCH = 16 << 20  # bytes of log that are not caught up with
_LONGEST = 64 << 10  # bytes of a line that are waited for
_BETWEEN_PROGRESS = 0.5  # seconds
_BETWEEN_LOOKS = 2.0  # seconds between two looks at files
_SHARE = 20  # a look takes at most one part in so many of the time
_SHOWN = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".png", ".jpg", ".jpeg", ".webp", ".gif"}
)


class Watcher:
    """`log` is read from its present end."""

    def __init__(self, settings: Mapping[str, Any], log: Path) -> None:
        self.settings = settings
        self.log = log
        self.offset = log.stat().st_size if log.exists() else 0
        self.reader = Reader(settings["patterns"], usual=settings["usual_patterns"])
        self._rest = b""
        self._waiting: Record | None = None  # progress that was not told yet
        self._told_at = 0.0
        self._metrics: dict[str, Any] | None = None
        self._next_look = 0.0
        self._named: dict[Path, None] = {}  # checkpoints that a line named, in their order
        self._seen: dict[Path, globs.Found] = {}  # at the last look
        self._told = dict(_told_before())

    def look(self, *, last: bool = False) -> None:
        """Reads what is new. At the `last` look, what lies there is complete."""
        self._read_log(last=last)
        begun = time.monotonic()
        if last or begun >= self._next_look:
            self._look_for_files(last=last)
            now = time.monotonic()
            self._next_look = now + max(_BETWEEN_LOOKS, _SHARE * (now - begun))

    # -- the log ------------------------------------------------------------------

    def _read_log(self, *, last: bool) -> None:
        size = self.log.stat().st_size if self.log.exists() else 0
        if size - self.offset > _TOO_MUCH:
            self.offset, self._rest = size - _AT_ONCE, b""
        while chunk := read(self.log, self.offset, _AT_ONCE).data:
            self.offset += len(chunk)
            *lines, self._rest = re.split(rb"[\r\n]+", self._rest + chunk)
            if len(self._rest) > _LONGEST:
                self._rest = b""
            for line in lines:
                self._take(line)
        if last:
            self._take(self._rest)
        if self._waiting and (last or time.monotonic() > self._told_at + _BETWEEN_PROGRESS):
            self._tell(progress=self._waiting.progress)

    def _take(self, line: bytes) -> None:
        record = self.reader.read(line.decode("utf-8", "replace"))
        for pattern in self.reader.given_up:
            print(f"The pattern “{pattern}” takes too long and isn't used any more.", flush=True)
        self.reader.given_up.clear()
        if record is None:
            return
        self._waiting = record
        if record.metrics and record.metrics != self._metrics:
            self._metrics = record.metrics
            self._tell(
                progress=record.progress, metrics={"t": round(time.time(), 3), **record.metrics}
            )
        if record.checkpoint:
            self._expect(record.checkpoint)

    def _tell(self, **what: Any) -> None:
        self._waiting, self._told_at = None, time.monotonic()
        append_line(EVENTS, what)

    # -- files --------------------------------------------------------------------

    def _expect(self, named: str) -> None:
        """A checkpoint that a line names is looked for, as if a pattern had."""
        path = Path(named.lstrip("\"'`(").rstrip("\"'`.,;:)"))
        if globs.is_inside(path, Path()):
            self._named[path.resolve().relative_to(Path.cwd())] = None

    def _look_for_files(self, *, last: bool) -> None:
        now: dict[Path, globs.Found] = {}
        for found in self._checkpoints():
            now[found.path] = found
            if self._is_new(found, last=last):
                self._tell(event=self._event(found))
        for found in globs.matches(self.settings["samples"]):
            if found.path.suffix.lower() in _SHOWN:
                now[found.path] = found
                if self._is_new(found, last=last):
                    _show(found.path)
        self._seen = now

    def _checkpoints(self) -> Iterator[globs.Found]:
        yield from globs.matches(self.settings["checkpoints"])
        yield from (found for path in self._named if (found := globs.look(path)))

    def _event(self, found: globs.Found) -> dict[str, Any]:
        return {
            "event": "checkpoint",
            "path": found.path.as_posix(),
            "bytes": found.bytes,
            "modified": found.modified,
            **self.reader.progress(),
        }

    def _is_new(self, found: globs.Found, *, last: bool) -> bool:
        """Whether it is complete, for it hasn't changed since the last look, and not yet told."""
        mark = (found.bytes, found.modified)
        complete = last or self._seen.get(found.path) == found
        if not complete or self._told.get(found.path.as_posix()) == mark:
            return False
        self._told[found.path.as_posix()] = mark
        return True


def _told_before() -> Iterator[tuple[str, tuple[int, int]]]:
    """What earlier attempts told of checkpoints: those are not told again."""
    for line in read_lines(EVENTS):
        event = line.get("event") or {}
        if event.get("event") == "checkpoint":
            yield event["path"], (event["bytes"], event["modified"])


def _show(path: Path) -> None:
    """Samples of one folder are one group, named like it; what was there before is replaced."""
    group = SAMPLES / ("-".join(path.parent.parts).replace(".", "_") or "script")
    globs.keep(path, group / path.name, link=False)
    listing = group / "samples.json"
    known = {one["file"]: one for one in read_json_or(listing, {}).get("samples", [])}
    known[path.name] = {"file": path.name, "text": path.stem}
    write_json(listing, {"samples": [known[name] for name in sorted(known)]})
