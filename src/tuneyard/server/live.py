"""The WebSocket of a page: what changes, as it changes.

A page follows what it shows and is sent what is new of it. Everything followed is a
`Feed`, from which the page's one writer takes a message when the last one has gone out:
so nothing piles up for a page that is slow, and no page waits for another.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from fastapi import APIRouter, WebSocket
from pydantic import ConfigDict, Field, ValidationError, model_validator
from starlette.websockets import WebSocketDisconnect

from tuneyard import wording
from tuneyard.errors import NotPossible, TuneyardError
from tuneyard.runner.folder import FolderError

from .feeds import Board, Glance, Listing, Views, keep_job, keep_system
from .frames import parsed, text
from .problems import of_error, problem
from .shapes.base import Asked
from .streams import Hub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tuneyard.runner.folder import JobFolder

    from .feeds import Feed, Index, System
    from .frames import Message

MOST_PAGES = 256
MOST_FOLLOWED = 32  # by one page
LONGEST_MESSAGE = 4096  # characters that a page may send at once

_SILENCE = 5.0  # seconds after which a page is told that the server lives
_STALLED = 60.0  # seconds that a page may take to receive one message
_REPLIES = 16  # that wait for a page; until it takes one, nothing more is read from it

_BEAT = text({"channel": "beat"})

router = APIRouter()


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    here: Live = socket.app.state.live
    await here.serve(socket)


class Context(Views, Protocol):
    """What is followed: `tuneyard.server.context.Context`, as far as this needs it."""

    @property
    def index(self) -> Index: ...
    @property
    def figures(self) -> System: ...
    def job(self, job_id: str) -> JobFolder:
        """Raises NotFound."""


class Live:
    """All pages that are open. ``async with`` it while the server runs."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.hub = Hub()
        self.pages: set[Page] = set()
        self._boards: dict[str, Board] = {}
        hello = {"server": secrets.token_hex(8), "version": version("tuneyard")}
        self.hello = text({"channel": "hello", **hello})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for page in list(self.pages):
            page.close()
        self.hub.close()

    async def serve(self, socket: WebSocket) -> None:
        """Talks with a page until it leaves."""
        await socket.accept()
        if len(self.pages) >= MOST_PAGES:
            await socket.close(1013, "Too many pages are open.")
            return
        page = Page(self, socket)
        self.pages.add(page)
        try:
            await page.talk()
        finally:
            self.pages.discard(page)
            page.close()

    async def follow(self, wanted: Wanted, wake: Callable[[], None]) -> Feed:
        """Raises TuneyardError, FolderError or OSError."""
        if wanted.channel == "jobs":
            return Listing(self.context.index, wake)
        if wanted.channel == "system":
            return self._look("system", partial(keep_system, system=self.context.figures), wake)
        folder = await asyncio.to_thread(self.context.job, wanted.job)
        if wanted.channel == "job":
            keep = partial(keep_job, views=self.context, folder=folder)
            return self._look(f"job {folder.id}", keep, wake)
        return await self.hub.follow(folder, wanted.channel, wanted.offset, wake)

    def _look(
        self, name: str, keep: Callable[[Board], Awaitable[None]], wake: Callable[[], None]
    ) -> Glance:
        board = self._boards.get(name)
        if board is None:
            board = Board(keep, partial(self._boards.pop, name, None))
            self._boards[name] = board
        return board.look(wake)


class Wanted(Asked):
    """What a page sends."""

    model_config = ConfigDict(strict=True)

    op: Literal["follow", "leave"]
    channel: Literal["jobs", "job", "log", "metrics", "events", "system"]
    job: str = Field("", max_length=200)
    offset: int = Field(0, ge=-(2**53), le=2**53)

    @model_validator(mode="after")
    def _names_a_job(self) -> Self:
        if not self.job and self.channel not in {"jobs", "system"}:
            raise ValueError("“job” is missing.")
        return self

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.job


class Page:
    """One open page: what it follows, and what is to be said to it."""

    def __init__(self, live: Live, socket: WebSocket) -> None:
        self.live = live
        self.socket = socket
        self.feeds: dict[tuple[str, str], Feed] = {}
        self._replies = deque([live.hello])
        self._room = asyncio.Event()
        self._news = asyncio.Event()
        self._news.set()
        self._clock = asyncio.get_running_loop().time
        self._sending = False
        self._spoke = self._clock()

    async def talk(self) -> None:
        """Until the page leaves, or takes nothing any more."""
        try:
            async with asyncio.TaskGroup() as parts:
                for part in (self._listen(), self._speak(), self._watch()):
                    parts.create_task(part)
        except* WebSocketDisconnect:
            pass

    def close(self) -> None:
        """Follows nothing any more."""
        for feed in self.feeds.values():
            feed.close()
        self.feeds.clear()

    # -- what the page says -------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            await self._obey(message.get("text") or "")
            while len(self._replies) >= _REPLIES:
                self._room.clear()
                await self._room.wait()

    async def _obey(self, said: str) -> None:
        about: dict[str, Any] = {}
        try:
            _bound(said)
            about = parsed(said.encode()) or {}
            await self._do(Wanted.model_validate_json(said))
        except ValidationError as error:
            self._refuse(about, problem(422, _sentence(error), "request"))
        except TuneyardError as error:
            self._refuse(about, of_error(error))
        except (FolderError, OSError) as error:
            self._refuse(about, problem(409, str(error), "unreadable"))

    async def _do(self, wanted: Wanted) -> None:
        before = self.feeds.pop(wanted.key, None)
        if before is not None:
            before.close()
        if wanted.op == "leave":
            return
        if len(self.feeds) >= MOST_FOLLOWED:
            raise NotPossible("One page can't follow more at a time.", code="too-many")
        self.feeds[wanted.key] = await self.live.follow(wanted, self._news.set)
        self._news.set()

    def _refuse(self, about: dict[str, Any], found: dict[str, Any]) -> None:
        self._reply(text({"channel": "error", "about": about, "problem": found}))

    def _reply(self, message: str) -> None:
        self._replies.append(message)
        self._news.set()

    # -- what it is told ----------------------------------------------------------

    async def _speak(self) -> None:
        while await self._news.wait():
            self._news.clear()
            while await self._round():
                pass

    async def _round(self) -> bool:
        """Sends what waits, of each feed one message at most; False if there was nothing."""
        sent = False
        while self._replies:
            await self._send(self._replies.popleft())
            self._room.set()
            sent = True
        for key, feed in list(self.feeds.items()):
            message = await feed.take()
            if message is not None and self.feeds.get(key) is feed:
                await self._send(message)
                sent = True
        return sent

    async def _send(self, message: Message) -> None:
        self._sending = True
        self._spoke = self._clock()
        try:
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                await self.socket.send_text(message)
        except RuntimeError as gone:  # closed from this side: it didn't keep to the protocol
            raise WebSocketDisconnect(1006) from gone
        self._sending = False

    async def _watch(self) -> None:
        """Breaks a silence, and ends when the page takes nothing any more."""
        while True:
            silence = self._clock() - self._spoke
            if not self._sending and silence >= _SILENCE:
                self._reply(_BEAT)
                silence = 0.0
            if self._sending and silence >= _STALLED:
                raise WebSocketDisconnect
            await asyncio.sleep(max(_SILENCE - silence, _SILENCE / 5))


def _bound(said: str) -> None:
    if len(said) > LONGEST_MESSAGE:
        raise TuneyardError("This message is too long.", code="too-long")


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return wording.plain(first, ".".join(str(part) for part in first["loc"]))
