"""Calls an app as a server would, with whatever headers and pieces of a body a test likes."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8400"
ORIGIN = f"http://{HOST}"


@dataclass
class Answer:
    status: int
    headers: Headers
    body: bytes


def ask(
    app: ASGIApp,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    body: Iterable[bytes] = (),
    query: str = "",
) -> Answer:
    """One request. Without a Host of its own it is for this server by its usual name."""
    scope = {"type": "http", "method": method, **_scope(path, headers)}
    scope["query_string"] = query.encode()
    return _answer(app, scope, [{"type": "http.request", **part} for part in _pieces(body)])


def knock(app: ASGIApp, path: str, headers: Mapping[str, str] | None = None) -> Answer | None:
    """Opens a WebSocket: None if it is let in, else the answer that refuses it."""
    extensions: Any = {"websocket.http.response": {}}
    scope = {"type": "websocket", "extensions": extensions, **_scope(path, headers or {})}
    answer = _answer(app, scope, [{"type": "websocket.connect"}])
    return None if answer.status == 101 else answer


def _scope(path: str, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, Any]:
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if not any(name.lower() == "host" for name, _ in pairs):
        pairs.insert(0, ("Host", HOST))
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs]
    return {"path": path, "query_string": b"", "scheme": "http", "headers": raw}


def _pieces(body: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for piece in body:
        yield {"body": piece, "more_body": True}
    yield {"body": b"", "more_body": False}


def _answer(app: ASGIApp, scope: dict[str, Any], messages: Iterable[Message]) -> Answer:
    given = iter(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        for message in given:
            return message
        await asyncio.Event().wait()  # nothing more comes, as long as it is waited for
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_run(app, scope, receive, send))
    start, *rest = sent
    if start["type"] == "websocket.accept":
        return Answer(101, Headers(), b"")
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], Headers(raw=start["headers"]), body)


async def _run(app: ASGIApp, scope: dict[str, Any], receive: Any, send: Any) -> None:
    await app(scope, receive, send)
