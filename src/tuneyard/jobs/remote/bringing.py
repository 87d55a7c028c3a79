"""Brings a pod's files home beside the log: one at a time, so that a large one holds nothing up."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from tuneyard.jobs.inputs import InputsError, download

from .face import Face, FaceAway

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from .attend import Attendant

_GB = 1e9


class Bringing:
    """`pump` is called again and again; what it started goes on in a thread of its own."""

    def __init__(self, here: Attendant, url: str) -> None:
        self.here = here
        self.url = url
        self._worker = ThreadPoolExecutor(1)
        self._ending = False
        self._current: Future[None] | None = None
        self._with_results = False
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending = True
        self._worker.shutdown(wait=True, cancel_futures=True)

    def pump(self, *, results: bool) -> bool:
        """True once a look that began after `results` was asked for has brought everything."""
        if self._current is None:
            if results or time.monotonic() >= self._next:
                self._with_results = results
                self._current = self._worker.submit(self._all, results)
            return False
        if not self._current.done():
            return False
        done, self._current = self._current, None
        self._next = time.monotonic() + self.here.limits.large
        try:
            done.result()
        except (InputsError, FaceAway):
            return False  # the next look tries again what is missing
        return results and self._with_results

    def _all(self, results: bool) -> None:  # noqa: FBT001 - the worker passes no keywords
        with Face(self.url, self.here.handle.token) as face:
            self.here.mirror.files(
                face, self._fetch, results=results, checkpoint_bytes=self._most()
            )

    def _fetch(self, entry: Mapping[str, Any], target: Path) -> None:
        download(
            self.url,
            self.here.handle.token,
            entry["path"],
            target,
            size=entry["bytes"],
            mtime_ns=entry["mtime_ns"],
            stopped=lambda: self._ending,
        )

    def _most(self) -> float:
        """How large a checkpoint may be to be brought home; none where it is pushed instead."""
        job = self.here.job
        return 0.0 if job.results.repository else job.compute.options["checkpoint_gb"] * _GB
