"""A checkpoint on request, while the training goes on.

Whoever wants one makes the file ``save`` in the job's folder. The runner passes that on to the
step that runs; in state.json, ``saving`` says that one is awaited, until an event tells of it
or none will come any more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .folder import read_lines

if TYPE_CHECKING:
    from pathlib import Path

    from .folder import JobFolder
    from .status import Status
    from .step import Step


class Saving:
    """Of one step, while it runs; `patience` is for how many seconds after it took notice."""

    def __init__(self, folder: JobFolder, status: Status, step: Step, patience: float) -> None:
        self.folder = folder
        self.status = status
        self.patience = patience
        self.file = folder.work / step.save if step.save else None
        self._since = time.time()
        if not self._awaited:
            _gone(self.file)  # a killed attempt may have left it

    def look(self) -> None:
        if self.folder.save.exists():
            self._ask()
        elif not self._awaited:
            return
        elif self._came():
            self.status.save(saving=None)
        elif self.file is None:
            self._none("The training was over before it was asked for one.")
        elif self.file.exists():
            self._since = time.time()  # it has other things to do first
        elif time.time() > self._since + self.patience:
            self._none(f"No checkpoint came within {self.patience / 60:.0f} minutes.")

    def end(self, *, stopping: bool) -> None:
        """The step has ended, and all of its events were read."""
        asked = self._awaited or self.folder.save.exists()
        if asked and not stopping and not self._came():
            self._none("The training ended before it saved one.")
        elif asked:
            self.status.save(saving=None)
        _gone(self.folder.save)
        _gone(self.file)

    @property
    def _awaited(self) -> bool:
        return bool(self.status.data.get("saving"))

    def _ask(self) -> None:
        """In this order: whoever is killed in it, the next runner does all of it again."""
        if not self._awaited:
            events = self.folder.events
            size = events.stat().st_size if events.exists() else 0
            self.status.save(saving={"at": time.time(), "events": size})
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch()
        _gone(self.folder.save)
        self._since = time.time()

    def _came(self) -> bool:
        begin = (self.status.data.get("saving") or {}).get("events")
        if begin is None:
            return False
        return any(e.get("event") == "checkpoint" for e in read_lines(self.folder.events, begin))

    def _none(self, sentence: str) -> None:
        cause = {"code": "not-saved", "sentence": sentence, "next_step": "Look into the log."}
        self.status.event("warning", step="save", title="Save a checkpoint now", cause=cause)
        self.status.save(saving=None)


def _gone(file: Path | None) -> None:
    if file:
        file.unlink(missing_ok=True)
