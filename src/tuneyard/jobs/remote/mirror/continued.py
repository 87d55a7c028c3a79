"""A job's folder on a network volume outlives its pod, and the next pod goes on in it.

It keeps its incarnation, and its files go on where they were: what came home of them in the
attempt before isn't brought once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.jobs.remote.handle import Segment, life_of
from tuneyard.runner.folder import read_lines, write_bytes

if TYPE_CHECKING:
    from tuneyard.jobs.remote.handle import Handle
    from tuneyard.runner.folder import JobFolder


def go_on(folder: JobFolder, handle: Handle, incarnation: str) -> Segment | None:
    """The segment of a folder that an earlier attempt knew already, with its events put in place.

    None of any other folder. Nothing else is written down: it may be called again.
    """
    before = handle.before
    if before is None or before.incarnation != incarnation:
        return None
    number = handle.segment.number + 1
    heard = life_of(folder, before.attempt, before.number).events
    if heard.exists():
        place = life_of(folder, handle.attempt, number)
        place.make()
        write_bytes(place.events, heard.read_bytes())
    # Since then the log may have become longer by what ran here, such as a push.
    size = folder.log.stat().st_size if folder.log.exists() else 0
    log = before.log + size - _ended(folder, before.attempt, size)
    passed_on = passed(folder, [before.attempt, before.number], before.events)
    return Segment(incarnation, log, before.metrics, number, passed_on)


def passed(folder: JobFolder, source: list[int], otherwise: int = 0) -> int:
    """Bytes of the events of one life of a pod's folder that were passed on to the job's own."""
    return max(
        (line["from"][2] for line in read_lines(folder.events) if _is_from(line, source)),
        default=otherwise,
    )


def _ended(folder: JobFolder, attempt: int, size: int) -> int:
    """How long the log was when an attempt had ended: where the next one begins."""
    begins = (
        line["offset"]
        for line in read_lines(folder.events)
        if line.get("event") == "attempt" and "from" not in line and line["attempt"] > attempt
    )
    return min(begins, default=size)


def _is_from(line: dict[str, object], source: list[int]) -> bool:
    said = line.get("from")
    return isinstance(said, list) and said[:2] == source
