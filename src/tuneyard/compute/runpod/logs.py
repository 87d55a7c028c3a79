"""RunPod's own stream of a pod's log: what its container printed, what its machine did with it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from .reading import moment, table, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Source = Literal["container", "system"]

_LONGEST = 1 << 20  # bytes of one line; a longer one is cut


class LogLine(NamedTuple):
    """`t` is seconds since 1970, None if unknown; after `id` the stream can be taken up again."""

    t: float | None
    source: str
    line: str
    id: str


def read(pieces: Iterable[bytes]) -> Iterator[LogLine]:
    """The lines in a stream of server-sent events; whatever else is in it is passed over."""
    event, data = "", list[str]()
    for raw in _lines(pieces):
        if not raw:
            if data and (line := _line("\n".join(data), event)):
                yield line
            data = []
            continue
        name, _, value = raw.partition(":")
        value = value.removeprefix(" ")
        if name == "id" and "\0" not in value:
            event = value
        elif name == "data":
            data.append(value)


def until(pieces: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    """What comes of a stream in so many seconds; the last piece may come later."""
    end = time.monotonic() + seconds
    for piece in pieces:
        yield piece
        if time.monotonic() > end:
            return


def _line(data: str, event: str) -> LogLine | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("line"), str):
        return None
    found = table(found)
    return LogLine(moment(found.get("ts")), text(found.get("source")), text(found["line"]), event)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines that ended. Only LF, CR and both end one here: a text may hold other such signs."""
    rest = b""
    for piece in pieces:
        # A CR at the end may be half of CR LF.
        rest += piece
        held, rest = (rest[-1:], rest[:-1]) if rest.endswith(b"\r") else (b"", rest)
        *whole, rest = rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = rest[:_LONGEST] + held
        yield from (line.decode(errors="replace") for line in whole)
