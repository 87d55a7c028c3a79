"""What lies on the disk of a home, what it is for, and what of it can be cleaned.

Sizes are measured by a thread of their own and kept: a home with ten thousand jobs is
shown at once, as far as it is known, and says so. What is cleaned is decided anew from
the disk each time, never from what was shown.
"""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.home import disk_of
from tuneyard.runner.environment import FACTS
from tuneyard.runner.folder import acquire, held

from . import items
from .items import KINDS, Item
from .sizes import Sizes
from .uses import Users

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tuneyard.jobs.store import Store

    from .items import ItemState, Kind
    from .uploads import Uploads
    from .uses import Uses

WAIT = 0.5  # seconds that a first look waits for sizes
LARGEST = 20  # jobs that are listed

# What cleaning each kind means, of what no job is using now.
_NOTES = {
    "environments": "Nothing is lost: the next job that needs it builds it again.",
    "models": "Nothing is lost: the next job that needs it fetches it again.",
    "caches": "Nothing is lost: the next job that needs it fetches it again.",
    "uploads": "Jobs that were made from it could not read their data again.",
    "jobs": "A job is deleted with all that it made, where jobs are shown.",
}


@dataclass
class Disk:
    """One home's. Keep it: it remembers sizes."""

    store: Store
    uploads: Uploads
    _sizes: Sizes = field(init=False)
    _users: Users = field(init=False)
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _pass: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._users = Users(self.store)
        self._sizes = Sizes(self._is_settled)

    @property
    def home(self) -> Path:
        return self.store.home

    # -- looking ------------------------------------------------------------------

    def look(self, wait: float = WAIT) -> dict[str, Any]:
        """All of the API's `Disk`, as far as it is known within so many seconds.

        Raises OSError where the home is no folder that can be read.
        """
        self.store.ids()  # else it is a thread that fails, and nobody hears of it
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
        every = (
            self._item(kind, path, uses) for kind in KINDS for path in items.found(self.home, kind)
        )
        return [item.id for item in every if item.state == "unused"]

    def user(self, item_id: str) -> str | None:
        """A job that uses an item and has not ended."""
        return self._users.now().unfinished(item_id)

    # -- what there is ------------------------------------------------------------

    def _group(self, kind: Kind, uses: Uses | None, *, complete: bool) -> dict[str, Any]:
        found = {self._id(path): path for path in items.found(self.home, kind)}
        sizes = {item: size.bytes for item in found if (size := self._sizes.get(item))}
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
            "bytes": known.bytes if known else None,
            "shared": known.shared if known else None,
            "made": item.made,
            "jobs": item.jobs,
            "state": item.state,
            "cleanable": item.cleanable,
            "note": item.note,
        }

    def _find(self, item_id: str, uses: Uses) -> Item | None:
        """Only what is found is an item, whatever path an id may look like."""
        for kind in KINDS:
            for path in items.found(self.home, kind):
                if self._id(path) == item_id:
                    return self._item(kind, path, uses)
        return None

    def _id(self, path: Path) -> str:
        return path.relative_to(self.home).as_posix()

    def _item(self, kind: Kind, path: Path, uses: Uses | None) -> Item:
        item_id = self._id(path)
        state, note = self._state(kind, path, uses)
        jobs = [] if uses is None or kind == "jobs" else uses.jobs(item_id)
        return Item(
            item_id, kind, items.name(kind, path), path, items.made(path), state, note, jobs
        )

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
        found = {self._id(path): path for kind in KINDS for path in items.found(self.home, kind)}
        self._sizes.forget(self._sizes.ids() - found.keys())
        for item_id, path in found.items():
            self._sizes.measure(item_id, path)

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
            lock = acquire(items.build_lock(item.path))
            if lock is None:
                return "It is being built."
        try:
            self._sizes.measure(item.id, item.path)
            _delete(item.path)
        except OSError as error:
            return f"It can't be removed: {error.strerror}."
        finally:
            if lock is not None:
                os.close(lock)
        return ""

    def _forget(self, item_id: str) -> int:
        """Takes it out of what is known; gives the bytes that came free."""
        known = self._sizes.get(item_id)
        self._sizes.forget([item_id])
        return known.bytes - known.shared if known else 0


def _in_the_making(kind: Kind, path: Path, uses: Uses) -> str:
    """Why it may be needed in a moment although no job names it yet; "" if it may not."""
    if kind == "environments" and held(items.build_lock(path)):
        return "It is being built."
    if kind not in {"environments", "models", "caches"}:
        return ""
    if uses.preparing:
        return f"The job {uses.preparing[0]} is being prepared and may need it."
    # The Hub's library uses its own whenever something is pushed.
    if uses.running and path.parent.name == "hub":
        return f"The job {uses.running[0]} runs and may push to the Hub."
    return ""


def _delete(path: Path) -> None:
    """Gone from its place at once, then from the disk."""
    rubbish = path if path.name.startswith(".") else path.with_name(f".{path.name}.removed")
    if rubbish != path:
        path.rename(rubbish)
    if rubbish.is_dir() and not rubbish.is_symlink():
        shutil.rmtree(rubbish)
    else:
        rubbish.unlink()
