"""The headers by which a browser is strict with a page of ours, whoever serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REFUSED = (
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

EVERYWHERE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _REFUSED),
}

# What others wrote may be opened in a tab of its own: nothing in it runs or loads.
DATA = "default-src 'none'; frame-ancestors 'none'; sandbox"


def policy(asked: Iterable[str] = (), shown: Iterable[str] = ()) -> str:
    """The content security policy of a page that also asks some hosts, and shows media of some.

    'self' is the WebSocket of this very host too. Trusted types: Svelte names the one policy
    that there may be.
    """
    connect, media = (" ".join(["'self'", *hosts]) for hosts in (asked, ["blob:", *shown]))
    return (
        "default-src 'none'; "
        "script-src 'self'; "
        "style-src 'self'; "
        f"img-src {media}; "
        f"media-src {media}; "
        f"connect-src {connect}; "
        "font-src 'self'; "
        "base-uri 'none'; "
        "form-action 'none'; "
        "frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; "
        "trusted-types svelte-trusted-html"
    )
