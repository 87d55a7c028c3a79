"""A server over a real socket that does exactly what a test scripts, however rude.

    with Scripted() as server:
        server.acts += [answer(500), drops]
        ...

Each connection has one request; it is read whole before its act begins.
"""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

Act = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Scripted:
    """`acts` are done in turn; without any left it answers 418. `requests` is what came."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.requests: list[Request] = []
        self.ending = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._connections:
            connection.close()
        for thread in self._threads:
            thread.join()

    def holds(self, _connection: socket.socket) -> None:
        """An act: says nothing for as long as the test lasts."""
        self.ending.wait()

    def _accept(self) -> None:
        while not self.ending.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(partial(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        try:
            if (request := _read(connection)) is None:
                return
            with self._lock:
                self.requests.append(request)
                act = self.acts.pop(0) if self.acts else answer(418)
            act(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()


def answer(status: int, data: Any = None, *, body: bytes | None = None, **headers: str) -> Act:
    """JSON, unless a `body` is given; names of headers with _ for -."""
    content = body if body is not None else b"" if data is None else json.dumps(data).encode()
    kind = "application/json" if status < 400 else "application/problem+json"
    given = {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return lambda connection: connection.sendall(_head(status, given, len(content)) + content)


def problem(status: int, detail: str, *errors: str, **headers: str) -> Act:
    data = {"title": "A problem", "status": status, "detail": detail}
    found = {**data, "errors": list(errors)} if errors else data
    return answer(status, found, body=None, **headers)


def drops(connection: socket.socket) -> None:
    """The request was read, and its answer never comes."""


def half(status: int, data: Any) -> Act:
    """The body breaks off in the middle."""
    content = json.dumps(data).encode()
    begun = _head(status, {"Content-Type": "application/json"}, len(content)) + content[:-5]
    return lambda connection: connection.sendall(begun)


def _head(status: int, headers: dict[str, str], length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {length}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _read(connection: socket.socket) -> Request | None:
    stream = connection.makefile("rb")
    if not (first := stream.readline()):
        return None
    method, path, _ = first.decode().split(" ")
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)
