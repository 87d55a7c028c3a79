"""Datasets on their way to this computer, dropped into a browser: ``uploads/<id>/``.

A file arrives under a name of ours in ``parts/`` and is renamed into ``files/`` when it
is whole; ``upload.json`` says when all of it is there. What is left half-way is removed
after a day.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.errors import NotFound, NotPossible, WrongInput
from tuneyard.runner.folder import FolderError, read_json, write_json
from tuneyard.runner.problems import Problem

from .arriving import Arriving, Limits, Tally, gb, gone, must_have_room, too_much
from .names import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")


@dataclass
class Uploads:
    """The uploads of one home. Many files may arrive at once."""

    home: Path
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        return self.home / "uploads"

    def begin(self, files: int = 0, size: int = 0) -> dict[str, Any]:
        """A new one; `files` and bytes that are to come, where known, are refused if too many."""
        self._must_fit(files, size)
        self.sweep()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.clock()))
        upload = f"{stamp}-{secrets.token_hex(4)}"
        for part in ("files", "parts"):
            (self.folder / upload / part).mkdir(mode=0o700, parents=True)
        write_json(self.folder / upload / "upload.json", {"made": self.clock(), "path": None})
        return self.view(upload)

    def view(self, upload: str) -> dict[str, Any]:
        """All of the API's `Upload`. Raises NotFound."""
        data, tally = self._read(upload), self._count(upload)
        return {
            "id": upload,
            "made": data["made"],
            "files": tally.files,
            "bytes": tally.bytes,
            "path": data["path"],
            "limits": {
                "file_bytes": self.limits.file_bytes,
                "bytes": self.limits.bytes,
                "files": self.limits.files,
            },
        }

    @contextlib.contextmanager
    def receive(self, upload: str, path: str, size: int | None = None) -> Iterator[Arriving]:
        """Takes one file, `size` bytes if that is known; it counts when the block ends well.

        Raises NotFound, NotPossible, or WrongInput for a name or size that can't be taken.
        """
        name = safe_name(path)
        if self._read(upload)["path"] is not None:
            raise NotPossible("This upload is complete already.", code="upload-complete")
        tally = self._count(upload)
        tally.check(size or 0)
        must_have_room(self.home, size or 0)
        arriving = Arriving(self.folder / upload / "parts" / secrets.token_hex(8), tally)
        try:
            with arriving:
                yield arriving
            self._place(upload, arriving, name)
        finally:
            arriving.forget()

    def done(self, upload: str) -> dict[str, Any]:
        """All of it is there: its path is what goes into a job's setting."""
        if self._read(upload)["path"] is None:
            if self._count(upload).arriving:
                raise NotPossible("Files are still arriving.", code="upload-arriving")
            data = {**self._read(upload), "path": str(self._whole(upload))}
            write_json(self.folder / upload / "upload.json", data)
            shutil.rmtree(self.folder / upload / "parts", ignore_errors=True)
        return self.view(upload)

    def remove(self, upload: str) -> None:
        """Removes what has arrived. Raises NotFound."""
        self._read(upload)
        rubbish = self.folder / f".{upload}.removed"
        (self.folder / upload).rename(rubbish)
        with self._counting:
            self._tallies.pop(upload, None)
        shutil.rmtree(rubbish, ignore_errors=True)

    def sweep(self) -> list[str]:
        """Removes uploads that were left half-way a day ago; returns their ids."""
        old = [upload for upload in self.ids() if self.is_abandoned(upload)]
        for upload in old:
            with contextlib.suppress(NotFound, OSError):
                self.remove(upload)
        for left in self.folder.glob(".*.removed"):  # a removal that was cut off
            shutil.rmtree(left, ignore_errors=True)
        return old

    def ids(self) -> list[str]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - names alone
        except FileNotFoundError:
            return []
        return sorted(name for name in names if _ID.fullmatch(name))

    def is_complete(self, upload: str) -> bool:
        return self._read(upload)["path"] is not None

    def is_abandoned(self, upload: str) -> bool:
        """Whether it is not complete, and nothing has arrived for a day."""
        with contextlib.suppress(NotFound):
            if self.is_complete(upload):
                return False
        folder = self.folder / upload
        moments = [_modified(path) for path in (folder, *(folder / "parts").glob("*"))]
        return max(moments) + self.limits.abandoned < self.clock()

    # -- helpers ------------------------------------------------------------------

    def _read(self, upload: str) -> dict[str, Any]:
        if _ID.fullmatch(upload):
            with contextlib.suppress(FileNotFoundError, FolderError):
                return read_json(self.folder / upload / "upload.json")
        raise gone()

    def _count(self, upload: str) -> Tally:
        """What was counted; after a restart of the server, what lies there."""
        with self._counting:
            if upload not in self._tallies:
                files = [p for p in (self.folder / upload / "files").rglob("*") if p.is_file()]
                size = sum(path.stat().st_size for path in files)
                self._tallies[upload] = Tally(self.home, self.limits, len(files), size)
            return self._tallies[upload]

    def _place(self, upload: str, arriving: Arriving, name: str) -> None:
        """Puts a whole file where it belongs, in place of one of the same name."""
        target = self.folder / upload / "files" / name
        with arriving.tally.lock:
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                before = target.stat().st_size if target.is_file() else None
                arriving.path.replace(target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                sentence = f"“{name}” is a file and a folder at once."
                raise WrongInput([Problem(sentence, "upload-conflict", "path")]) from None
            except FileNotFoundError:
                raise gone() from None
            arriving.settle(before)
        os.utime(self.folder / upload)

    def _whole(self, upload: str) -> Path:
        """The one zip, or the one folder in which all lies, or the folder of all."""
        files = self.folder / upload / "files"
        top = sorted(files.iterdir())
        if not self._count(upload).files:
            raise NotPossible(
                "Nothing has arrived yet.",
                code="upload-empty",
                next_step="Drop a folder, its files, or a zip.",
            )
        alone = len(top) == 1 and (top[0].is_dir() or top[0].suffix.lower() == ".zip")
        return top[0] if alone else files

    def _must_fit(self, files: int, size: int) -> None:
        if files > self.limits.files:
            raise too_much(
                f"{files:,} files are more than the {self.limits.files:,} that can be taken."
            )
        if size > self.limits.bytes:
            raise too_much(f"This is more than the {gb(self.limits.bytes)} that can be taken.")
        must_have_room(self.home, size)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
