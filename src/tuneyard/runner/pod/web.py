"""A small HTTP/1.1 server: bounded, and every refusal is a sentence."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import socketserver
import threading
import traceback
from http.server import BaseHTTPRequestHandler
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST = 64 << 20  # bytes of a body

_PIECE = 256 << 10
_ALWAYS = {
    "Cache-Control": "no-store, no-transform",
    "Tuneyard-Face": "1",  # by which home knows our 404 from the proxy's own
    "X-Content-Type-Options": "nosniff",
}
_EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag,"
    " Tuneyard-Incarnation, Tuneyard-Next, Tuneyard-Reset"
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, If-None-Match, If-Range, Last-Event-ID, Range"
    ),
    "Access-Control-Max-Age": "7200",
}


class Refused(Exception):
    """An HTTP status, a code for programs, a sentence for people; `more` goes into the answer."""

    headers: Mapping[str, str] = {}

    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.answer = {"code": code, "sentence": sentence, **more}


class Server(socketserver.ThreadingTCPServer):
    """A thread a connection, `most` of them: for a further one, the longest idle makes way.

    Idle is who hasn't sent a whole request that we may answer: half-open connections, and
    strangers without the token, never keep anybody out.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[Handler], most: int = 96) -> None:
        self._lock = threading.Lock()
        self._busy: dict[Any, bool] = {}  # of each connection; the longest unchanged first
        self._most = most
        super().__init__(address, handler)

    def note(self, connection: Any, *, busy: bool) -> None:
        with self._lock:
            if self._busy.pop(connection, None) is not None:
                self._busy[connection] = busy

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            if len(self._busy) >= self._most:
                idle = next((one for one, busy in self._busy.items() if not busy), request)
                self._busy.pop(idle, None)
                with contextlib.suppress(OSError):  # its thread finds it closed, and ends
                    idle.shutdown(socket.SHUT_RDWR)
            self._busy[request] = False
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._busy.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - theirs
        traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    """One connection. A subclass answers in `respond`."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 90.0  # seconds of silence; longer than proxies keep an idle connection
    origins: frozenset[str] = frozenset()  # of pages that may read the answers; "*" for all

    def respond(self) -> None:
        raise NotImplementedError

    def _serve(self) -> None:
        self.told = False  # whether an answer has begun
        self.left = 0  # bytes of the body that are still to come
        try:
            try:
                self._announced()
                if self.command == "OPTIONS":
                    self.answer(200, b"", **_PREFLIGHT)
                else:
                    self.respond()
            except Refused as refused:
                self._refuse(refused)
            except (ConnectionError, TimeoutError):
                raise
            except Exception as error:  # noqa: BLE001 - the next request may well be answered
                traceback.print_exc()
                self._refuse(Refused(500, "failed", f"The pod failed: {type(error).__name__}."))
            self._drain()
        except OSError:  # whoever asked is gone, or too slow
            self.close_connection = True
        finally:
            self.server.note(self.connection, busy=False)

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    # -- what was asked -----------------------------------------------------------

    def _announced(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,18}", length):
            self.close_connection = True
            raise Refused(411, "length", "Say how long the body is, in Content-Length.")
        self.left = int(length)

    def body(self, most: int = LARGEST) -> Iterator[bytes]:
        """The request's body as it comes. Raises Refused if it is longer than `most`."""
        if self.left > most:
            raise Refused(413, "too-large", f"A request here may have {most:,} bytes at most.")
        while self.left:
            data: bytes = self.rfile.read1(min(self.left, _PIECE))
            if not data:
                raise ConnectionAbortedError
            self.left -= len(data)
            yield data

    def json(self) -> dict[str, Any]:
        try:
            data = json.loads(b"".join(self.body(64 << 10)))
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise Refused(400, "body", "The request's body is no JSON object.")
        return data

    def _drain(self) -> None:
        """Reads on to the next request; a body that nobody wanted ends the connection."""
        if self.left > LARGEST:
            self.close_connection = True
            return
        for _ in self.body():
            pass

    # -- answers ------------------------------------------------------------------

    def answer(self, status: int, body: bytes | dict[str, Any] | list[Any], **headers: str) -> None:
        """`headers` may be written with ``_`` for ``-``."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.head(status, {"Content_Length": str(len(data)), **headers})
        self.send(data)

    def _refuse(self, refused: Refused) -> None:
        if self.told:
            raise ConnectionAbortedError
        self.answer(refused.status, refused.answer, **refused.headers)

    def send_error(self, code: int, message: Any = None, explain: Any = None) -> None:  # noqa: ARG002
        """What http.server itself refuses: it could not be read, or has an unknown method."""
        self.close_connection = True
        self.request_version = self.protocol_version  # whatever it said: else no head is sent
        self.answer(code, {"code": "request", "sentence": "A pod answers no such request."})

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.told = True
        self.send_response(status)
        kind = {"Content_Type": "application/json"}
        for name, value in {**_ALWAYS, **kind, **self._cors(), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(data)

    def give(self, file: IO[bytes], size: int, etag: str, **headers: str) -> None:
        """A file, or the range of it that was asked for."""
        headers |= {"ETag": etag, "Accept_Ranges": "bytes"}
        if self.headers.get("If-None-Match") in {etag, "*"}:
            self.head(304, headers)
            return
        start, end = self._range(size, etag)
        if end - start < size:
            headers["Content_Range"] = f"bytes {start}-{end - 1}/{size}"
        self.head(
            206 if end - start < size else 200, {"Content_Length": str(end - start), **headers}
        )
        if self.command != "HEAD" and end > start:
            sent = self.connection.sendfile(file, start, end - start)
            self.close_connection |= sent < end - start  # it was cut while it was read

    def _range(self, size: int, etag: str) -> tuple[int, int]:
        """The bytes to send; all of them where one range can't be made out."""
        asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", self.headers.get("Range", "").strip())
        if not asked or asked[0] == "bytes=-" or self.headers.get("If-Range", etag) != etag:
            return 0, size
        start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
        end = min(size, int(asked[2]) + 1) if asked[1] and asked[2] else size
        if start >= end:
            refused = Refused(416, "range", f"The file has {size:,} bytes.")
            refused.headers = {"Content_Range": f"bytes */{size}"}
            raise refused
        return start, end

    def _cors(self) -> dict[str, str]:
        asking = "*" if "*" in self.origins else self._header("Origin")
        allowed = {"Access-Control-Allow-Origin": asking, "Access-Control-Expose-Headers": _EXPOSED}
        return {"Vary": "Origin", **(allowed if asking in self.origins else {})}

    def _header(self, name: str) -> str:
        headers = getattr(self, "headers", None)  # none of a request that couldn't be read
        return headers.get(name, "") if headers else ""

    def version_string(self) -> str:
        return "tuneyard"

    def log_message(self, *_: Any) -> None:
        """Requests are no news."""
