"""TensorBoard's files, as its own writer makes them: records with checksums, one event each."""

import os
import socket
import struct
import time
from pathlib import Path

_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


class SummaryWriter:
    def __init__(self, log_dir: str) -> None:
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.0"
        self._file = (Path(log_dir) / name).open("ab")
        self._write(_bytes(3, b"brain.Event:2"))

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        figure = _bytes(1, tag.encode()) + _key(2, 5) + struct.pack("<f", value)
        self._write(_key(2, 0) + _varint(step) + _bytes(5, _bytes(1, figure)))

    def close(self) -> None:
        self._file.close()

    def _write(self, event: bytes) -> None:
        data = _key(1, 1) + struct.pack("<d", time.time()) + event
        length = struct.pack("<Q", len(data))
        self._file.write(length + _checksum(length) + data + _checksum(data))
        self._file.flush()


def _key(number: int, kind: int) -> bytes:
    return bytes([number << 3 | kind])


def _bytes(number: int, data: bytes) -> bytes:
    return _key(number, 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _checksum(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
