"""A WebSocket client that does as little as it can: many of them share one process."""

import json
import socket
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

_TEXT, _BINARY = 1, 2
_INFLATED_END = b"\x00\x00\xff\xff"


@dataclass(eq=False)
class Client:
    port: int
    path: str
    deflate: bool = False
    cookie: str = ""
    _buffer: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if self.deflate else ""
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        self.socket.sendall(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{cookie}"
            f"Origin: http://127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{extension}\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self.socket.recv(65536)
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        assert (b"permessage-deflate" in head) is self.deflate, head
        self._buffer = bytearray(rest)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def send(self, **message: Any) -> None:
        data = json.dumps(message).encode()
        assert len(data) < 126
        self.socket.sendall(struct.pack("!BBI", 0x81, 0x80 | len(data), 0) + data)

    def receive(self) -> list[bytes | str]:
        """The messages that came with one read of the socket."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("The server has closed the connection.")
        self._buffer += data
        return self._messages()

    def next(self) -> bytes | str:
        """Waits for one message; only before `receive` is used."""
        while not (messages := self._messages(1)):
            self._buffer += self.socket.recv(65536)
        return messages[0]

    def _messages(self, most: int = 1 << 30) -> list[bytes | str]:
        found: list[bytes | str] = []
        view, at = self._buffer, 0
        while len(found) < most and len(view) >= at + 2:
            length, start = view[at + 1], at + 2
            if length == 126:
                start = at + 4
                length = int.from_bytes(view[at + 2 : start], "big")
            elif length == 127:
                start = at + 10
                length = int.from_bytes(view[at + 2 : start], "big")
            if len(view) < start + length:
                break
            data = bytes(view[start : start + length])
            if view[at] & 0x40:
                data = self._inflate.decompress(data + _INFLATED_END)
            opcode = view[at] & 0x0F
            if opcode in {_TEXT, _BINARY}:
                found.append(data if opcode == _BINARY else data.decode())
            at = start + length
        del self._buffer[:at]
        return found
