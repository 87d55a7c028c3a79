"""Datasets on their way to this computer, dropped into a browser: ``uploads/<id>/``.

A file arrives under a name of ours in ``parts/`` and is renamed into ``files/`` when it
is whole; ``upload.json`` says when all of it is there. What is left half-way is removed
after a day.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.errors import Missing, NotFound, NotPossible, WrongInput
from tuneyard.home import disk_of
from tuneyard.runner.folder import FolderError, read_json, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
_SPARE = 1_000_000_000  # bytes of the disk that stay free: jobs that run write too
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_STEERING = re.compile("[\u2028-\u202e\u2066-\u2069]")  # they make a name look like another one
_LONGEST_NAME, _LONGEST_PATH = 255, 1000  # bytes
_DEEPEST = 32  # folders


@dataclass(frozen=True)
class Limits:
    """`abandoned` are seconds after which what is not complete is removed."""

    file_bytes: int = 100_000_000_000
    bytes: int = 200_000_000_000
    files: int = 200_000
    abandoned: float = 24 * 3600.0


@dataclass
class _Tally:
    """What an upload has so far; `arriving` are bytes of files that are not whole yet."""

    home: Path
    limits: Limits
    files: int = 0
    bytes: int = 0
    arriving: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, file: int) -> None:
        """Raises WrongInput if a file of so many bytes is too much, with all that is there."""
        if file > self.limits.file_bytes:
            raise _too_much(f"A file may have {_gb(self.limits.file_bytes)} at most.")
        if self.bytes + max(self.arriving, file) > self.limits.bytes:
            raise _too_much(f"All of it may have {_gb(self.limits.bytes)} at most.")
        if self.files >= self.limits.files:
            raise _too_much(f"There may be {self.limits.files:,} files at most.")


@dataclass
class Uploads:
    """The uploads of one home. Many files may arrive at once."""

    home: Path
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    _tallies: dict[str, _Tally] = field(default_factory=dict)
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
        _must_have_room(self.home, size or 0)
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
        raise _gone()

    def _count(self, upload: str) -> _Tally:
        """What was counted; after a restart of the server, what lies there."""
        with self._counting:
            if upload not in self._tallies:
                files = [p for p in (self.folder / upload / "files").rglob("*") if p.is_file()]
                size = sum(path.stat().st_size for path in files)
                self._tallies[upload] = _Tally(self.home, self.limits, len(files), size)
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
                raise _gone() from None
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
            raise _too_much(
                f"{files:,} files are more than the {self.limits.files:,} that can be taken."
            )
        if size > self.limits.bytes:
            raise _too_much(f"This is more than the {_gb(self.limits.bytes)} that can be taken.")
        _must_have_room(self.home, size)


class Arriving:
    """One file that arrives: `write` its bytes."""

    _LOOK = 64 << 20  # bytes between two looks at the disk

    def __init__(self, path: Path, tally: _Tally) -> None:
        self.path = path
        self.tally = tally
        self.size = 0
        self._next_look = self._LOOK

    def __enter__(self) -> None:
        try:
            # Unbuffered: a full disk is told where it is met, not when the file is closed.
            self._file = open(self.path, "xb", buffering=0, opener=_private)
        except FileNotFoundError:
            raise _gone() from None

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Appends bytes. Raises WrongInput when it becomes too much, Missing on a full disk."""
        with self.tally.lock:
            self.size += len(data)
            self.tally.arriving += len(data)
            self.tally.check(self.size)
        if self.size >= self._next_look:
            self._next_look += self._LOOK
            _must_have_room(self.tally.home, len(data))
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _no_room(self.tally.home) from None
            raise

    def settle(self, before: int | None) -> None:
        """It is whole and where it belongs, in place of one of so many bytes; under the lock."""
        self.tally.files += before is None
        self.tally.bytes += self.size - (before or 0)
        self.tally.arriving -= self.size
        self.size = 0

    def forget(self) -> None:
        """Takes it out of what arrives and off the disk, unless it is where it belongs."""
        with self.tally.lock:
            self.tally.arriving -= self.size
        self.path.unlink(missing_ok=True)


def safe_name(path: str) -> str:
    """A path from elsewhere as one that stays where it is put. Raises WrongInput.

    In Unicode's composed form, so that what a table of a dataset names is found. Neither
    hidden files, which systems leave everywhere, nor names that are devices elsewhere.
    """
    whole = unicodedata.normalize("NFC", path.replace("\\", "/"))
    if whole.startswith("/") or re.match(r"[A-Za-z]:", whole):
        raise _unsafe(path, "it is not relative")
    parts = [part for part in whole.split("/") if part not in {"", "."}]
    if not parts or len(parts) > _DEEPEST:
        raise _unsafe(path, "it is empty or too deep")
    for part in parts:
        if reason := _wrong_part(part):
            raise _unsafe(path, reason)
    name = "/".join(parts)
    if len(name.encode()) > _LONGEST_PATH:
        raise _unsafe(path, "it is too long")
    return name


def _wrong_part(part: str) -> str:
    if part == "..":
        return "it leads out of the folder"
    if part.startswith("."):
        return "it is hidden"
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in part):
        return "it has signs that can't be written"
    if _STEERING.search(part):
        return "it has signs that hide what it is"
    if part.endswith((" ", ".")) or part.startswith(" ") or _DEVICES.fullmatch(part):
        return "not every system can have a file of that name"
    return "it is too long" if len(part.encode()) > _LONGEST_NAME else ""


def _must_have_room(home: Path, size: int) -> None:
    if size + _SPARE > shutil.disk_usage(disk_of(home)).free:
        raise _no_room(home)


def _no_room(home: Path) -> Missing:
    there = disk_of(home)
    return Missing(
        f"There is no room for it: {_gb(shutil.disk_usage(there).free)} are free on the disk of {there}.",
        code="disk",
        next_step="Free some space, or set TUNEYARD_HOME to a larger disk. Or keep the data where "
        "it is and name its path.",
    )


def _gone() -> NotFound:
    return NotFound(
        "There is no such upload.",
        code="no-upload",
        next_step="It may have been removed, since it was left half-way: drop the data again.",
    )


def _unsafe(path: str, reason: str) -> WrongInput:
    shown = path.encode("unicode_escape").decode()
    shown = shown if len(shown) <= 100 else f"{shown[:99]}…"
    code = "upload-hidden" if reason == "it is hidden" else "upload-name"
    return WrongInput([Problem(f"“{shown}” can't be taken: {reason}.", code, "path")])


def _too_much(sentence: str) -> WrongInput:
    step = "Keep the data where it is and name its path instead."
    return WrongInput([Problem(sentence, "upload-too-large", "", step)])


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
