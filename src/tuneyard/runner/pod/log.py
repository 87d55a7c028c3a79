"""What the guard says: on its output, which is the container's log, and in ``guard.log``.

Nothing here may hold anybody up: an output that nobody reads is passed over, and the
file is written by the guard's own loop alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOST = 1000  # lines that wait for a file
_LARGEST = 4 << 20  # bytes of guard.log


class Log:
    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({s for s in secrets if len(s) > 3}, key=len, reverse=True)
        self._waiting: deque[str] = deque(maxlen=_MOST)
        self._lock = threading.Lock()
        with contextlib.suppress(OSError):
            os.set_blocking(1, False)

    def say(self, text: str) -> None:
        for secret in self._secrets:
            text = text.replace(secret, "*" * len(secret))
        line = f"{time.strftime('%H:%M:%S', time.gmtime())} tuneyard: {text}\n"
        with self._lock:
            self._waiting.append(line)
            with contextlib.suppress(OSError):
                os.write(1, line.encode(errors="replace"))

    def trouble(self, error: BaseException) -> None:
        self.say("".join(traceback.format_exception(error)).rstrip())

    def flush(self, folder: Path) -> None:
        """Writes what was said into the job's folder, as far as its disk takes it."""
        with contextlib.suppress(OSError), open(folder / "guard.log", "ab") as file:
            while self._waiting:
                line = self._waiting.popleft()
                if file.tell() < _LARGEST:
                    file.write(line.encode(errors="replace"))
