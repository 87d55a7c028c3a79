"""The headers by which a browser is strict with what we answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import Message, Send

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "usb",
        )
    ),
}

# 'self' is the WebSocket of this very host too. Trusted types: Svelte names the one policy
# that there may be.
_PAGE = {
    **_EVERYWHERE,
    "Content-Security-Policy": (
        "default-src 'none'; "
        "script-src 'self'; "
        "style-src 'self'; "
        "img-src 'self' blob:; "
        "media-src 'self' blob:; "
        "connect-src 'self'; "
        "font-src 'self'; "
        "base-uri 'none'; "
        "form-action 'none'; "
        "frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; "
        "trusted-types svelte-trusted-html"
    ),
}

# What a trainer wrote may be opened in a tab of its own: nothing in it runs or loads.
_DATA = {
    **_EVERYWHERE,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


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
