import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tuneyard.runner.pod.web import Handler, Refused, Server
from waiting import wait_for


class _Echo(Handler):
    """Lets those in who say so, and sends back what they send."""

    file = os.devnull
    timeout = 5.0

    def respond(self) -> None:
        if self.path == "/stranger":
            raise Refused(401, "unauthorized", "No.")
        self.server.note(self.connection, busy=True)
        if self.path == "/file":
            size = Path(self.file).stat().st_size
            with open(self.file, "rb") as file:
                self.give(file, size, '"1"')
        elif self.path == "/json":
            self.answer(200, self.json())
        else:
            self.answer(200, b"".join(self.body()))


@contextmanager
def running(most: int = 96, handler: type[Handler] = _Echo, **has: str) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), type("Has", (handler,), has), most) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=30)


def at_work(server: Server) -> int:
    return sum(server._busy.values())


def ask(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Status and body of one answer."""
    connection.sendall(request)
    return heard(connection)


def heard(connection: socket.socket) -> tuple[int, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            return 0, data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    length = next(int(line.split(": ")[1]) for line in lines if line.startswith("content-length"))
    while len(body) < length:
        body += connection.recv(1 << 16)
    return int(lines[0].split()[1]), body


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_connection_serves_many_requests() -> None:
    with running() as server, connect(server) as connection:
        for body in (b"one", b"", b"three"):
            head = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
            assert ask(connection, head + body) == (200, body)


def test_requests_may_come_in_drops() -> None:
    with running() as server, connect(server) as connection:
        for byte in b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":
            connection.sendall(bytes([byte]))
        assert heard(connection) == (200, b"abc")


def test_the_longest_idle_makes_way_and_nobody_at_work_does() -> None:
    with running(most=4) as server:
        working = connect(server)
        working.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        wait_for(lambda: at_work(server) == 1)
        half_open = [connect(server) for _ in range(3)]
        for each in half_open:
            each.sendall(b"GET / HT")
        new = [connect(server) for _ in range(3)]
        assert [ask(each, GET)[0] for each in new] == [200, 200, 200]
        assert all(is_closed(each) for each in half_open)
        assert ask(working, b"def") == (200, b"abcdef")
        for each in (working, *half_open, *new):
            each.close()


def test_where_all_are_at_work_a_further_one_is_sent_away() -> None:
    with running(most=1) as server, connect(server) as working:
        working.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        wait_for(lambda: at_work(server) == 1)
        with connect(server) as other:
            assert is_closed(other)
        assert ask(working, b"def") == (200, b"abcdef")


def test_a_reader_that_never_reads_holds_nobody_up(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate(1 << 30)
    with running(file=str(large)) as server:
        slow = [connect(server) for _ in range(8)]
        for each in slow:
            each.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
        with connect(server) as connection:
            assert ask(connection, GET) == (200, b"")
        for each in slow:
            each.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
        (b"DELETE / HTTP/1.1\r\n\r\n", 501),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"PUT / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", 411),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"PUT / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"PUT /json HTTP/1.1\r\nContent-Length: 70000\r\n\r\n" + b" " * 70_000, 413),
    ],
)
def test_odd_requests_are_refused_in_words(request_: bytes, status: int) -> None:
    with running() as server:
        with connect(server) as connection:
            found, body = ask(connection, request_)
            assert found == status
            assert set(json.loads(body)) == {"code", "sentence"}
        with connect(server) as another:
            assert ask(another, GET)[0] == 200


def test_after_a_refusal_the_connection_goes_on_with_the_next_request() -> None:
    with running() as server, connect(server) as connection:
        body = b"x" * 100_000
        head = b"PUT /stranger HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        assert ask(connection, head + body)[0] == 401
        assert ask(connection, GET)[0] == 200


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(tmp_path: Path) -> None:
    class _Shrinks(_Echo):
        def respond(self) -> None:
            with open(self.file, "rb") as file:
                self.give(file, 20, '"1"')

    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with running(handler=_Shrinks, file=str(path)) as server, connect(server) as connection:
        connection.sendall(GET)
        data = b""
        while piece := connection.recv(1 << 16):
            data += piece
    assert data.endswith(b"\r\n\r\n0123456789")
