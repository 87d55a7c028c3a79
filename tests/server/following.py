"""A follower of one file, without a socket, and what it was sent."""

import asyncio
import json
import struct
from typing import Any

from tuneyard.runner.folder import JobFolder
from tuneyard.server.frames import Message
from tuneyard.server.streams import Hub

SECONDS = 60.0  # that a follower waits for a message until a test fails


class Follower:
    """Takes messages as a page does; `data` is what it knows of a log, by all of them."""

    def __init__(self, hub: Hub, folder: JobFolder, channel: str = "log") -> None:
        self.hub = hub
        self.folder = folder
        self.channel = channel
        self.news = asyncio.Event()
        self.data = b""
        self.begin = 0
        self.resets = 0
        self.missed: list[list[int]] = []
        self.lines: list[dict[str, Any]] = []
        self.next = 0

    async def follow(self, offset: int = 0) -> "Follower":
        self.viewer = await self.hub.follow(self.folder, self.channel, offset, self.news.set)
        return self

    async def take(self) -> Message:
        """The next message, however long it takes to come."""
        async with asyncio.timeout(SECONDS):
            while (message := await self.viewer.take()) is None:
                await self.news.wait()
                self.news.clear()
        self._note(message)
        return message

    async def until(self, end: int) -> bytes:
        """All bytes up to this offset."""
        while self.next != end:
            await self.take()
        return self.data

    def close(self) -> None:
        self.viewer.close()

    def _note(self, message: Message) -> None:
        if isinstance(message, bytes):
            _, start, flags = struct.unpack_from("!IQB", message)
            self._bytes(start, message[13:], again=bool(flags & 1))
            return
        said = json.loads(message)
        if "lines" in said:
            self.lines = ([] if said["reset"] else self.lines) + said["lines"]
            self.resets += said["reset"]
            self.next = said["next"]
        elif "skipped" in said:
            assert said["skipped"][0] == self.next
            self.missed.append(said["skipped"])
            self.data += b"?" * (said["skipped"][1] - said["skipped"][0])
            self.next = said["skipped"][1]
        else:
            self.begin = self.next = said["start"]

    def _bytes(self, start: int, data: bytes, *, again: bool) -> None:
        if again:
            assert start == 0
            self.data, self.begin, self.next = b"", 0, 0
            self.resets += 1
        assert start == self.next, "a gap that nobody spoke of"
        self.data += data
        self.next = start + len(data)
