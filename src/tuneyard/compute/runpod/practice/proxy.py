"""RunPod's proxy: passes requests on to a pod's own server, as well or badly as it does there.

``/proxy/<pod>/<port>/path`` instead of ``https://<pod>-<port>.proxy.runpod.net/path``.
"""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

from .answers import Answer
from .settings import FACE, HOST

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from .faults import ProxyFaults
    from .pods import Pod
    from .wire import Handler
    from .world import World

_OF_ONE_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "expect",
    ]
)
_PIECE = 1 << 16  # bytes


class Broken(Exception):
    """The proxy breaks what it was passing on."""


def forward(handler: Handler, world: World, closing: threading.Event) -> None:
    found = re.match(r"/proxy/([\w-]+)/(\d+)(/.*)?$", handler.path)
    pod = world.pods.get(found[1]) if found else None
    faults = world.faults.proxy
    if not found or pod is None or f"{found[2]}/http" not in pod.asked.get("ports", []):
        _refuse(handler, 404)
        return
    if faults.refuse() or not pod.reachable or found[2] != str(FACE):
        _refuse(handler, 502)
        return
    closing.wait(faults.slow)
    try:
        _pass_on(handler, pod, found[3] or "/", faults, world.settings.proxy_limit)
    except Broken:
        handler.hang_up()


def _pass_on(handler: Handler, pod: Pod, path: str, faults: ProxyFaults, limit: float) -> None:
    pod_side = http.client.HTTPConnection(HOST, pod.made.port, timeout=limit)
    passed = _Passed(faults)
    try:
        try:
            _ask(handler, pod_side, path, passed)
            answer = pod_side.getresponse()
        except TimeoutError:
            _refuse(handler, 524)
            return
        except (OSError, http.client.HTTPException):
            _refuse(handler, 502)
            return
        _answer(handler, answer, passed, faults.buffers)
    finally:
        pod_side.close()


def _ask(
    handler: Handler, pod_side: http.client.HTTPConnection, path: str, passed: _Passed
) -> None:
    pod_side.connect()
    pod_side.putrequest(handler.command, path, skip_host=True, skip_accept_encoding=True)
    for name, value in handler.headers.items():
        if name.lower() not in _OF_ONE_HOP:
            pod_side.putheader(name, value)
    length = handler.headers.get("Content-Length")
    chunked = "Transfer-Encoding" in handler.headers
    if chunked:
        pod_side.putheader("Transfer-Encoding", "chunked")
    elif length is not None:
        pod_side.putheader("Content-Length", length)
    pod_side.endheaders()
    for piece in handler.pieces():
        passed.count(piece)
        pod_side.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
    if chunked:
        pod_side.send(b"0\r\n\r\n")


def _answer(
    handler: Handler, answer: http.client.HTTPResponse, passed: _Passed, buffers: int
) -> None:
    handler.send_response_only(answer.status, answer.reason)
    for name, value in answer.getheaders():
        if name.lower() not in _OF_ONE_HOP:
            handler.send_header(name, value)
    bare = handler.command == "HEAD" or answer.status in {204, 304}
    length = answer.getheader("Content-Length")
    if length is not None:
        handler.send_header("Content-Length", length)
    elif not bare:
        handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    if bare:
        return
    write = handler.chunk if length is None else handler.wfile.write
    try:
        for piece in _collected(_pieces(answer, passed), buffers):
            write(piece)
    except (OSError, http.client.HTTPException):
        raise Broken from None  # the pod's side went away, or was silent for too long
    if length is None:
        handler.chunk(b"")


def _pieces(answer: http.client.HTTPResponse, passed: _Passed) -> Iterator[bytes]:
    expected = answer.length
    while piece := answer.read1(_PIECE):
        passed.count(piece)
        yield piece
    if expected and answer.length:
        raise Broken  # it ended before it was over


def _collected(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Pieces of at least `size` bytes: nothing comes before so much is there, or all."""
    held = b""
    for piece in pieces:
        held += piece
        if len(held) >= size:
            yield held
            held = b""
    if held:
        yield held


class _Passed:
    """Counts what went through, and breaks it off where a fault says so."""

    def __init__(self, faults: ProxyFaults) -> None:
        self._faults, self._bytes = faults, 0

    def count(self, piece: bytes) -> None:
        self._bytes += len(piece)
        if self._faults.breaks_now(self._bytes):
            raise Broken


def _refuse(handler: Handler, status: int) -> None:
    """As what stands before RunPod's machines does; the connection is of no further use."""
    handler.close_connection = True
    body = f"<!DOCTYPE html><title>{status}</title><h1>Error {status}</h1>".encode()
    handler.send(Answer(status, body, {"Content-Type": "text/html", "Connection": "close"}))
