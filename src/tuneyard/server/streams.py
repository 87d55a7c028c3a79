"""Growing files, each read once for all who follow it.

A `Tailer` looks at one file while anybody follows it, and keeps the newest pieces in a
short ring. A `Viewer` is a place in that ring and no more: the piece it takes is the same
object that all others take, and one that never takes any costs nothing.

    follow ──► behind: reads the file ──► at the end: takes pieces from the ring
                  ▲                          │
                  ├── the file began again ──┤
                  └── it may miss nothing ───┤ the ring went on without it
                                             └──► the newest piece, and a note of what it missed
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from tuneyard.runner.folder import FolderError

from .frames import Lines, LogBytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.runner.folder import JobFolder

    from .frames import Growing, Message, Piece, Size

P = ParamSpec("P")
T = TypeVar("T")

RING_BYTES = 8 << 20
RING_PIECES = 1024

_READERS = 4  # threads, so that a slow disk holds up neither the server nor other files
_PROMPT = 0.005  # seconds that a prompt look takes at most
_SHORTEST = 0.004  # seconds between two pieces for one viewer
_A_VIEWER = 0.0006  # seconds more for each further one: sends take some 5 % of a core, however many
_LONGEST = 0.05  # seconds between two pieces, whatever the number of viewers
_LOOKS = 20  # so often is a quiet file looked at in a time as long as it has been quiet
_SELDOM = 0.1  # seconds between two looks at what has long been quiet
_REST = 1.0  # seconds of quiet after which a ring that nobody needs is let go


class Hub:
    """All files that are followed now. It belongs to one event loop."""

    def __init__(self) -> None:
        self._tailers: dict[tuple[str, str], Tailer] = {}
        self._numbers = itertools.count(1)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="follow")

    @property
    def idle(self) -> bool:
        """Whether nobody follows anything: then nothing is looked at."""
        return not self._tailers

    async def follow(
        self, folder: JobFolder, channel: str, offset: int, wake: Callable[[], None]
    ) -> Viewer:
        """Follows a job's ``log``, ``metrics`` or ``events`` from a byte offset.

        A negative one counts from the end. `wake` is called when there may be something to
        take. Raises OSError or FolderError where the file can't be read.
        """
        file = self._file(folder, channel)
        begin = await _in_thread(self._readers, _begin, file)
        key = (folder.id, channel)
        tailer = self._tailers.get(key)
        if tailer is None:
            tailer = Tailer(file, begin, self._readers, partial(self._tailers.pop, key, None))
            self._tailers[key] = tailer
        return tailer.join(offset, begin.size.bytes, wake)

    def close(self) -> None:
        for tailer in list(self._tailers.values()):
            tailer.close()
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _file(self, folder: JobFolder, channel: str) -> Growing:
        if channel == "log":
            return LogBytes(folder, next(self._numbers))
        path = {"metrics": folder.metrics, "events": folder.events}[channel]
        return Lines(folder, channel, path)


class Tailer:
    """One file and its newest pieces. `end` is where the next piece begins.

    `age` counts how often the file began again: another took its place, or it was cut.
    """

    def __init__(
        self,
        file: Growing,
        begin: Begin,
        readers: ThreadPoolExecutor,
        forget: Callable[[], object],
    ) -> None:
        self.file = file
        self.end = begin.settled
        self.age = 0
        self.first = 0  # number of the ring's oldest piece
        self._identity = begin.size.identity
        self._ring: deque[Piece] = deque()
        self._ring_bytes = 0
        self._viewers: set[Viewer] = set()
        self._readers = readers
        self._prompt = False
        self._forget = forget
        self._task = asyncio.create_task(self._run())

    @property
    def next(self) -> int:
        """Number of the piece that comes next."""
        return self.first + len(self._ring)

    def join(self, offset: int, size: int, wake: Callable[[], None]) -> Viewer:
        viewer = Viewer(self, offset, size, wake)
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        if not self._viewers:
            self.close()

    def close(self) -> None:
        self._task.cancel()
        self._forget()

    def piece(self, number: int) -> Piece:
        return self._ring[number - self.first]

    async def read(self, start: int, limit: int) -> Piece:
        """What lies in the file, for a viewer that is behind."""
        limit = min(limit, self.file.at_once)
        return await _in_thread(self._readers, self.file.piece, start, limit)

    # -- following ----------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        grew = loop.time()
        while True:
            found = await self._look()
            if found >= self.file.at_once:
                await asyncio.sleep(0)
            elif found:
                grew = loop.time()
                await asyncio.sleep(self._batch())
            else:
                quiet = loop.time() - grew
                self._rest(quiet)
                await asyncio.sleep(min(max(_SHORTEST, quiet / _LOOKS), _SELDOM))

    async def _look(self) -> int:
        """Publishes what is new; returns how many bytes that were."""
        try:
            look = await self._ask()
        except (OSError, FolderError):
            return 0  # it may be readable later; nothing unmasked is sent meanwhile
        self._identity = look.identity
        if look.again:
            self._begin_again()
        if look.piece is not None:
            self._publish(look.piece)
        for viewer in self._viewers:
            if look.piece is not None or viewer.behind:
                viewer.wake()
        return look.piece.end - look.piece.start if look.piece is not None else 0

    async def _ask(self) -> Look:
        """A disk that answers at once is asked directly, which takes half as long as by a thread."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        if self._prompt:
            look = _look(self.file, self.end, self._identity)
        else:
            look = await _in_thread(self._readers, _look, self.file, self.end, self._identity)
        self._prompt = clock() < begun + _PROMPT
        return look

    def _begin_again(self) -> None:
        self.age += 1
        self.end = 0
        self._clear()

    def _publish(self, piece: Piece) -> None:
        self.end = piece.end
        self._ring.append(piece)
        self._ring_bytes += len(piece.message)
        while self._ring_bytes > RING_BYTES or len(self._ring) > RING_PIECES:
            self._ring_bytes -= len(self._ring.popleft().message)
            self.first += 1

    def _batch(self) -> float:
        """Seconds in which bytes gather: the more viewers, the fewer and larger the pieces."""
        return min(_SHORTEST + _A_VIEWER * (len(self._viewers) - 1), _LONGEST)

    def _rest(self, quiet: float) -> None:
        if quiet > _REST and all(viewer.number in {None, self.next} for viewer in self._viewers):
            self._clear()

    def _clear(self) -> None:
        self.first = self.next
        self._ring.clear()
        self._ring_bytes = 0


class Viewer:
    """One follower's place in a file; a page takes from it at its own pace.

    `number` is that of the piece it takes next, or None while it is behind the ring.
    """

    def __init__(self, tailer: Tailer, offset: int, size: int, wake: Callable[[], None]) -> None:
        self.number: int | None = None
        self.wake = wake
        self._tailer = tailer
        self._age = tailer.age
        self._position = max(0, size + offset) if offset < 0 else offset
        began_again = self._position > max(size, tailer.end)
        if began_again:
            self._position = 0
        self._notes = deque([tailer.file.followed(self._position, size)])
        if began_again:
            self._notes.append(tailer.file.began_again())

    @property
    def behind(self) -> bool:
        return self.number is None

    async def take(self) -> Message | None:
        """The next message, or None if there is none until `wake` is called."""
        if self._age != self._tailer.age:
            self._begin_again()
        if self._notes:
            return self._notes.popleft()
        if self.number is None:
            return await self._from_file()
        if self.number < self._tailer.first:
            self._leave_out()
            return await self.take()
        if self.number == self._tailer.next:
            return None
        piece = self._tailer.piece(self.number)
        self.number += 1
        self._position = piece.end
        return piece.message

    def close(self) -> None:
        self._tailer.leave(self)

    async def _from_file(self) -> Message | None:
        end, number, age = self._tailer.end, self._tailer.next, self._tailer.age
        if self._position == end:
            self.number = number
            return None
        if self._position > end:
            return None  # it knows more than was looked at yet
        try:
            piece = await self._tailer.read(self._position, end - self._position)
        except (OSError, FolderError):
            return None
        if age != self._tailer.age:
            return await self.take()
        if piece.end == self._position:
            return None
        self._position = piece.end
        if piece.end == end and number >= self._tailer.first:
            self.number = number
        return piece.message

    def _begin_again(self) -> None:
        self._age = self._tailer.age
        self._position = 0
        self.number = None
        self._notes.append(self._tailer.file.began_again())

    def _leave_out(self) -> None:
        newest = self._tailer.piece(self._tailer.next - 1)
        note = self._tailer.file.skipped(self._position, newest.start)
        if note is None:
            self.number = None
            return
        self._notes.append(note)
        self.number = self._tailer.next - 1
        self._position = newest.start


class Begin(NamedTuple):
    size: Size
    settled: int


class Look(NamedTuple):
    identity: tuple[int, int] | None
    again: bool
    piece: Piece | None


def _begin(file: Growing) -> Begin:
    return Begin(file.size(), file.settled())


def _look(file: Growing, end: int, before: tuple[int, int] | None) -> Look:
    """What is new since `end`, in the file as it was `before` or in one that began again."""
    size = file.size()
    another = before is not None and size.identity is not None and size.identity != before
    again = end > 0 and (another or size.bytes < end)
    start = 0 if again else end
    if size.bytes <= start:
        return Look(size.identity, again, None)
    piece = file.piece(start, file.at_once)
    return Look(size.identity, again, piece if piece.end > start else None)


async def _in_thread(
    threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, partial(call, *args, **kwargs))
