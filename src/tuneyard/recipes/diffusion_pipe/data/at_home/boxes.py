"""How long and large a clip is, by the boxes of an .mp4 or .mov, where no library reads it.

Its frames and their rate are those that FFmpeg, and so the trainer, takes from there.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS = (".mp4", ".mov", ".m4v")
_LARGEST = 64 << 20  # bytes of a film's table of contents


class Video(NamedTuple):
    """The first track of pictures."""

    width: int
    height: int
    frames: int
    fps: float


def video(path: Path) -> Video | None:
    """None where it can't be told: another format, a clip in fragments, or damage."""
    if path.suffix.lower() not in _ENDINGS:
        return None
    try:
        with path.open("rb") as file:
            contents = _contents(file)
        tracks = (_track(box) for name, box in _boxes(contents) if name == b"trak")
        return next((track for track in tracks if track), None)
    except (OSError, ValueError):
        return None


def _contents(file: IO[bytes]) -> bytes:
    """The box ``moov``, wherever it lies. Raises ValueError where there is none."""
    while len(head := file.read(8)) == 8:
        size, name = int.from_bytes(head[:4], "big"), head[4:]
        extra = 0
        if size == 1:
            size, extra = int.from_bytes(file.read(8), "big"), 8
        if name == b"moov" and 8 <= size <= _LARGEST:
            return file.read(size - 8 - extra)
        if size < 8 + extra:
            break
        file.seek(size - 8 - extra, 1)
    raise ValueError("no moov")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each box with its name. Raises ValueError for one that is larger than what it lies in."""
    start = 0
    while start + 8 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > len(data):
            raise ValueError("a box that can't be")
        yield data[start + 4 : start + 8], data[start + 8 : start + size]
        start += size


def _track(data: bytes) -> Video | None:
    media = dict(_boxes(_inside(data, b"mdia")))
    if media.get(b"hdlr", b"")[8:12] != b"vide":
        return None
    table = dict(_boxes(_inside(media[b"minf"], b"stbl")))
    clock, samples = media.get(b"mdhd", b""), table.get(b"stsz", b"")
    entry = table.get(b"stsd", b"")[8:]
    scale = _number(clock, 20 if clock[:1] == b"\1" else 12)
    frames, length = _number(samples, 8), _length(table.get(b"stts", b""))
    width, height = _number(entry, 32, 2), _number(entry, 34, 2)
    if not (scale and frames and length and width and height):
        return None
    return Video(width, height, frames, scale * frames / length)


def _inside(data: bytes, name: bytes) -> bytes:
    return dict(_boxes(data)).get(name, b"")


def _length(table: bytes) -> int:
    """Of all frames together, in ticks of the track's clock: pairs of how many, how long."""
    runs = _number(table, 4)
    return sum(
        _number(table, 8 + 8 * run) * _number(table, 12 + 8 * run)
        for run in range(min(runs, len(table) // 8))
    )


def _number(data: bytes, start: int, size: int = 4) -> int:
    return int.from_bytes(data[start : start + size], "big")
