"""Brings a pod's job folder home, byte for byte, as it grows.

The log and the metrics go straight into the job's own files, which are its attempts joined:
how long these are says where to go on, so a kill between two writes loses and doubles
nothing. All else lies in ``remote/<attempt>/`` as it does in the pod; samples and outputs are
linked from there to where every job has them.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.jobs.remote.handle import Segment, mirror_of
from tuneyard.runner.folder import append_line, parse_line, private, read, write_bytes

from . import checkpoints, continued, listing, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tuneyard.jobs.remote.handle import Handle
    from tuneyard.runner.folder import JobFolder

    from .face import Face
    from .listing import Entry

LIMIT = 4 << 20  # bytes of one read
_RECORDS = ("plan.json", "steps/", "attempts/")


class Mirror:
    """One attempt's. `changed` is called after the handle changed, to write it down."""

    def __init__(self, folder: JobFolder, handle: Handle, changed: Callable[[], None]) -> None:
        self.folder = folder
        self.handle = handle
        self._changed = changed
        self._lock = threading.Lock()  # files come in a thread of their own
        self.saved = 0  # results that the pod has told to be whole, since this began to listen

    @property
    def place(self) -> JobFolder:
        return mirror_of(self.folder, self.handle)

    @property
    def state(self) -> dict[str, Any]:
        """The pod's own state.json as it came home last, or empty."""
        try:
            found: dict[str, Any] = json.loads(self.place.state.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        return found

    def pull(self, face: Face, job: Mapping[str, Any]) -> bool:
        """All that is new since the last time; whether anything was. Raises FaceAway, FaceRefused.

        `job` is what the face just said of it.
        """
        if job["incarnation"] != self.handle.segment.incarnation:
            self._begin(job["incarnation"])
        segment = self.handle.segment
        new = self._grow(face, "log", self.folder.log, segment.log, job)
        new |= self._grow(face, "metrics", self.folder.metrics, segment.metrics, job)
        if self._grow(face, "events", self.place.events, 0, job):
            # Whoever hears that the next step began looks how the one before it ended.
            self._records(face, listing.of(face))
            new = True
        self._pass_on_events()
        if job["state"] != self.state:
            self._keep_state(job["state"])
            new = True
        return new

    def files(
        self, face: Face, fetch: Any, *, ended: bool, checkpoint_bytes: float, result_bytes: float
    ) -> None:
        """Brings what the pod's folder holds beside what grows; what is here already is left.

        `fetch` brings one large file. Results come when the job has `ended`: before, they may be
        half made, and only those come that are said to be whole and are not larger than
        `result_bytes`. The newest checkpoint comes last, if it is not larger than
        `checkpoint_bytes`: that may take longer than its pod lives.
        """
        listed = listing.of(face)
        self._records(face, listed)
        samples = [entry for entry in listed if entry["path"].startswith("samples/")]
        events = self.place.events
        results = listing.results(listed, events, ended=ended, most=result_bytes)
        for entry in [*samples, *results]:
            self._result(entry, listed, fetch)
        checkpoint = [entry for entry in listed if entry.get("checkpoint")]
        if checkpoint and sum(entry["bytes"] for entry in checkpoint) <= checkpoint_bytes:
            self._checkpoint(checkpoint, fetch)

    def keep(self, path: str) -> None:
        """Puts a file that came home to where every job has it."""
        target, here = self.place.path / path, self.folder.path / path
        if here.exists() and listing.mark(here) == listing.mark(target):
            return
        here.parent.mkdir(parents=True, exist_ok=True)
        _link(target, here)

    # -- what grows ---------------------------------------------------------------

    def _begin(self, incarnation: str) -> None:
        going_on = continued.go_on(self.folder, self.handle, incarnation)
        self.handle.segment = going_on or self._anew(incarnation)
        self.place.make()
        self._changed()

    def _anew(self, incarnation: str) -> Segment:
        log, metrics = self.folder.log, self.folder.metrics
        for path in (log, metrics):
            _end_line(path)
        return Segment(incarnation, _size(log), _size(metrics), self.handle.segment.number + 1)

    def _grow(
        self,
        face: Face,
        name: Literal["log", "metrics", "events"],
        path: Path,
        base: int,
        job: Mapping[str, Any],
    ) -> bool:
        grown = False
        while (offset := _size(path) - base) < job["sizes"][name]:
            piece = face.read(name, offset, LIMIT)
            if piece.incarnation != self.handle.segment.incarnation or piece.reset:
                break  # it began again this moment: the next look sees how
            if not piece.data:
                break  # an end that may be half a secret is held back for a second
            with open(path, "ab", opener=private) as file:
                file.write(piece.data)
            grown = True
        return grown

    def _keep_state(self, state: Mapping[str, Any]) -> None:
        write_bytes(self.place.state, json.dumps(state, ensure_ascii=False).encode() + b"\n")

    # -- events -------------------------------------------------------------------

    def _pass_on_events(self) -> None:
        """Appends the pod's events to the job's, each with where it is from.

        That is how many were passed on: nothing else is noted, and nothing comes twice.
        """
        source = [self.handle.attempt, self.handle.segment.number]
        done = continued.passed(self.folder, source, self.handle.segment.events)
        for event, end in _lines(self.place.events, done):
            if event.get("event") == "speed":
                measured.note(self.folder, event)
            self.saved += event.get("event") == "saved"
            if _is_ours_too(event):
                append_line(self.folder.events, {**self._here(event), "from": [*source, end]})

    def _here(self, event: dict[str, Any]) -> dict[str, Any]:
        """The same event as home says it: with offsets of the whole log, and one attempt."""
        if event.get("event") == "attempt":
            said = "The container was restarted; the job goes on there."
            return {"t": event["t"], "event": "pod", "said": said}
        if "offset" in event:
            return {**event, "offset": event["offset"] + self.handle.segment.log}
        return event

    # -- files --------------------------------------------------------------------

    def _records(self, face: Face, listed: list[Entry]) -> None:
        with self._lock:
            for entry in listed:
                if str(entry["path"]).startswith(_RECORDS):
                    self._record(face, entry)

    def _record(self, face: Face, entry: Mapping[str, Any]) -> None:
        target = self.place.path / entry["path"]
        if listing.is_here(target, entry):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        data = face.file(entry["path"])
        write_bytes(target, data)
        os.utime(target, ns=(entry["mtime_ns"], entry["mtime_ns"]))
        if entry["path"].startswith("steps/"):
            # The pod counts its own starts; here this is one attempt.
            record = {**json.loads(data), "attempt": self.handle.attempt}
            data = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        if not entry["path"].startswith("attempts/"):  # those are home's own
            write_bytes(self.folder.path / entry["path"], data)

    def _checkpoint(self, entries: list[Entry], fetch: Any) -> None:
        """One file, or those of one folder. The one before it stays until all of it is here."""
        folder, before = (self.place.path / name for name in checkpoints.NAMES)
        if all(listing.is_here(folder / entry["path"], entry) for entry in entries):
            shutil.rmtree(before, ignore_errors=True)
            return
        part = self.place.path / "checkpoint.part"
        for entry in entries:
            if not listing.is_here(part / entry["path"], entry):
                fetch(entry, part / entry["path"])
        wanted = {part / entry["path"] for entry in entries}
        for path in [*part.rglob("*")]:
            if path.is_file() and path not in wanted:
                path.unlink()
        # A kill leaves one of them whole, under a name that it is found by.
        if folder.exists():
            shutil.rmtree(before, ignore_errors=True)
            folder.rename(before)
        part.rename(folder)
        shutil.rmtree(before, ignore_errors=True)

    def _result(self, entry: Entry, listed: list[Entry], fetch: Any) -> None:
        target = self.place.path / entry["path"]
        if not listing.is_here(target, entry):
            if (here := listing.same_file(entry, listed, self.place.path)) is None:
                fetch(entry, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(here, target)
        self.keep(entry["path"])


def _is_ours_too(event: Mapping[str, Any]) -> bool:
    """Not the begin and the end: home says these itself, of the whole job."""
    kind = event.get("event")
    if kind == "attempt":
        return event.get("attempt") != 1
    return not (kind == "state" and event.get("state") in _ENDS)


_ENDS = frozenset({"succeeded", "failed", "stopped", "lost"})


def _lines(path: Path, offset: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Complete lines from a byte offset, each with the offset after it."""
    while (piece := read(path, offset)).data:
        end = piece.data.rfind(b"\n") + 1
        if not end:
            return
        for line in piece.data[:end].splitlines(keepends=True):
            offset += len(line)
            if (event := parse_line(line)) is not None:
                yield event, offset


def _link(source: Path, target: Path) -> None:
    """Puts a file under a second name at once; where links can't be made, a copy."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copy2(source, temporary)
    temporary.replace(target)


def _end_line(path: Path) -> None:
    """A line that was cut off in the pod is not to run into the next one."""
    size = _size(path)
    if size and read(path, size - 1, 1).data != b"\n":
        with path.open("ab") as file:
            file.write(b"\n")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
