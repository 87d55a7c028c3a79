"""How a request to stop reaches the training.

Left alone, Lightning answers SIGTERM by ending without a checkpoint and with exit
code 0, and ignores SIGINT when a shell started it in the background.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 143


class Stopped(BaseException):
    """The training ends here on request. No `Exception`: nothing on the way may swallow it."""


class StopRequest:
    """Hears SIGTERM and SIGINT.

    Until `defer` is called, the first raises `Stopped` wherever the program is and a
    second ends it at once: there is nothing to save yet. After that a signal only
    sets `asked`, for the training to look at when a batch has ended.
    """

    def __init__(self) -> None:
        self.asked = False
        self._deferred = False
        self._process = os.getpid()

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def defer(self) -> None:
        """From here on, finish the batch first. Raises `Stopped` if a request slipped through."""
        self._deferred = True
        self.listen()  # Lightning has put its own handlers in front of ours
        if self.asked:
            raise Stopped

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a data worker, forked with this handler
            return
        again, self.asked = self.asked, True
        if self._deferred:
            return
        if again:
            os._exit(INTERRUPTED)
        raise Stopped


def ignore() -> None:
    """For data workers: a signal to the whole group must not take them from under the batch."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
