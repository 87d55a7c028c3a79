"""How far the trainer is with preparing its data, of all that there is: its bars know a bucket each.

It makes the latents of every folder, then their text embeddings, once for each of the model's
text encoders. It says which folder and bucket come next, and how many items of a bucket were
there before. Then each of its processes loads all of it, in the same words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.diffusion_pipe.config import writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LATENTS = "latents"
_NEXT = re.compile(r"caching (latents|text embeddings): (.*)$")
_THERE = re.compile(r"\[CACHE\] Existing cache length: (\d+)$")
_BAR = re.compile(r"\s*\d+%\|[^|]*\|\s*(\d+)/(\d+) \[")
_BUCKETS = ("(", "[")  # how they are written; folders are absolute paths


class Caching(NamedTuple):
    """How far it is; `where` names the set, or the one bucket that is known of."""

    what: str
    where: str
    done: int
    of: int


class Set(NamedTuple):
    """A set's folders, and its items: None where nobody has counted."""

    name: str
    folders: int
    latents: int | None
    texts: int | None


def sets(settings: Mapping[str, Any], buckets: Mapping[str, Any]) -> list[Set]:
    """In the order in which they are prepared; `buckets` is what the check has counted."""
    known = buckets.get("sets", {})
    folders = [("train", len(settings["directories"]))]
    folders += [(name, len(entries)) for name, entries in writing.sets(settings)]
    counts = ((name, count, known.get(name, {})) for name, count in folders)
    return [Set(name, n, each.get("latents"), each.get("texts")) for name, n, each in counts]


class Preparing:
    """Reads the lines of one start, in their order. `batch` is how many items a bar counts as one."""

    def __init__(self, sets: Sequence[Set] = (), batch: int = 1) -> None:
        self._owners = [each.name for each in sets for _ in range(each.folders)]
        self._all = {_LATENTS: _sum([s.latents for s in sets])}
        self._all["text embeddings"] = _sum([s.texts for s in sets])
        self._batch = batch
        self._folders: Counter[str] = Counter()  # that were begun, by what is made of them
        self._what = self._bucket = ""
        self._whole = 0  # items of the buckets before, in this round
        self._here = 0  # of the present bucket
        self._awaited = self._opened = False  # the bucket's cache
        self._over = False

    def end(self) -> None:
        self._over = True

    def read(self, line: str) -> Caching | None:
        if self._over:
            return None
        if match := _NEXT.match(line):
            self._begin(*match.groups())
        elif match := _THERE.match(line):
            self._open(int(match[1]))
        elif (match := _BAR.match(line)) and self._bucket:
            self._opened = False
            return self._at(int(match[1]), int(match[2]))
        return None

    def _begin(self, what: str, where: str) -> None:
        self._close()
        self._what, self._bucket, self._awaited = what, where, True
        if where.startswith(_BUCKETS):
            return
        begun, each = self._folders[what], len(self._owners)
        self._over = what == _LATENTS and bool(each) and begun == each
        self._folders[what] += 1
        if not each or begun % each == 0:
            self._whole = 0

    def _open(self, items: int) -> None:
        """A cache. A second one is the same, emptied; or that of the empty caption."""
        if self._awaited or (self._opened and not items):
            self._here, self._opened = items, True
        else:
            self._close()
            self._bucket, self._opened = "", False
        self._awaited = False

    def _close(self) -> None:
        self._whole += self._here
        self._here = 0

    def _at(self, done: int, of: int) -> Caching:
        every = self._all[self._what]
        if every is None or not self._owners:
            return Caching(self._what, self._bucket, done, of)
        self._here = done * self._batch
        number, folder = divmod(self._folders[self._what] - 1, len(self._owners))
        what = f"{self._what} of encoder {number + 1}" if number else self._what
        return Caching(what, self._owners[folder], min(self._whole + self._here, every), every)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
