"""Makes of each input one file with a checksum.

A folder becomes a tar that is the same whenever names and contents are. It is kept in
``<home>/cache/inputs`` with a note of what it was made of: launching the job again reads
names, sizes and times, and no contents.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tarfile
import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Literal

from tuneyard.fields import ALL
from tuneyard.runner.folder import locked, read_json_or, write_json
from tuneyard.runner.pod.inputs import MARK
from tuneyard.runner.problems import Problem

from .finding import files_of, measure, of
from .problems import InputsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tuneyard.fields import Reads
    from tuneyard.jobs.job import Job


_PIECE = 1 << 20
_SUMS = "checksums"  # of single files, which are sent as they lie
_VERSION = 1  # of how tars are made
_KEPT = 14 * 24 * 3600.0  # seconds since a tar was last wanted


@dataclass(frozen=True)
class Packed:
    """An input as one file. `place` is a path in the pod's job folder where it belongs, or ""."""

    sha256: str
    bytes: int
    name: str
    kind: Literal["file", "folder", "program"]
    file: Path
    setting: str = ""
    place: str = ""


def pack_all(job: Job, home: Path, *, resume: tuple[str, Path] | None = None) -> list[Packed]:
    """All that has to travel. `resume` is a checkpoint to go on from: its place there, its path here.

    Raises InputsError.
    """
    packed = [replace(pack(each.path, home, each.reads), setting=each.setting) for each in of(job)]
    if resume is not None:
        place, path = resume
        packed.append(replace(pack(path, home), place=place))
    return packed


def told(
    packed: Iterable[Packed], hub: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the pod is told: its manifest, and the settings that stand for an input.

    The settings by their places, as `finding.Input` has them. `hub` says where an input lies
    that the pod fetches itself, by SHA-256.
    """
    manifest: dict[str, dict[str, Any]] = {}
    replaced: dict[str, Any] = {}
    for each in packed:
        entry = {name: getattr(each, name) for name in ("sha256", "bytes", "name", "kind", "place")}
        if hub and each.sha256 in hub:
            entry["hub"] = hub[each.sha256]
        known = manifest.get(each.sha256)
        if known is None or each.place:  # of one that is both, the place counts too
            manifest[each.sha256] = entry
        if each.setting:
            replaced[each.setting] = f"{MARK}{each.sha256}"
    return list(manifest.values()), replaced


def pack(path: Path, home: Path, read: Reads = ALL) -> Packed:
    """A file as it is, or a folder as a tar of what is read of it. Raises InputsError."""
    cache = home / "cache" / "inputs"
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(cache)
        if path.is_dir():
            return _packed_folder(path, cache, read)
        return _summed_file(path, cache)
    except (OSError, tarfile.TarError) as error:
        raise unreadable(path, error) from error


def _packed_folder(path: Path, cache: Path, read: Reads) -> Packed:
    key = _key(path, read)
    kept = cache / f"{path.name[:60]}-{key}"
    kept.mkdir(mode=0o700, exist_ok=True)
    tar, note = kept / "files.tar", kept / "files.json"
    with locked(kept / ".lock"):
        os.utime(kept)  # wanted now: it stays
        known = read_json_or(note, {})
        if not (known and tar.is_file() and tar.stat().st_size == known["bytes"]):
            _must_have_room(path, cache, read)
            known = _write_tar(path, tar, read)
            if _key(path, read) != key:
                tar.unlink()
                raise changed(path)
            write_json(note, known)
    return Packed(known["sha256"], known["bytes"], path.name, "folder", tar)


def _summed_file(path: Path, cache: Path) -> Packed:
    note = cache / _SUMS / f"{_key(path)}.json"
    note.parent.mkdir(mode=0o700, exist_ok=True)
    known = read_json_or(note, {})
    if not known:
        with open(path, "rb") as file:
            sums = hashlib.file_digest(file, "sha256")
            known = {"sha256": sums.hexdigest(), "bytes": file.tell()}
        write_json(note, known)
    return Packed(known["sha256"], known["bytes"], path.name, "file", path)


def _write_tar(path: Path, tar: Path, read: Reads) -> dict[str, Any]:
    part = tar.with_suffix(".part")
    try:
        with open(part, "wb") as file:
            summing = _Summing(file)
            with tarfile.open(
                fileobj=summing,  # type: ignore[call-overload]
                mode="w|",
                bufsize=_PIECE,
                format=tarfile.PAX_FORMAT,
            ) as archive:
                for name, status in files_of(path, read):
                    _add(archive, path, name, status.st_size)
        part.replace(tar)
    finally:
        part.unlink(missing_ok=True)
    return {"sha256": summing.sums.hexdigest(), "bytes": tar.stat().st_size}


def _add(archive: tarfile.TarFile, folder: Path, name: str, size: int) -> None:
    """Without time, owner or rights: a copy of the folder makes the same tar."""
    about = tarfile.TarInfo(name)
    about.size = size
    with open(folder / name, "rb") as file:
        archive.addfile(about, file)


class _Summing:
    """A file that is written, and its checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self.sums = hashlib.sha256()
        self._file = file

    def write(self, data: bytes) -> int:
        self.sums.update(data)
        return self._file.write(data)


def _key(path: Path, read: Reads = ALL) -> str:
    """Names it by where it lies, and names, sizes and times of what is in it."""
    facts: list[Any] = [_VERSION, str(path)]
    facts += [(name, status.st_size, status.st_mtime_ns) for name, status in files_of(path, read)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _must_have_room(path: Path, cache: Path, read: Reads) -> None:
    needed, files = measure(path, read)
    needed += files * 1024  # each has a header, and is filled up to a block
    free = shutil.disk_usage(cache).free
    if not files:
        problem = Problem(_empty(path), "input-empty")
        raise InputsError(problem)
    if free < needed:
        raise InputsError(
            Problem(
                f"Packing {path} takes {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free.",
                "disk-full",
                next_step="Free some space, or set TUNEYARD_HOME to a larger disk.",
            )
        )


def _empty(path: Path) -> str:
    if measure(path).files:
        return f"{path} has no files in it that the trainer reads: it enters no folders inside."
    return f"{path} has no files in it."


def _sweep(cache: Path) -> None:
    """Removes the tars that no job has wanted for two weeks."""
    for kept in cache.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process swept it
            if kept.name != _SUMS and kept.stat().st_mtime < time.time() - _KEPT:
                shutil.rmtree(kept, ignore_errors=True)


def changed(path: Path) -> InputsError:
    return InputsError(
        Problem(
            f"{path} changed while it was packed or sent.",
            "input-changed",
            next_step="Launch the job when nothing is written there any more.",
        )
    )


def unreadable(path: Path, error: Exception) -> InputsError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputsError(
        Problem(
            f"{path} can't be read for the pod: {why}.",
            "input-unreadable",
            next_step="See that all of it can be read, and launch the job again.",
        )
    )
