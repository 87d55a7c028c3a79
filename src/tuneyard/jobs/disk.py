"""What lies on the disk of a home, what it is for, and what of it can be cleaned.

Sizes are measured by a thread of their own and kept: a home with ten thousand jobs is
shown at once, as far as it is known, and says so. What is cleaned is decided anew from
the disk each time, never from what was shown.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.home import disk_of
from tuneyard.runner.environment import FACTS
from tuneyard.runner.folder import FolderError, acquire, held, read_json_or

from .sizes import Size, size_of
from .uses import Users, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .store import Store
    from .uploads import Uploads
    from .uses import Uses

Kind = Literal["environments", "caches", "uploads", "jobs"]
ItemState = Literal["unused", "kept", "in-use"]
KINDS: tuple[Kind, ...] = ("environments", "caches", "uploads", "jobs")

WAIT = 0.5  # seconds that a first look waits for sizes
LARGEST = 20  # jobs that are listed
_HOLDS = 20.0  # seconds for which the size of something that may grow is taken as it was

# What cleaning each kind means, of what no job is using now.
_NOTES = {
    "environments": "Nothing is lost: the next job that needs it builds it again.",
    "caches": "Nothing is lost: the next job that needs it fetches it again.",
    "uploads": "Jobs that were made from it could not read their data again.",
    "jobs": "A job is deleted with all that it made, where jobs are shown.",
}


@dataclass(frozen=True)
class Item:
    """One thing that can be looked at by itself; `id` is its path in the home."""

    id: str
    kind: Kind
    name: str
    path: Path
    made: float | None
    state: ItemState
    note: str
    jobs: list[str]

    @property
    def cleanable(self) -> bool:
        return self.state == "unused" or (self.state == "kept" and self.kind != "jobs")


@dataclass
class _Measured:
    stamp: tuple[int, ...]
    at: float
    size: Size


@dataclass
class Disk:
    """One home's. Keep it: it remembers sizes."""

    store: Store
    uploads: Uploads
    clock: Callable[[], float] = time.monotonic
    _sizes: dict[str, _Measured] = field(default_factory=dict)
    _users: Users = field(init=False)
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _pass: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._users = Users(self.store)

    @property
    def home(self) -> Path:
        return self.store.home

    # -- looking ------------------------------------------------------------------

    def look(self, wait: float = WAIT) -> dict[str, Any]:
        """All of the API's `Disk`, as far as it is known within so many seconds."""
        self._measure(wait)
        complete = self._pass is not None and not self._pass.is_alive()
        uses = self._users.known()
        groups = [self._group(kind, uses, complete=complete) for kind in KINDS]
        usage = shutil.disk_usage(disk_of(self.home))
        return {
            "home": str(self.home),
            "total": usage.total,
            "free": usage.free,
            "bytes": sum(group["bytes"] for group in groups),
            "complete": complete,
            "groups": groups,
        }

    def clean(self, ids: Iterable[str]) -> dict[str, Any]:
        """Removes what may be removed: ids of what was, bytes that came free, and what was refused."""
        cleaned: list[str] = []
        refused: list[dict[str, str]] = []
        freed = 0
        for item_id in dict.fromkeys(ids):
            # For each anew: a job may have been started since.
            item = self._find(item_id, self._users.now())
            reason = self._remove(item) if item else "There is nothing of that name any more."
            if reason:
                refused.append({"id": item_id, "sentence": reason})
            else:
                cleaned.append(item_id)
                freed += self._forget(item_id)
        return {"items": cleaned, "freed": freed, "refused": refused}

    def unused(self) -> list[str]:
        """Ids of what nothing needs."""
        uses = self._users.now()
        items = (self._item(kind, path, uses) for kind in KINDS for path in self._found(kind))
        return [item.id for item in items if item.state == "unused"]

    def user(self, item_id: str) -> str | None:
        """A job that uses an item and has not ended."""
        return self._users.now().unfinished(item_id)

    # -- what there is ------------------------------------------------------------

    def _group(self, kind: Kind, uses: Uses | None, *, complete: bool) -> dict[str, Any]:
        found = {self._id(path): path for path in self._found(kind)}
        sizes = {item: self._sizes[item].size.bytes for item in found if item in self._sizes}
        shown = sorted(found, key=lambda item: sizes.get(item, 0), reverse=True)
        return {
            "kind": kind,
            "bytes": sum(sizes.values()),
            "count": len(found),
            "complete": complete and len(sizes) == len(found),
            "items": [
                self._shown(self._item(kind, found[item], uses))
                for item in (shown[:LARGEST] if kind == "jobs" else shown)
            ],
        }

    def _shown(self, item: Item) -> dict[str, Any]:
        known = self._sizes.get(item.id)
        return {
            "id": item.id,
            "kind": item.kind,
            "name": item.name,
            "path": str(item.path),
            "bytes": known.size.bytes if known else None,
            "shared": known.size.shared if known else None,
            "made": item.made,
            "jobs": item.jobs,
            "state": item.state,
            "cleanable": item.cleanable,
            "note": item.note,
        }

    def _found(self, kind: Kind) -> Iterator[Path]:
        if kind == "environments":
            entries = _entries(self.home / "envs")
            yield from (path for path in entries if not path.name.endswith((".lock", ".tmp")))
        elif kind == "caches":
            for shelf in _entries(self.home / "cache"):
                yield from _entries(shelf)
            yield from _entries(self.home / "tools")
        else:
            yield from _entries(self.home / kind)

    def _find(self, item_id: str, uses: Uses) -> Item | None:
        """Only what is found is an item, whatever path an id may look like."""
        for kind in KINDS:
            for path in self._found(kind):
                if self._id(path) == item_id:
                    return self._item(kind, path, uses)
        return None

    def _id(self, path: Path) -> str:
        return path.relative_to(self.home).as_posix()

    def _item(self, kind: Kind, path: Path, uses: Uses | None) -> Item:
        item_id = self._id(path)
        state, note = self._state(kind, path, uses)
        jobs = [] if uses is None or kind == "jobs" else uses.jobs(item_id)
        return Item(item_id, kind, _name(kind, path), path, _made(path), state, note, jobs)

    def _state(self, kind: Kind, path: Path, uses: Uses | None) -> tuple[ItemState, str]:
        """What it is to its jobs, and a sentence about that."""
        if uses is None:
            return "in-use", "It is not known yet which jobs need it."
        item_id = self._id(path)
        if job := uses.unfinished(item_id):
            return "in-use", f"The job {job} has not ended."
        if reason := _in_the_making(kind, path, uses):
            return "in-use", reason
        if path.name.startswith("."):
            return "unused", "It was left half-way."
        if kind == "uploads" and item_id not in uses.of:
            return self._of_upload(path.name)
        needless = kind == "environments" and item_id not in uses.of
        return "unused" if needless else "kept", _NOTES[kind]

    def _of_upload(self, upload: str) -> tuple[ItemState, str]:
        if upload not in self.uploads.ids() or self.uploads.is_abandoned(upload):
            return "unused", "It was left half-way."
        if not self.uploads.is_complete(upload):
            return "in-use", "It is still arriving."
        return "kept", "No job uses it so far."

    # -- sizes --------------------------------------------------------------------

    def _measure(self, wait: float) -> None:
        """Has all sizes measured that may have changed, and waits a while for them."""
        with self._starting:
            if self._pass is None or not self._pass.is_alive():
                self._pass = threading.Thread(target=self._measure_all, daemon=True)
                self._pass.start()
            running = self._pass
        running.join(wait)

    def _measure_all(self) -> None:
        self._users.now()
        found = {self._id(path): path for kind in KINDS for path in self._found(kind)}
        for gone in self._sizes.keys() - found.keys():
            self._sizes.pop(gone, None)
        for item_id, path in found.items():
            self._measure_one(item_id, path)

    def _measure_one(self, item_id: str, path: Path) -> None:
        stamp = tuple(map(changed, (path, path / "state.json", path / "work", path / FACTS)))
        known = self._sizes.get(item_id)
        now = self.clock()
        if known and known.stamp == stamp and (self._is_settled(path) or now < known.at + _HOLDS):
            return
        self._sizes[item_id] = _Measured(stamp, now, size_of(path))

    def _is_settled(self, path: Path) -> bool:
        """Whether nobody writes to it any more: an environment that is complete, an ended job."""
        if path.parent.name == "jobs":
            return self._users.has_ended(path.name)
        return (path / FACTS).exists()

    # -- cleaning -----------------------------------------------------------------

    def _remove(self, item: Item) -> str:
        """Removes it, or says why not."""
        if not item.cleanable:
            return item.note
        lock = None
        if item.kind == "environments":
            lock = acquire(_build_lock(item.path))
            if lock is None:
                return "It is being built."
        try:
            self._measure_one(item.id, item.path)
            _delete(item.path)
        except OSError as error:
            return f"It can't be removed: {error.strerror}."
        finally:
            if lock is not None:
                os.close(lock)
        return ""

    def _forget(self, item_id: str) -> int:
        """Takes it out of what is known; gives the bytes that came free."""
        known = self._sizes.pop(item_id, None)
        return known.size.bytes - known.size.shared if known else 0


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _in_the_making(kind: Kind, path: Path, uses: Uses) -> str:
    """Why it may be needed in a moment although no job names it yet; "" if it may not."""
    if kind == "environments" and held(_build_lock(path)):
        return "It is being built."
    if kind not in {"environments", "caches"}:
        return ""
    if uses.preparing:
        return f"The job {uses.preparing[0]} is being prepared and may need it."
    # The Hub's library uses its own whenever something is pushed.
    if uses.running and path.parent.name == "hub":
        return f"The job {uses.running[0]} runs and may push to the Hub."
    return ""


def _build_lock(path: Path) -> Path:
    """What `runner.environment` holds while it builds this one."""
    if path.name.endswith(".building"):
        return path.with_suffix(".lock")
    return path.with_name(f".{path.name}.lock")


def _name(kind: Kind, path: Path) -> str:
    """For people; an environment by what it holds first."""
    if kind == "environments":
        facts = _facts(path)
        wanted = [str(name) for name in facts.get("requirements", ())]
        python = f", Python {facts['python']}" if facts.get("python") else ""
        return f"{', '.join(wanted[:3])}{python}" if wanted else path.name
    return path.name


def _facts(path: Path) -> dict[str, Any]:
    with contextlib.suppress(FolderError, OSError):
        return read_json_or(path / FACTS, {})
    return {}


def _made(path: Path) -> float | None:
    for place in (path / FACTS, path / "job.json", path / "upload.json", path):
        with contextlib.suppress(OSError):
            return place.stat().st_mtime
    return None


def _delete(path: Path) -> None:
    """Gone from its place at once, then from the disk."""
    rubbish = path if path.name.startswith(".") else path.with_name(f".{path.name}.removed")
    if rubbish != path:
        path.rename(rubbish)
    if rubbish.is_dir() and not rubbish.is_symlink():
        shutil.rmtree(rubbish)
    else:
        rubbish.unlink()
