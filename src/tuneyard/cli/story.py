"""What happens in one attempt of a job, told line by line as it happens.

All of it is read from the job's folder: whoever starts reading late is told the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.runner.folder import parse_line, read, read_json, read_json_or
from tuneyard.runner.masking import Masker

from .text import last_lines, printable
from .words import WAITS, duration, figures, share, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.folder import JobFolder

Kind = Literal["phase", "done", "failed", "stopped", "lost", "note", "sample", "warning"]


@dataclass(frozen=True)
class Line:
    """One thing that happened, in one line; `more` stands beside or below it."""

    kind: Kind
    text: str
    more: str = ""


@dataclass(frozen=True)
class Now:
    """What is happening; `share` of it is done, from 0 to 1, where that is known."""

    title: str
    text: str = ""
    share: float | None = None


class Story:
    """One attempt of a job. `news` gives each line once."""

    def __init__(self, folder: JobFolder, attempt: int) -> None:
        self.folder = folder
        self.attempt = attempt
        self.masker = Masker.of_job(folder.masks)
        self.steps: list[dict[str, Any]] = read_json(folder.plan)["steps"]
        self.only: list[str] = read_json_or(folder.attempt(attempt), {}).get("only") or []
        self.begin = 0  # the byte of the log where this attempt begins
        self.warnings = 0
        self.ran = 0  # steps
        self._read_to = 0
        self._begun = False
        self._stopping = False
        self._phase = ""
        self._told = 0  # steps
        self._running: int | None = None
        self._since = 0.0  # when it began
        self._heard: dict[str, float] = {}

    @property
    def widest(self) -> int:
        """Characters of the longest title of a step."""
        return max((len(step["title"]) for step in self.steps), default=0)

    def news(self) -> Iterator[Line]:
        """What has happened since the last call."""
        for event in self._events():
            yield from self._tell(event)
        yield from self._ending()
        if self._begun:
            yield from self._samples()

    def now(self, state: Mapping[str, Any]) -> Now:
        """What is happening, by the state."""
        if names := state.get("needs"):
            return Now(f"waiting for {', '.join(names)}")
        waiting = state.get("waiting")
        if waiting and waiting["for"] != "gpu":
            return Now(WAITS[waiting["for"]], printable(self.masker.text(_said(waiting))))
        if waiting:
            before = waiting.get("before", 0)
            behind = (
                f"{before} {'job' if before == 1 else 'jobs'} before this one" if before else ""
            )
            return Now("waiting for a GPU", behind)
        if self._running is None:
            return Now("starting" if self._told == 0 else "finishing side tasks")
        title = self.steps[self._running - 1]["title"]
        progress = state.get("progress") or {}
        if state.get("phase") == "train" and progress:
            parts = figures(progress, state.get("figure") or {})
            return Now(title, " · ".join(parts), share(progress))
        begin = (state.get("step") or {}).get("offset", 0)
        elapsed = duration(int(time.time() - self._since), precise=False)
        return Now(
            title, " · ".join([elapsed, *last_lines(self.folder.log, self.masker, 1, begin)])
        )

    # -- events -------------------------------------------------------------------

    def _events(self) -> Iterator[dict[str, Any]]:
        """New ones of this attempt."""
        while complete := (data := read(self.folder.events, self._read_to).data).rfind(b"\n") + 1:
            self._read_to += complete
            for line in data[:complete].splitlines(keepends=True):
                event = parse_line(line)
                if event is None:
                    continue
                if event.get("event") == "attempt":
                    self._begun = event.get("attempt") == self.attempt
                    self.begin = event.get("offset", 0)
                elif self._begun:
                    yield event

    def _tell(self, event: dict[str, Any]) -> Iterator[Line]:
        match event.get("event"):
            case "step":
                yield from self._step(event["n"])
                self._since = event["t"]
            case "warning":
                self.warnings += 1
                yield self._warning(event)
            case "checkpoint" | "interrupted" if event.get("path"):
                yield Line("note", "Saved a checkpoint", _checkpoint(event))
            case "offer" if event.get("outcome") in _OFFERS:
                yield Line("note", _OFFERS[event["outcome"]], f"{event['gpu']}, {event['cloud']}")
            case "pod" if event.get("said"):
                yield from self._said(event)
            case "cost":
                yield Line("note", "The pod is gone", f"it cost about ${event['dollars']:.2f}")
            case "stopping":
                self._stopping = True
                how = "saving a checkpoint first" if event.get("how") == "save" else "at once"
                yield Line("note", f"Stopping, {how}")
            case "unwatched":
                yield Line(
                    "note", "The process that watched this step was killed; the step goes on"
                )

    def _said(self, event: dict[str, Any]) -> Iterator[Line]:
        """What a pod, or RunPod of it, said at a time."""
        if left_out := event.get("left_out"):
            yield Line("note", f"… {left_out:,} more, left out here")
        for line in event.get("lines") or [event["said"]]:
            yield Line("note", printable(self.masker.text(line)))

    def _step(self, number: int) -> Iterator[Line]:
        yield from self._ending()
        for passed in range(self._told + 1, number):
            yield from self._passed(passed)
        yield from self._heading(number)
        self._told, self._running = number, number
        self.ran += 1

    def _passed(self, number: int) -> Iterator[Line]:
        """A step that an earlier attempt finished, unless this one wasn't to run it."""
        if not self.only:
            yield from self._heading(number)
            yield Line("done", self.steps[number - 1]["title"], "done before")

    def _heading(self, number: int) -> Iterator[Line]:
        phase = self.steps[number - 1]["phase"]
        if phase != self._phase:
            self._phase = phase
            yield Line("phase", phase)

    def _ending(self) -> Iterator[Line]:
        """The end of the running step, if it has ended."""
        if self._running is None:
            return
        record = read_json_or(self.folder.finished(str(self._running)), {})
        if record.get("attempt") != self.attempt:
            return
        step = self.steps[self._running - 1]
        self._running = None
        took = duration(record["ended"] - record["started"])
        yield Line(self._kind(record["exit"], step), step["title"], took)

    def _kind(self, code: int | None, step: dict[str, Any]) -> Kind:
        if self._stopping:
            return "stopped"
        if code is None:
            return "lost"
        if code == 0:
            return "done"
        return "warning" if step.get("optional") else "failed"

    def _warning(self, event: dict[str, Any]) -> Line:
        title = event.get("title", event.get("step", ""))
        cause = event.get("cause") or {}
        sentence = cause.get("sentence") or f"ended with exit code {event.get('exit')}"
        text = printable(self.masker.text(f"{title}: {sentence}"))
        return Line("warning", text, printable(self.masker.text(cause.get("next_step", ""))))

    # -- samples ------------------------------------------------------------------

    def _samples(self) -> Iterator[Line]:
        """Folders of samples that were completed in this attempt."""
        created = read_json_or(self.folder.attempt(self.attempt), {}).get("created", 0)
        for listing in sorted(self.folder.samples.glob("[!.]*/samples.json")):
            name, moment = listing.parent.name, listing.stat().st_mtime
            if moment > self._heard.get(name, created):
                self._heard[name] = moment
                yield Line("sample", "Samples to listen to", f"samples/{name}")


_OFFERS = {
    "no-capacity": "No such GPU is free",
    "taken": "Rented",
    "lost": "Asked in vain: RunPod made no pod",
}


def _said(waiting: Mapping[str, Any]) -> str:
    if upload := waiting.get("upload"):
        return f"{size(upload['sent'])} of {size(upload['bytes'])}"
    return str(waiting.get("said", ""))


def _checkpoint(event: Mapping[str, Any]) -> str:
    parts = []
    if (epochs := event.get("epochs_trained")) is not None:
        parts.append(f"after epoch {epochs:,}")
    if event.get("step") is not None:
        parts.append(f"step {event['step']:,}")
    if event.get("bytes"):
        parts.append(size(event["bytes"]))
    return ", ".join(parts)
