"""A server of the socket alone, in a thread of this process, and pages that talk to it."""

import asyncio
import json
import logging
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from websockets.sync.client import ClientConnection, connect

from tuneyard.errors import NotFound
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.server import live
from waiting import wait_for

SECONDS = 60.0  # that a page waits for a message until a test fails


@dataclass
class Change:
    rows: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Changes:
    """Changes as a test says them, from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[Change] = asyncio.Queue()

    async def next(self) -> Change:
        return await self._said.get()

    def say(self, change: Change) -> None:
        self._loop.call_soon_threadsafe(self._said.put_nowait, change)


class Standing:
    """What the socket needs of a server: a list that a test changes, and folders."""

    def __init__(self, folders: Sequence[JobFolder]) -> None:
        self.folders = {folder.id: folder for folder in folders}
        self.readers: list[Changes] = []
        self.views = 0
        self.samples = 0
        self.index = self
        self.figures = self

    def job(self, job_id: str) -> JobFolder:
        if job_id not in self.folders:
            raise NotFound(f"There is no job “{job_id}”.", code="no-job")
        return self.folders[job_id]

    def view(self, folder: JobFolder) -> Mapping[str, Any]:
        self.views += 1
        return read_json(folder.state)

    def now(self) -> Mapping[str, Any]:
        self.samples += 1
        return {"t": float(self.samples), "temperature": float("nan")}

    def counts(self) -> Mapping[str, int]:
        return {"training": len(self.folders)}

    @contextmanager
    def subscribe(self) -> Iterator[Changes]:
        reader = Changes()
        self.readers.append(reader)
        try:
            yield reader
        finally:
            self.readers.remove(reader)


class Server:
    """Serves `/api/live` at a port of its own, as `tuneyard serve` does."""

    def __init__(self, standing: Standing) -> None:
        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            async with live.Live(standing) as app.state.live:
                self.live = app.state.live
                yield

        app = FastAPI(lifespan=lifespan)
        app.include_router(live.router)
        config = uvicorn.Config(
            app, port=0, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None
        )
        listener = config.bind_socket()
        self.port: int = listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/api/live"
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.uvicorn.run, args=([listener],))
        self.thread.start()
        wait_for(lambda: self.uvicorn.started, what="the server's start")

    @contextmanager
    def page(self, *, greeted: bool = True) -> Iterator["Page"]:
        """Takes little beforehand, so that one that doesn't read is soon full."""
        taker = socket.socket()
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        taker.connect(("127.0.0.1", self.port))
        with connect(
            self.url, sock=taker, compression=None, max_size=None, max_queue=2, open_timeout=SECONDS
        ) as talk:
            page = Page(talk)
            if greeted:
                assert page.receive()["channel"] == "hello"
            yield page

    def close(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()


class Page:
    """What a page knows; of a log it follows, `data` is all from `begin` on."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.data = bytearray()
        self.begin = 0
        self.missed: list[list[int]] = []

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self) -> dict[str, Any]:
        """The next message; of bytes only how they change `data`."""
        message = self.socket.recv(SECONDS)
        if isinstance(message, bytes):
            self._bytes(message)
            return {"channel": "bytes"}
        said: dict[str, Any] = json.loads(message)
        if "skipped" in said:
            begin, end = said["skipped"]
            assert begin == self.next
            self.missed.append([begin, end])
            self.data += b"?" * (end - begin)
        elif said["channel"] == "log":
            self.begin, self.data = said["start"], bytearray()
        return said

    def heard(self, channel: str) -> dict[str, Any]:
        """The next message of a channel; others are passed over."""
        while (message := self.receive())["channel"] != channel:
            pass
        return message

    def until(self, end: int) -> bytes:
        """All that it knows once it knows what comes before this offset."""
        while self.next < end:
            self.receive()
        return bytes(self.data)

    def vanish(self) -> None:
        """As a computer does that is switched off: nothing is said, and nothing more is taken."""
        self.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + b"\0" * 7)
        self.socket.socket.close()

    @property
    def next(self) -> int:
        return self.begin + len(self.data)

    def _bytes(self, message: bytes) -> None:
        _, start, flags = struct.unpack_from("!IQB", message)
        if flags & 1:
            self.begin, self.data = 0, bytearray()
        assert start == self.next, "a gap that nobody spoke of"
        self.data += message[13:]


def complaints(records: Sequence[logging.LogRecord]) -> list[str]:
    """What the server said that nobody should have to read."""
    return [record.getMessage() for record in records if record.levelno >= logging.WARNING]
