"""Requests over a real socket, with the faults that a test asked for."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from .faults import Asked, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fake import FakeHub
    from .faults import Fault

_SHOWN = (
    "Link, ETag, Content-Range, Accept-Ranges, X-Repo-Commit, X-Error-Code, X-Error-Message, "
    "X-Linked-Size, X-Linked-ETag"
)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: FakeHub, handler: type[Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.hub = hub
        self._open: set[socket.socket] = set()

    def start(self) -> None:
        # The interval is how long stop() takes.
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self._open):  # kept alive by a client: nobody else closes them
            _hang_up(connection)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the tests; anything else is a fault of the fake."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    fault: Fault | None
    received: int
    from_pages = ""  # headers that pages of others may send

    @property
    def hub(self) -> FakeHub:
        return self.server.hub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its signature
        """Quiet: what was asked is in `FakeHub.asked`."""

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names that http.server looks for

    def do_OPTIONS(self) -> None:
        """A browser asks so before it lets a page send a token."""
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", self.from_pages)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def act(self) -> None:
        raise NotImplementedError

    def _handle(self) -> None:
        self.received = 0
        self.fault = self.hub.fault(f"{self.command} {self.path}")
        try:
            if self.fault and self.fault.hangs:
                self._hang()
            elif self.fault and self.fault.status:
                self._drain()
                self.reply(self.fault.body, self.fault.status, dict(self.fault.headers))
            else:
                self.act()
        except Refused as no:
            self._drain()
            headers = {"X-Error-Code": no.code} if no.code else {}
            if no.message:
                headers["X-Error-Message"] = no.message
            self.reply(json.dumps({"error": no.message}).encode(), no.status, headers)
        except ConnectionError:
            self.close_connection = True
        except BaseException as error:
            self.hub.broken.append(error)
            self.close_connection = True
            raise

    def _hang(self) -> None:
        self.hub.hanging.append(f"{self.command} {self.path}")
        self.hub.over.wait()
        self.close_connection = True

    def _drain(self) -> None:
        """A kept connection needs the body read, wanted or not."""
        if not self.received:
            self.body()

    def body(self) -> bytes:
        """The request's body; a fault on an upload ends the connection inside of it."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            content = self._chunks()
        else:
            wanted = int(self.headers.get("Content-Length", 0))
            if self.command == "PUT" and self.fault and self.fault.cut is not None:
                self.received = len(self.rfile.read(min(self.fault.cut, wanted)))
                self._break_off(self.fault.reset)
            content = self.rfile.read(wanted)
        self.received = len(content)
        return content

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
            cut = self.fault.cut if self.fault and self.command == "PUT" else None
            if self.fault and cut is not None and len(content) >= cut:
                self.received = len(content)
                self._break_off(self.fault.reset)
        self.rfile.readline()
        return content

    def _break_off(self, reset: bool) -> None:
        self._note(0, 0)
        self._end(reset)
        raise ConnectionAbortedError

    def _end(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        else:
            _hang_up(self.connection)

    def reply(
        self,
        content: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", _SHOWN)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            content = b""
        cut = self.fault.cut if self.fault and self.command == "GET" else None
        content = content if cut is None else content[:cut]
        # Noted first: a client that has the answer may look before this thread goes on.
        self._note(status, len(content))
        self.wfile.write(content)
        if cut is not None:
            self.wfile.flush()
            self._end(self.fault.reset if self.fault else False)

    def reply_json(self, data: Any, headers: Mapping[str, str] | None = None) -> None:
        named = {"Content-Type": "application/json", **(headers or {})}
        self.reply(json.dumps(data).encode(), 200, named)

    def reply_file(self, content: bytes, etag: str, headers: Mapping[str, str]) -> None:
        """The file, or the rest of it: Range and If-Range as RFC 9110 has them."""
        named = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes", **headers}
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        current = self.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
        if not found or not current:
            self.reply(content, 200, named)
        elif int(found[1]) >= len(content):
            self.reply(b"", 416, {"Content-Range": f"bytes */{len(content)}"})
        else:
            start, end = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
            place = f"bytes {start}-{end}/{len(content)}"
            self.reply(content[start : end + 1], 206, {**named, "Content-Range": place})

    def _note(self, status: int, sent: int) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(
            self.command,
            self.path,
            self.headers.get("Range", ""),
            self.headers.get("If-Range", ""),
            token,
            status,
            sent,
            self.received,
        )
        with self.hub.lock:
            self.hub.asked.append(asked)
