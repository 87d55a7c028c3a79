"""One job's metrics.jsonl as columns of numbers, read on from where it was read to before."""

from __future__ import annotations

import os
import threading
from operator import itemgetter
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pydantic_core import from_json

from .frames import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Places = NDArray[np.int64]

AXES = ("step", "t")
NO_NUMBER = "nan"  # under it, a line may list metrics that are no number: JSON has no word for it

_PIECE = 1 << 20  # bytes parsed at once; a line that is longer is none of ours, and left out
_TRACE = 64  # bytes before the offset by which a file is known again


class Columns:
    """Lines count from 0. An axis has a value for each line, NaN where the line has none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()  # for whoever updates or reads them
        self._begin()

    def _begin(self) -> None:
        self.offset = 0  # the byte up to which was read
        self.lines = 0
        self._trace: bytes = b""
        self._axes = {name: Column(np.float64) for name in AXES}
        self._places: dict[str, Column] = {}
        self._values: dict[str, Column] = {}

    @property
    def names(self) -> list[str]:
        """All metrics, in the order in which they came."""
        return list(self._values)

    @property
    def bytes(self) -> int:
        """Memory that the columns take."""
        columns = (*self._axes.values(), *self._places.values(), *self._values.values())
        return sum(column.data.nbytes for column in columns)

    def axis(self, name: str) -> Numbers:
        return self._axes[name].filled

    def metric(self, name: str) -> tuple[Places, Numbers]:
        """The lines that have it, and what they have: NaN and infinities too."""
        return self._places[name].filled, self._values[name].filled

    def update(self) -> None:
        """Reads what is new, or all of it if the file isn't the one that was read before."""
        try:
            with open(self.path, "rb") as file:
                if not self._known(file):
                    self._begin()
                for data in pieces(file, self.offset):
                    self.offset += len(data)
                    self._trace = (self._trace + data[-_TRACE:])[-_TRACE:]
                    self._add(rows(data))
        except FileNotFoundError:
            self._begin()

    def _known(self, file: BinaryIO) -> bool:
        begin = self.offset - len(self._trace)
        return os.pread(file.fileno(), len(self._trace), begin) == self._trace

    def _add(self, new: list[dict[str, Any]]) -> None:
        for name, places, numbers in _by_name(new):
            if name in self._axes:
                self._axes[name].extend(_spread(places, numbers, len(new)))
            else:
                self._places.setdefault(name, Column(np.int64)).extend(places + self.lines)
                self._values.setdefault(name, Column(np.float64)).extend(numbers)
        self.lines += len(new)
        for axis in self._axes.values():
            axis.extend(np.full(self.lines - axis.size, np.nan))


class Column:
    """Numbers at the end of which more are put; its memory grows in bounds."""

    def __init__(self, kind: type[np.generic]) -> None:
        self.data: NDArray[Any] = np.empty(256, kind)
        self.size = 0

    @property
    def filled(self) -> NDArray[Any]:
        return self.data[: self.size]

    def extend(self, numbers: NDArray[Any]) -> None:
        size = self.size + len(numbers)
        if size > len(self.data):
            data = np.empty(size + size // 2, self.data.dtype)
            data[: self.size] = self.filled
            self.data = data
        self.data[self.size : size] = numbers
        self.size = size


def pieces(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Whole lines of a file from an offset, some thousands at a time."""
    while True:
        file.seek(offset)
        data = file.read(_PIECE)
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) < _PIECE:
            return
        data = data[: whole or len(data)]
        yield data
        offset += len(data)


def rows(data: bytes) -> list[dict[str, Any]]:
    """The JSON objects of whole lines; what is none is left out."""
    try:
        found: list[Any] = from_json(b"[" + data[:-1].replace(b"\n", b",") + b"]")
    except ValueError:
        found = []
    if len(found) == data.count(b"\n") and set(map(type, found)) == {dict}:
        return found
    return [row for line in data.split(b"\n") if (row := parsed(line)) is not None]


def _by_name(new: list[dict[str, Any]]) -> Iterator[tuple[str, Places, Numbers]]:
    """What each name has, and in which of these rows."""
    alike = bool(new) and sum(map(len, new)) == len(new) * len(new[0])
    try:
        values = {name: list(map(itemgetter(name), new)) for name in new[0]} if alike else {}
    except KeyError:
        values = {}
    if values and NO_NUMBER not in values:  # all have the same names, as they mostly do
        everywhere = np.arange(len(new))
        for name, column in values.items():
            yield name, *_numbers(everywhere, column)
    else:
        yield from _one_by_one(new)


def _one_by_one(new: list[dict[str, Any]]) -> Iterator[tuple[str, Places, Numbers]]:
    found: dict[str, tuple[list[int], list[Any]]] = {}
    for place, row in enumerate(new):
        for name, value in _figures(row):
            places, values = found.setdefault(name, ([], []))
            places.append(place)
            values.append(value)
    for name, (places, values) in found.items():
        yield name, *_numbers(np.array(places), values)


def _figures(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a row has. The metrics that it names under `NO_NUMBER` were none."""
    for name, value in row.items():
        if name == NO_NUMBER and isinstance(value, list):
            yield from ((str(each), None) for each in value)
        else:
            yield name, value


def _numbers(places: Places, values: Sequence[Any]) -> tuple[Places, Numbers]:
    """Without what is no number; null is one that isn't known."""
    try:
        return places, np.fromiter(values, np.float64, len(values))
    except (ValueError, TypeError, OverflowError):
        numbers = np.array([_number(value) for value in values], object)
        known = numbers != None  # noqa: E711 - of each
        return places[known], numbers[known].astype(np.float64)


def _number(value: Any) -> float | None:
    try:
        return np.nan if value is None else float(value)
    except OverflowError:
        return np.inf
    except (ValueError, TypeError):
        return None


def _spread(places: Places, numbers: Numbers, size: int) -> Numbers:
    whole = np.full(size, np.nan)
    whole[places] = numbers
    return whole
