"""HTTP itself: reads requests, sends answers, and breaks connections off."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .answers import Request
from .settings import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .answers import Answer

PIECE = 1 << 16  # bytes
_LOOK = 0.2  # seconds between looks whether whoever waits in vain has gone


class Server(ThreadingHTTPServer):
    """Whatever comes is for `serve`, in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, serve: Callable[[Handler], None], port: int) -> None:
        super().__init__((HOST, port), Handler)
        self.serve = serve

    def start(self) -> None:
        # The interval is how long stopping takes.
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Nobody is told of one who hung up; whatever else fails is seen by who asked."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its signature
        """Quiet: what was asked is in `Practice.asked`."""

    def _serve(self) -> None:
        self.server.serve(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _serve  # noqa: N815

    def asked(self) -> Request:
        parts = urlsplit(self.path)
        body = b"".join(self.pieces())
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, self.headers, body)

    def pieces(self) -> Iterator[bytes]:
        """The request's body, as it comes."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # what may follow the last piece
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left and (piece := self.rfile.read(min(left, PIECE))):
            left -= len(piece)
            yield piece

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.stream is not None:
            self._stream(answer.stream)
            return
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 204:
            self.wfile.write(answer.body)

    def chunk(self, data: bytes) -> None:
        """One piece of a body whose length nobody knows; an empty one is its end."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def hang_up(self) -> None:
        """Ends the connection as one that broke: with a reset, where there was more to come."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def wait_in_vain(self, closing: threading.Event) -> None:
        """Until whoever asked has gone."""
        while not closing.is_set():
            if select.select([self.connection], [], [], _LOOK)[0]:
                return

    def _stream(self, pieces: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.chunk(piece)
        self.chunk(b"")
