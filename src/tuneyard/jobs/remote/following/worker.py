"""Work of an attendant that goes on in a thread of its own, while it looks after all else."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tuneyard.jobs.remote.attendant import Attendant


class Worker:
    """One thing at a time, for the pod whose face is at `url`.

    `ending` says to what runs that it is no longer wanted: leaving the context waits for it.
    """

    def __init__(self, here: Attendant, url: str) -> None:
        self.here = here
        self.url = url
        self.ending = False
        self._thread = ThreadPoolExecutor(1)
        self._current: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ending = True
        self._thread.shutdown(wait=True, cancel_futures=True)

    @property
    def idle(self) -> bool:
        return self._current is None

    def begin(self, work: Callable[..., None], *arguments: Any) -> None:
        self._current = self._thread.submit(work, *arguments)

    def ended(self) -> bool:
        """Whether what was begun has come to its end, said once. Raises what it raised."""
        if self._current is None or not self._current.done():
            return False
        done, self._current = self._current, None
        done.result()
        return True
