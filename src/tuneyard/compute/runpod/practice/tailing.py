"""A pod's log as a stream of events: where it begins, and that it never ends by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from .answers import unprocessable
from .logs import MOST

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from .answers import Request
    from .logs import Line, Log

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}

_TAIL = 100  # lines that are told first, unless asked otherwise


class Begin(NamedTuple):
    """Where a stream begins: its source (None: both), the lines of before, the newest of all."""

    source: str | None
    lines: list[Line]
    newest: int


def begin(request: Request, log: Log) -> Begin:
    """Where it is asked to. Raises Refused: 422."""
    source = request.query.get("source")
    if source not in {None, "container", "system"}:
        raise unprocessable("source: value must be one of 'container', 'system'")
    there = log.lines()
    lines = [line for line in there if source in {None, line.source}]
    return Begin(source, _wanted(request, lines), there[-1].number if there else 0)


def _wanted(request: Request, lines: list[Line]) -> list[Line]:
    if last := request.headers.get("last-event-id"):
        # An id, or the time in it alone: what it names is not told again.
        return [line for line in lines if line.id > last and line.time != last]
    if since := request.query.get("since"):
        first = _time(since)
        return [line for line in lines if line.time >= first]
    tail = request.query.get("tail", str(_TAIL))
    if not tail.isdigit() or int(tail) > MOST:
        raise unprocessable(f"tail: must be >= 0 and <= {MOST}")
    return lines[-int(tail) :] if int(tail) else []


def stream(log: Log, begin: Begin, heartbeat: float, closing: threading.Event) -> Iterator[bytes]:
    """Frames until `closing`, with a sign of life every `heartbeat` seconds."""
    yield b":ok\n\n"
    yield from map(_frame, begin.lines)
    newest = begin.newest
    while not closing.is_set():
        lines, over = log.after(newest, heartbeat)
        newest = max([newest, *(line.number for line in lines)])
        yield from (_frame(line) for line in lines if begin.source in {None, line.source})
        if not lines:
            yield b":\n\n"
        if over:  # it goes on all the same, without anything to say
            closing.wait(heartbeat)


def _frame(line: Line) -> bytes:
    data = json.dumps({"ts": line.time, "source": line.source, "line": line.text})
    return f"id: {line.id}\ndata: {data}\n\n".encode()


def _time(text: str) -> str:
    """As the lines' own are told, so that they can be compared."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise unprocessable(f"since: {text!r} is not valid date-time") from None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
