"""Brings a pod's files home beside the log: one at a time, so that a large one holds nothing up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tuneyard.jobs.inputs import InputsError, download
from tuneyard.jobs.remote.mirror.face import Face, FaceAway, FaceRefused

from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.jobs.remote.attendant import Attendant

_GB = 1e9


class Bringing(Worker):
    """`pump` is called again and again."""

    def __init__(self, here: Attendant, url: str) -> None:
        super().__init__(here, url)
        self._with_results = False
        self._next = 0.0

    def pump(self, *, results: bool) -> bool:
        """True once a look that began after `results` was asked for has brought everything."""
        if self.idle:
            if results or time.monotonic() >= self._next:
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

    def _all(self, ended: bool) -> None:  # noqa: FBT001 - the worker passes no keywords
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

    def _fetch(self, entry: Mapping[str, Any], target: Path) -> None:
        download(
            self.url,
            self.here.handle.token,
            entry["path"],
            target,
            size=entry["bytes"],
            mtime_ns=entry["mtime_ns"],
            stopped=lambda: self.ending,
        )
