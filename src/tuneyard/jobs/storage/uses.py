"""Which job uses what of its home: environments, models, caches, uploads."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuneyard.runner.folder import FolderError, JobFolder, read_json_or
from tuneyard.runner.states import State
from tuneyard.runner.step import shared, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tuneyard.jobs.store import Store
    from tuneyard.runner.step import Phase


# What `runner.environment` says of itself, also of jobs whose plan doesn't.
_TRAINER: Mapping[str, Phase] = {"trainer.json:python": "finish"}


@dataclass(frozen=True)
class Use:
    """What a job uses of the home, as ids of items."""

    job: str
    items: frozenset[str]
    unfinished: bool
    runs: bool
    prepares: bool


class Uses:
    """What all jobs use, by item."""

    def __init__(self, uses: Iterable[Use]) -> None:
        self.of: dict[str, list[Use]] = {}
        self.running: list[str] = []
        self.preparing: list[str] = []
        for use in uses:
            for item in use.items:
                self.of.setdefault(item, []).append(use)
            self.running += [use.job] if use.runs else []
            self.preparing += [use.job] if use.prepares else []

    def jobs(self, item: str) -> list[str]:
        return sorted((use.job for use in self.of.get(item, ())), reverse=True)

    def unfinished(self, item: str) -> str | None:
        """One job that uses it and has not ended."""
        return next((use.job for use in self.of.get(item, ()) if use.unfinished), None)


@dataclass
class Users:
    """Reads it from the jobs' folders, each again only when it has changed."""

    store: Store
    _known: dict[str, tuple[tuple[int, ...], Use]] = field(default_factory=dict)  # by job
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _complete: bool = False  # whether all jobs were looked at once

    def known(self) -> Uses | None:
        """As they were at the last look; None before the first has ended."""
        return Uses([use for _, use in self._known.copy().values()]) if self._complete else None

    def has_ended(self, job_id: str) -> bool:
        """Whether a job was seen, and ended."""
        return job_id in self._known and not self._known[job_id][1].unfinished

    def now(self) -> Uses:
        """By the folders as they are at this moment."""
        with self._looking:
            ids = self.store.ids()
            for gone in self._known.keys() - set(ids):
                del self._known[gone]
            for job_id in ids:
                with contextlib.suppress(OSError):  # removed in this moment
                    self._look_at(job_id)
            self._complete = True
            return Uses([use for _, use in self._known.values()])

    def _look_at(self, job_id: str) -> None:
        folder = JobFolder(self.store.folder / job_id)
        # What a step shares is said in a file of work/, which is replaced and never changed.
        stamp = (changed(folder.state), changed(folder.path / "attempts"), changed(folder.work))
        known = self._known.get(job_id)
        if known is None or known[0] != stamp:
            self._known[job_id] = (stamp, self._use(folder))

    def _use(self, folder: JobFolder) -> Use:
        state = self.store.state(folder)
        # One that can't be read may be anything: what it names is not touched.
        unfinished = state["state"] is None or not State(state["state"]).ended
        runs = unfinished and state["state"] != State.QUEUED and not state.get("needs")
        paths = (self._item_of(path) for path in _paths_of(folder))
        return Use(
            folder.id,
            frozenset({f"jobs/{folder.id}", *(path for path in paths if path)}),
            unfinished,
            runs,
            runs and state["state"] not in {State.TRAINING, State.FINISHING},
        )

    def _item_of(self, path: str) -> str:
        """The id of the item that a path is or lies in; "" outside of this home."""
        for home in (self.store.home, self.store.home.resolve()):
            if path.startswith(f"{home}/"):
                parts = os.path.relpath(path, home).split("/")
                return "/".join(parts[: 3 if parts[0] in {"cache", "vendor"} else 2])
        return ""


def _paths_of(folder: JobFolder) -> Iterator[str]:
    """Absolute paths that a job names: what its steps share, and what it was told to read."""
    shares: dict[str, Phase] = dict(_TRAINER)
    with contextlib.suppress(FolderError, OSError, KeyError, TypeError, ValueError):
        for step in read_json_or(folder.plan, {}).get("steps", ()):
            shares |= step.get("shares", {})
    with contextlib.suppress(FolderError, OSError, TypeError):
        yield from (str(path) for path, _ in shared(shares, folder))
    with contextlib.suppress(FolderError, OSError):
        settings = read_json_or(folder.job, {}).get("settings", {})
        yield from (text for text in texts(settings) if text.startswith("/"))


def changed(path: Path) -> int:
    """When a file or folder changed last, in nanoseconds; 0 if it isn't there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
