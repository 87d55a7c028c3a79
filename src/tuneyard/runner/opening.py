"""Opens addresses over http(s). A credential goes to the origin it is meant for and no further."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from . import tls

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIXED = {
    "User-Agent": "tuneyard",  # some hosts refuse urllib's own name
    "Accept-Encoding": "identity",  # lengths and ranges are those of the file itself
}


class UnsafeError(OSError):
    """A host sends on to where nobody follows."""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what a credential is meant for."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


def shown(url: str) -> str:
    """An address as it may be shown: signatures and the like are left out."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http(s), never from https to http, and takes no credential along."""

    max_redirections = 10

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: Any,
        code: int,  # noqa: ARG002 - urllib's
        msg: str,  # noqa: ARG002 - same
        headers: Any,  # noqa: ARG002 - same
        newurl: str,
    ) -> urllib.request.Request | None:
        here, there = origin(req.full_url), origin(newurl)
        if there[0] != "https" and (there[0] != "http" or here[0] == "https"):
            fp.close()
            raise UnsafeError(
                f"{here[1]} sends the download to {shown(newurl)}, which isn't safe:"
                " it was not followed."
            )
        kept = dict(req.headers)
        if here != there:
            kept = {k: v for k, v in kept.items() if k not in ("Authorization", "Cookie")}
        return urllib.request.Request(  # noqa: S310 - the scheme was looked at above
            newurl, headers=kept, method=req.get_method()
        )

    # Python 3.10 doesn't know 308.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def opener(redirects: type[Redirects] = Redirects) -> urllib.request.OpenerDirector:
    https = urllib.request.HTTPSHandler(context=tls.context())
    return urllib.request.build_opener(https, redirects)


def request(url: str, headers: Mapping[str, str], method: str = "GET") -> urllib.request.Request:
    """Of an address whose scheme is known to be http or https."""
    return urllib.request.Request(  # noqa: S310 - see above
        url, headers={**_FIXED, **headers}, method=method
    )


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
