"""Brings a pod's files home beside the log: one at a time, so that a large one holds nothing up.

A result that the pod tells to be whole comes at once: a checkpoint that is on its way waits.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tuneyard.jobs.inputs import InputsError, download
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.mirror.face import Face, FaceAway, FaceRefused

from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.jobs.remote.attendant import Attendant

_GB = 1e9
_OFTEN = 3
_WRITTEN_ANEW = ("no-file", "another-version")  # what the pod says of what it had listed before


class Bringing(Worker):
    """`pump` is called again and again."""

    def __init__(self, here: Attendant, url: str) -> None:
        super().__init__(here, url)
        self._with_results = False
        self._next = 0.0
        self._saved = 0  # results that had been told when the newest look began
        self._missed = 0  # checkpoints in a row that were gone before they were home

    def pump(self, *, results: bool) -> bool:
        """True once a look that began after `results` was asked for has brought everything."""
        if self.idle:
            if results or self._hurries or time.monotonic() >= self._next:
                self._with_results = results
                self.begin(self._all, results)
            return False
        try:
            done = self.ended()
        except (InputsError, FaceAway, FaceRefused):
            return False  # the next look tries again what is missing
        if done:
            self._next = time.monotonic() + self.here.limits.large
        return done and results and self._with_results

    @property
    def _hurries(self) -> bool:
        return self.here.mirror.saved != self._saved

    def _all(self, ended: bool) -> None:  # noqa: FBT001 - the worker passes no keywords
        self._saved = self.here.mirror.saved
        job = self.here.job
        most = job.compute.options["checkpoint_gb"] * _GB
        with Face(self.url, self.here.handle.token) as face:
            self.here.mirror.files(
                face,
                self._fetch,
                ended=ended,
                # Where it is pushed instead, none comes.
                checkpoint_bytes=0.0 if job.results.repository else most,
                result_bytes=most,
            )
        self._missed = 0

    def _fetch(self, entry: Mapping[str, Any], target: Path) -> None:
        waits = bool(entry.get("checkpoint"))
        try:
            download(
                self.url,
                self.here.handle.token,
                entry["path"],
                target,
                size=entry["bytes"],
                mtime_ns=entry["mtime_ns"],
                stopped=lambda: self.ending or (waits and self._hurries),
            )
        except InputsError as error:
            if waits and error.problem.code in _WRITTEN_ANEW:
                self._miss()
            raise

    def _miss(self) -> None:
        """Once may happen; where it goes on so, nothing is here to go on from, and that is said."""
        self._missed += 1
        if self._missed == _OFTEN:
            self.here.event("warning", title="Checkpoints", cause=words.outrun())
