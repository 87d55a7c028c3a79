"""What stands before every request: the right name, our own page, a key, and a bound.

    name     the Host is one of ours, or a page elsewhere could make its own name
             lead here (DNS rebinding)
    page     what changes something, and the WebSocket, was sent by our own page or
             by a script with the token: a cookie is sent along from other ports of
             the same host too
    key      all of the API but signing in needs the session's cookie or the token
    bound    a body is counted as it comes in, whatever its length was said to be

Every answer then carries the headers that make a browser strict: headers.py.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from .headers import strict
from .problems import problem, response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .keys import Keys

LINK = "Open the link that `tuneyard serve` printed."

_API = "/api"
_OPEN = {("GET", "/api/session"), ("HEAD", "/api/session"), ("POST", "/api/session")}
_SAFE = {"GET", "HEAD"}
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::\d{1,5})?", re.ASCII)

_JSON_BYTES = 1_000_000
# Files of an upload, which its route counts against limits of their own.
_UNBOUNDED = re.compile(r"/api/uploads/[^/]+/files/.+")


class Hosts:
    """The names by which this server may be asked for.

    Where it is reachable from elsewhere, any address is right: rebinding needs a name,
    and a computer doesn't know all the addresses that others have for it. Ports are not
    compared, since a tunnel has its own at the other end.
    """

    def __init__(self, bound: str = "127.0.0.1", allowed: Iterable[str] = ()) -> None:
        self._here_only = ipaddress.ip_address(bound).is_loopback
        self._names = {"localhost", *(name.lower() for name in allowed)}

    def has(self, host: str) -> bool:
        """Whether this is one of them, as the header has it."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = (found[1] or found[2]).lower()
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return name in self._names or address.is_loopback or not self._here_only


class Security:
    """The rules of one server; `middleware` puts them before an app."""

    def __init__(self, keys: Keys, hosts: Hosts | None = None) -> None:
        self.keys = keys
        self.hosts = hosts or Hosts()

    def middleware(self, app: ASGIApp) -> ASGIApp:
        return _Guard(app, self)

    def is_signed_in(self, headers: Headers) -> bool:
        cookies = cookie_parser(headers.get("cookie", ""))
        return self.has_token(headers) or self.keys.is_session(cookies.get(self.keys.cookie, ""))

    def has_token(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self.keys.is_token(given.strip())

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not pass."""
        headers = Headers(scope=scope)
        if not self._is_for_us(headers):
            return _refused(
                scope,
                403,
                "Tuneyard doesn't answer to this name.",
                "host",
                "Open the link that `tuneyard serve` printed. If the name is yours, start it with "
                "--allow-host NAME.",
            )
        if not _in_api(scope):
            return None
        if not self._is_ours(scope, headers):
            return _refused(
                scope,
                403,
                "Only Tuneyard's own page may ask for this.",
                "origin",
                "Do it there. A script sends its token instead: Authorization: Bearer TOKEN.",
            )
        if _key_of(scope) not in _OPEN and not self.is_signed_in(headers):
            return _refused(scope, 401, "You are signed out.", "signed-out", self.way_in)
        return None

    @property
    def way_in(self) -> str:
        """What somebody who is signed out does next."""
        return f"{LINK[:-1]}, or sign in with the password." if self.keys.password else LINK

    def _is_for_us(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and self.hosts.has(hosts[0])

    def _is_ours(self, scope: Scope, headers: Headers) -> bool:
        """Whether no other page sent it, as far as a browser says so; where something may
        change, it must say so, unless a script sent it with the token.
        """
        site, origins = headers.get("sec-fetch-site"), headers.getlist("origin")
        if site is not None:
            ours = site == "same-origin" or (site == "none" and _is_safe(scope))
        elif origins:
            ours = len(origins) == 1 and _host_of(origins[0]) == headers["host"].lower()
        else:
            ours = _is_safe(scope) or self.has_token(headers)
        return ours


class _Guard:
    """One app behind its security."""

    def __init__(self, app: ASGIApp, security: Security) -> None:
        self.app = app
        self.security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = strict(send, data=_in_api(scope))
        if refusal := self.security.refusal(scope):
            await refusal(scope, receive, send)
        elif scope["type"] == "websocket" or _UNBOUNDED.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
        else:
            await _Bounded(self.app, _JSON_BYTES)(scope, receive, send)


class _Bounded:
    """One request to an app, to which a body that grows too large is one that breaks off;
    whatever it then answers, the answer is that it was too large.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.over = False
        self.begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.over = _said_length(scope) > self.limit
        if not self.over:
            await self._run(scope, receive, send)
        if self.over and not self.begun:
            await _too_large(scope, self.limit)(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message: Message = {} if self.over else await receive()
            read += len(message.get("body", b""))
            self.over = read > self.limit
            return {"type": "http.disconnect"} if self.over else message

        async def unless_over(message: Message) -> None:
            if self.begun or not self.over:
                self.begun = True
                await send(message)

        try:
            await self.app(scope, counted, unless_over)
        except Exception:
            if not self.over:
                raise


def _in_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == _API or path.startswith(f"{_API}/")


def _key_of(scope: Scope) -> tuple[str, str]:
    return scope.get("method", "WEBSOCKET"), scope["path"]


def _is_safe(scope: Scope) -> bool:
    return scope.get("method") in _SAFE


def _host_of(origin: str) -> str:
    """The host and port of an origin, as a Host header would have them; not the scheme, which
    a proxy in between may have changed.
    """
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _said_length(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isdecimal() else 0


def _too_large(scope: Scope, limit: int) -> Response:
    answer = _refused(
        scope,
        413,
        f"That is too large: {limit:,} bytes at most.",
        "too-large",
        "Send less at once.",
    )
    answer.headers["Connection"] = "close"  # what is left of the body is not read
    return answer


def _refused(scope: Scope, status: int, sentence: str, code: str, step: str) -> Response:
    """For programs as problem details, for who opened a page as plain text."""
    if not _in_api(scope):
        return PlainTextResponse(f"{sentence}\n{step}\n", status)
    answer = response(problem(status, sentence, code, next_step=step))
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
