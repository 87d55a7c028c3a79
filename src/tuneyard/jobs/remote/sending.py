"""Sends what exists only at home into the pod, beside all else that goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from tuneyard.jobs import inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from .attend import Attendant


class Sending:
    """`pump` is called again and again; what it started goes on in a thread of its own."""

    def __init__(self, here: Attendant, url: str) -> None:
        self.here = here
        self.url = url
        self._worker = ThreadPoolExecutor(1)
        self._ending = False
        self._sent = 0
        self._current: Future[None] | None = None

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

    def pump(self, job: Mapping[str, Any]) -> None:
        """Sends what the pod still waits for. Raises InputsError of what can't be sent at all."""
        missing = {sha: each for sha, each in job["inputs"].items() if not each["done"]}
        total = sum(each["bytes"] for each in job["inputs"].values())
        have = sum(each["have"] for each in job["inputs"].values())
        upload = {"sent": have, "bytes": total} if missing else None
        if upload != self.here.handle.upload:
            self.here.handle.upload = upload
            self.here.save()
            self.here.show()
        if self._current is not None and self._current.done():
            done, self._current = self._current, None
            done.result()
        if missing and self._current is None:
            self._current = self._worker.submit(self._send, set(missing))

    def _send(self, wanted: set[str]) -> None:
        for packed in self.here.packed():
            if packed.sha256 in wanted:
                inputs.upload(
                    self.url, self.here.handle.token, packed, stopped=lambda: self._ending
                )
