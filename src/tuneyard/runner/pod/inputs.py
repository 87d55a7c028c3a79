"""What a job needs and only its home has: taken in by pieces, verified, put where the job reads it.

An input lies in ``<home>/inputs/<sha256>/``, a folder's in ``<sha256>.d/``, under its own
name, which is there only when all of it is. What has arrived so far is ``<sha256>.part``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tarfile
import threading
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import files
from .web import Refused

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from tuneyard.runner.folder import JobFolder

MARK = "input:"  # begins a setting's value that stands for an input
PROGRAM: Final = "program"  # the kind of a recipe that comes after the runner

_DIGITS = re.compile(r"\d+")
_PIECE = 1 << 20
_SPARE = 256 << 20  # bytes of the disk that stay free


@dataclass(frozen=True)
class Input:
    """One entry of a job's manifest, as home sent it.

    With `hub` (``repository``, ``type``, ``revision``, ``path``) the pod fetches it itself.
    """

    sha256: str
    bytes: int
    name: str
    kind: str
    place: str = ""
    hub: Mapping[str, str] | None = None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Input:
        known = {name: entry[name] for name in cls.__dataclass_fields__ if name in entry}
        if not re.fullmatch("[0-9a-f]{64}", known["sha256"]):
            raise ValueError("an input without a SHA-256")
        return cls(**{**known, "name": Path(known["name"]).name.lstrip(".") or "input"})


def manifest(job: Mapping[str, Any]) -> dict[str, Input]:
    """The inputs that a job names, by SHA-256."""
    return {entry["sha256"]: Input.of(entry) for entry in job.get("inputs", ())}


def waiting_for(folder: JobFolder, job: Mapping[str, Any], kind: str = "") -> list[Input]:
    """The inputs that are not all here yet; those of one kind, or all."""
    store = Store(folder.home)
    wanted = (one for one in manifest(job).values() if kind in {"", one.kind})
    return [one for one in wanted if store.path(one) is None]


def resolve(folder: JobFolder, job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with paths for its inputs, all of which are here."""
    store = Store(folder.home)
    paths = {f"{MARK}{sha}": str(store.path(one)) for sha, one in manifest(job).items()}
    return {**job, "settings": _replaced(job.get("settings", {}), paths)}


def target(folder: JobFolder, one: Input) -> Path:
    """Where an input is to lie. Raises ValueError for one without a place in the job's folder."""
    found = folder.path / one.place
    if ".." in found.parts or folder.path not in found.parents:
        raise ValueError(f"{one.place} is no place in a job's folder")
    return found


def place(folder: JobFolder, job: Mapping[str, Any], instead: Container[str] = frozenset()) -> None:
    """Copies inputs to where the job wants them: once, before its first attempt.

    Later the trainer may have replaced or removed them, and rightly so. Those whose SHA-256
    is in `instead` are checkpoints that come in place of all that were made here.
    """
    store = Store(folder.home)
    each = map(Input.of, job.get("inputs", ()))  # two files may have the same bytes
    placed = {target(folder, one): one for one in each if one.place}
    for there, one in placed.items():
        if one.sha256 in instead:
            _clear(folder, there)
    for there, one in placed.items():
        source = store.path(one)
        if source is None or there.exists():
            continue
        part = there.with_name(f".{there.name}.tmp")
        part.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        if source.is_dir():
            shutil.copytree(source, part)
        else:
            shutil.copyfile(source, part)
        part.rename(there)


def _clear(folder: JobFolder, target: Path) -> None:
    """Leaves no checkpoint that could be taken for a newer one than the one at `target`.

    Of one that was made right now no event tells yet, but its name does.
    """
    named = _DIGITS.sub("", target.name)
    alike = [p for p in target.parent.glob("*") if _DIGITS.sub("", p.name) == named]
    for path in {*files.checkpoints(folder), *alike} - {*target.parents}:
        _remove(path)


@dataclass
class _Arriving:
    """What this process has seen of an input; another one reads it again from the disk."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    finishing: threading.Lock = field(default_factory=threading.Lock)
    sums: Any = field(default_factory=hashlib.sha256)
    summed: int = 0


class Store:
    def __init__(self, home: Path) -> None:
        self.folder = home / "inputs"
        self._arriving: dict[str, _Arriving] = {}

    def path(self, one: Input) -> Path | None:
        """Where an input lies, if all of it is here."""
        try:
            return next(p for p in self._place(one).iterdir() if not p.name.startswith("."))
        except (OSError, StopIteration):
            return None

    def status(self, one: Input) -> dict[str, Any]:
        done = self.path(one) is not None
        return {"have": one.bytes if done else self._have(one), "bytes": one.bytes, "done": done}

    def put(self, one: Input, offset: int, pieces: Iterable[bytes]) -> dict[str, Any]:
        """Adds what comes, from `offset` on. Whoever brings the last byte waits for `finish`.

        A piece whose connection broke may still be coming in when it is sent again: every
        few bytes are judged as they are written, and the slower of the two is refused.
        """
        now = self._now(one)
        for data in chain([b""], pieces):  # judged once before anything is read
            with now.lock:
                have = self.status(one)
                if have["done"] or now.finishing.locked():
                    return have
                if have["have"] != offset:
                    raise Refused(409, "offset", f"{have['have']:,} bytes are here.", **have)
                if offset + len(data) > one.bytes:
                    raise Refused(422, "too-much", f"The input has {one.bytes:,} bytes.", **have)
                self._write(one, data, offset, now)
            offset += len(data)
        if offset == one.bytes:
            self.finish(one)
        return self.status(one)

    def finish(self, one: Input) -> None:
        """Verifies an input that has arrived whole, and puts it where `path` finds it.

        Raises Refused if it isn't what was announced: then it begins anew.
        """
        now, part = self._now(one), self._part(one)
        if self._have(one) != one.bytes or not now.finishing.acquire(blocking=False):
            return
        try:
            if self.path(one) is None:
                _verify(one, part, now)
                self._put_in_place(one, part)
            part.unlink(missing_ok=True)
        except Refused as refused:
            if refused.status == 422:
                part.unlink(missing_ok=True)
                now.sums, now.summed = hashlib.sha256(), 0
            raise
        finally:
            now.finishing.release()

    def _write(self, one: Input, data: bytes, offset: int, now: _Arriving) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        twice = bool(one.place) or one.kind == "folder"  # it is copied or unpacked
        needed = one.bytes - offset + one.bytes * twice
        free = shutil.disk_usage(self.folder).free - _SPARE
        if free < needed:
            gb = f"needs {needed / 1e9:.1f} GB more, and {max(0, free) / 1e9:.1f} GB are free"
            raise Refused(507, "disk-full", f"The pod's disk is too small: {one.name} {gb}.")
        with open(self._part(one), "ab") as file:
            file.write(data)
        if now.summed == offset:
            now.sums.update(data)
            now.summed += len(data)

    def _put_in_place(self, one: Input, part: Path) -> None:
        place = self._place(one)
        place.mkdir(mode=0o700, exist_ok=True)
        if one.kind != "folder":
            part.replace(place / one.name)
            return
        unpacking = place / ".unpacking"
        _remove(unpacking)
        try:
            unpack(part, unpacking)
        except BaseException:
            _remove(unpacking)
            raise
        os.sync()
        unpacking.rename(place / one.name)

    def _now(self, one: Input) -> _Arriving:
        return self._arriving.setdefault(one.sha256, _Arriving())

    def _have(self, one: Input) -> int:
        try:
            return self._part(one).stat().st_size
        except FileNotFoundError:
            return 0

    def _part(self, one: Input) -> Path:
        return self.folder / f"{self._place(one).name}.part"

    def _place(self, one: Input) -> Path:
        return self.folder / (one.sha256 + (".d" if one.kind == "folder" else ""))


def _verify(one: Input, part: Path, now: _Arriving) -> None:
    """By the checksum, of which this process may have to catch up with what others wrote."""
    with open(part, "rb") as file:
        os.fsync(file.fileno())
        file.seek(now.summed)
        while data := file.read(_PIECE):
            now.sums.update(data)
            now.summed += len(data)
    if now.sums.hexdigest() != one.sha256:
        raise Refused(422, "wrong-bytes", "What arrived has another SHA-256.", have=0)


def unpack(archive: Path, target: Path) -> None:
    """A tar of plain files and folders. Raises Refused for anything else in it.

    Nothing but what was made here lies in `target`, so no name can lead out of it by a link.
    """
    try:
        target.mkdir()
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                _take_out(tar, member, target)
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise Refused(422, "tar", f"It can't be unpacked: {error}.") from None
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        words = f"It can't be unpacked: {error.strerror}."
        raise Refused(507 if full else 422, "tar", words) from None


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    parts = member.name.split("/")
    plain = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not member.issparse()
    if {"", ".", ".."} & set(parts) or not (plain or member.isdir()):
        raise Refused(422, "tar", f"It can't be unpacked: {member.name!r} is no plain file in it.")
    path = target.joinpath(*parts)
    (path if member.isdir() else path.parent).mkdir(parents=True, exist_ok=True)
    data = tar.extractfile(member) if plain else None
    if data:
        with open(path, "xb") as file:
            shutil.copyfileobj(data, file, _PIECE)


def _replaced(value: Any, paths: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(each, paths) for name, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, paths) for each in value]
    return paths.get(value, value) if isinstance(value, str) else value


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
