"""A site on this computer, to try it: the same headers and the same way to RunPod as by nginx."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from tuneyard.errors import NotFound, NotPossible

from . import headers
from .hosts import WAY, Hosts
from .passing import ALLOWED, CONNECT, LARGEST, SENT, SILENT, WITHHELD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request

HOST = "127.0.0.1"

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_KEPT = re.compile(r"(assets|programs)/[A-Za-z0-9_.-]+")
_HIDDEN = frozenset({"nginx.conf", "README.md"})
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})
_NOT_PASSED = _OF_ONE_HOP | {name.lower() for name in WITHHELD}


def serve(folder: Path, port: int, say: Callable[[str], object]) -> None:
    """Until Ctrl-C. Raises NotFound where there is no site, NotPossible where the port is taken."""
    _hosts(folder)  # no port is taken for what is no site
    listener = _listen(port)
    link = f"http://{HOST}:{listener.getsockname()[1]}/"
    # Not before Ctrl-C would end it in order.
    app = application(folder, lambda: say(f"The page is at {link}   Ctrl-C ends this."))
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,  # streams of log lines would never end
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def application(folder: Path, begun: Callable[[], object] = lambda: None) -> Starlette:
    """The site in this folder, at the top of a host; it calls `begun` once it does."""
    hosts = _hosts(folder)
    site = _Site(folder.resolve(), hosts, begun)
    routes = [Route(f"/{WAY}{{path:path}}", site.passed, methods=["GET", "POST", "DELETE"])]
    return Starlette(
        routes=[*(routes if hosts.passes else []), Route("/{path:path}", site.file)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        lifespan=site.lifespan,
    )


class _Site:
    def __init__(self, folder: Path, hosts: Hosts, begun: Callable[[], object]) -> None:
        self._folder, self._hosts, self._begun = folder, hosts, begun
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(CONNECT, read=SILENT),
            follow_redirects=False,
            trust_env=False,
        )

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self._client:
            self._begun()
            yield

    async def file(self, request: Request) -> Response:
        path = request.path_params["path"] or "index.html"
        fixed = headers.of_site(self._hosts)
        file = (self._folder / path).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file() or path in _HIDDEN:
            return Response(status_code=404, headers=fixed)
        fixed["Cache-Control"] = (
            headers.FOR_GOOD if _KEPT.fullmatch(path) else headers.ASKED_EACH_TIME
        )
        kind = _TYPES.get(file.suffix, "application/octet-stream")
        answer = FileResponse(file, headers=fixed, media_type=kind, stat_result=file.stat())
        if request.headers.get("if-none-match") == answer.headers["etag"]:
            return Response(status_code=304, headers={**fixed, "ETag": answer.headers["etag"]})
        return answer

    async def passed(self, request: Request) -> Response:
        """What nginx.conf does at the same address, by the same lists."""
        path: str = request.path_params["path"]
        fixed = headers.of_answer()
        if not path:
            return Response(status_code=204, headers=fixed)
        if not _is_own(request):
            return Response(status_code=403, headers=fixed)
        if not _is_known(request.method, path):
            return Response(status_code=404, headers=fixed)
        body = await _body(request)
        if body is None:
            return Response(status_code=413, headers=fixed)
        asked = _asked(request, f"{self._hosts.runpod}/{path}", body)
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.HTTPError:
            return Response(status_code=502, headers=fixed)
        passed = {name: value for name, value in answer.headers.items() if name not in _NOT_PASSED}
        return StreamingResponse(_streamed(answer), answer.status_code, {**passed, **fixed})


async def _streamed(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


async def _body(request: Request) -> bytes | None:
    """None if it is too large."""
    found = b""
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST:
            return None
    return found


def _asked(request: Request, address: str, body: bytes) -> httpx.Request:
    query = f"?{request.url.query}" if request.url.query else ""
    given = {name: request.headers[name] for name in SENT if name in request.headers}
    return httpx.Request(request.method, f"{address}{query}", headers=given, content=body)


def _is_own(request: Request) -> bool:
    """Whether the page of this very host asks, by what its browser says of it."""
    origin, site = (request.headers.get(name, "") for name in ("origin", "sec-fetch-site"))
    host = request.headers.get("host", "")
    if site not in {"", "same-origin"}:
        return False
    return origin in {f"http://{host}", f"https://{host}"} or (not origin and bool(site))


def _is_known(method: str, path: str) -> bool:
    return any(
        re.fullmatch(methods, method) and re.fullmatch(known, path) for methods, known in ALLOWED
    )


def _hosts(folder: Path) -> Hosts:
    try:
        given = json.loads((folder / "site.json").read_text(encoding="utf-8"))["hosts"]
    except (OSError, ValueError, KeyError):
        raise NotFound(
            f"There is no site in {folder}.",
            code="no-site",
            next_step=f"Make one: tuneyard site build {folder}",
        ) from None
    named = {name: given[name] for name in ("runpod", "proxy", "hub", "console")}
    return Hosts(**named, files=tuple(given["files"]), passes=bool(given["pass"]))


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise NotPossible(
            f"Port {port} can't be used: {error.strerror}.",
            code="port-taken",
            field="port",
            next_step="Choose another: --port 0 takes any that is free.",
        ) from None
