"""Reads TensorBoard's files as they grow: scalars alone.

A file is a row of records: length (8 bytes), its checksum (4), data, its checksum (4);
data is an ``Event`` of protocol buffers: wall_time = 1, step = 2, summary = 5, whose
values (1) have tag = 1 and simple_value = 2. Checksums are not looked at: a record that
is not whole yet is one whose bytes aren't there.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.runner.folder import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_ONCE = 1 << 20  # bytes
_HEAD, _TAIL = 12, 4
_LARGEST = 64 << 20  # bytes of a record; a longer one is no record

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Scalar(NamedTuple):
    t: float
    step: int
    tag: str
    value: float


class Reader:
    """Follows one file from an offset; `offset` is behind the last record that was read."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset

    def new(self) -> Iterator[tuple[int, list[Scalar]]]:
        """Each record's offset behind it and its scalars, as far as the file is whole."""
        limit = _AT_ONCE
        while data := read(self.path, self.offset, limit).data:
            used = 0
            for length, record in _records(data):
                used = length
                yield self.offset + used, list(_scalars(record))
            self.offset += used
            if used == 0:
                if len(data) < limit or limit > _LARGEST:
                    return
                limit *= 2


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while len(data) - at >= _HEAD:
        (length,) = struct.unpack_from("<Q", data, at)
        end = at + _HEAD + length + _TAIL
        if end > len(data):
            return
        yield end, data[at + _HEAD : end - _TAIL]
        at = end


def _scalars(record: bytes) -> Iterator[Scalar]:
    event = dict(_fields(record))
    summary = event.get(5)
    if not isinstance(summary, bytes):
        return
    t = struct.unpack("<d", event.get(1, bytes(8)))[0]
    for number, value in _fields(summary):
        parts = dict(_fields(value)) if number == 1 else {}
        if 2 in parts:
            tag = parts.get(1, b"").decode("utf-8", "replace")
            yield Scalar(t, event.get(2, 0), tag, struct.unpack("<f", parts[2])[0])


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field: a varint as int, all else as bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}[kind]
        yield key >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
