"""One viewer's event stream: what is new of a job since the offsets that the viewer has."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.runner.folder import Chunk

CHANNELS = ("log", "metrics", "events")

_AT_ONCE = 256 << 10  # bytes of a channel in one go: all that a viewer ever takes of memory


class Stream:
    """`read` gives a channel's masked bytes; `job` what ``GET /job`` answers."""

    def __init__(
        self,
        offsets: dict[str, int],
        read: Callable[[str, int, int], Chunk],
        job: Callable[[], dict[str, Any]],
    ) -> None:
        self.over = False  # whether the job has ended, and all was given
        self._at = offsets
        self._read = read
        self._job = job
        self._told: dict[str, Any] = {}

    def new(self) -> bytes:
        """Server-sent events with what is new; nothing if nothing is."""
        job = self._job()
        frames = [self._news(job)]
        frames += [self._of(channel, ended=job["ended"]) for channel in CHANNELS]
        if job["ended"] and not any(frames):
            job = self._job()
            self.over = job["sizes"] == self._at
            frames = [self._frame("job", json.dumps(job))] if self.over else []
        return b"".join(frames)

    def _news(self, job: dict[str, Any]) -> bytes:
        lasting = {name: value for name, value in job.items() if name not in ("now", "sizes")}
        if lasting == self._told:
            return b""
        self._told = lasting
        return self._frame("job", json.dumps(job))

    def _of(self, channel: str, *, ended: bool) -> bytes:
        """A piece of the log in base64, or lines as they are."""
        at = self._at[channel]
        chunk = self._read(channel, at, _AT_ONCE)
        data, start = chunk.data, chunk.next - len(chunk.data)
        whole = data.rfind(b"\n") + 1
        if channel != "log" and (whole or not (ended or len(data) == _AT_ONCE)):
            data = data[:whole]
        self._at[channel] = start + len(data)
        again = self._frame("reset", channel) if chunk.reset else b""
        if not data:
            return again
        text = base64.b64encode(data) if channel == "log" else data.removesuffix(b"\n")
        return again + self._frame(channel, text.decode(errors="replace"))

    def _frame(self, event: str, data: str) -> bytes:
        lines = "".join(f"data: {line}\n" for line in data.split("\n"))
        offsets = ",".join(str(self._at[channel]) for channel in CHANNELS)
        return f"event: {event}\nid: {offsets}\n{lines}\n".encode()
