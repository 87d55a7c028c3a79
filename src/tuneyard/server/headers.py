"""The headers by which a browser is strict with what we answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from tuneyard.strictness import DATA, EVERYWHERE, policy

if TYPE_CHECKING:
    from starlette.types import Message, Send

_PAGE = {**EVERYWHERE, "Content-Security-Policy": policy()}
_DATA = {**EVERYWHERE, "Content-Security-Policy": DATA}


def strict(send: Send, *, data: bool) -> Send:
    """Adds them to an answer: of the API if it is `data`, else of the page."""
    fixed = _DATA if data else _PAGE

    async def with_headers(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in fixed.items():
                headers[name] = value
            if data:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return with_headers
