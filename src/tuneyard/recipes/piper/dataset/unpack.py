"""Archives of a dataset, unpacked with nothing taken on trust.

Names, sizes and kinds in an archive are claims of whoever made it. Each name is judged
before its file is written, bytes are counted while writing, and all goes into a folder
beside the target that is renamed when complete.
"""

from __future__ import annotations

import contextlib
import lzma
import re
import shutil
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Literal, NoReturn

from tuneyard.recipes.piper.dataset.clips import is_litter
from tuneyard.recipes.piper.dataset.report import DataError, of_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PIECE = 1 << 20
_UTF8_NAME = 0x800  # the flag of a zip entry whose name is UTF-8
_ENCRYPTED = 0x1
_LONGEST_NAME = 255  # bytes, on the usual file systems
_DRIVE = re.compile(r"[A-Za-z]:")
# What the readers raise for damaged data; RuntimeError and NotImplementedError, a kind
# of it, also for a compression that this Python doesn't have.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold: bytes in all once unpacked, and entries.

    More than `ratio` times the archive's own size is refused once `free_bytes` were
    written: recorded speech shrinks to a half, a long silence to a thousandth.
    """

    total_bytes: int = 200 << 30
    entries: int = 1_000_000
    ratio: int = 100
    free_bytes: int = 256 << 20


@dataclass(frozen=True)
class _Entry:
    """What an archive says of one entry; `open` gives a file's bytes."""

    name: str
    kind: Literal["file", "folder", "link", "special", "encrypted"]
    open: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES)


def unpack(
    archive: Path,
    folder: Path,
    limits: Limits | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Unpacks a .zip or .tar into `folder` and returns the number of files.

    An existing `folder` is replaced. Hidden files and those of file managers are left
    out. Raises DataError, with the entry's name, for anything but plain files and
    folders with plain names of their own, for more than `limits` allow, for passwords
    and for damage: `folder` is then as it was, and nothing was written elsewhere.
    """
    partial = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        files = _unpack(_Unpacking(archive, partial, limits or Limits(), progress))
        _replace(folder, partial)
    except OSError as error:
        raise DataError(
            of_data(
                "archive-unreadable",
                f"{archive.name} can't be unpacked: {error.strerror or error}.",
                next_step="Check that the file can be read and that the disk has room.",
            )
        ) from error
    except _DAMAGE as error:
        why = str(error).partition("\n")[0]
        raise DataError(
            of_data(
                "archive-damaged",
                f"{archive.name} is damaged, or of a kind that can't be read here ({why}).",
                next_step="Download it or make it again.",
            )
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return files


def _unpack(unpacking: _Unpacking) -> int:
    with _opened(unpacking.archive) as entries:
        for number, entry in enumerate(entries, start=1):
            unpacking.take(number, entry)
    return unpacking.files


def _replace(folder: Path, complete: Path) -> None:
    aside = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    complete.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


class _Unpacking:
    """One archive on its way into one folder: what was seen and written so far."""

    def __init__(
        self, archive: Path, target: Path, limits: Limits, progress: Callable[[int], None]
    ) -> None:
        self.archive = archive
        self.files = 0
        self._target = target
        self._limits = limits
        self._progress = progress
        self._room = min(
            limits.total_bytes, max(limits.free_bytes, limits.ratio * archive.stat().st_size)
        )
        self._written = 0
        self._taken: dict[str, tuple[PurePosixPath, bool]] = {}

    def take(self, number: int, entry: _Entry) -> None:
        if number > self._limits.entries:
            self._refuse("archive-entries", f"holds more than {self._limits.entries:,} entries")
        path = self._path(entry.name)
        if path is None or any(is_litter(part) for part in path.parts):
            return
        self._refuse_kind(entry)
        self._claim(path, entry, is_file=entry.kind == "file")
        if entry.kind == "file":
            self._write(path, entry)
            self.files += 1
            self._progress(self.files)

    def _path(self, name: str) -> PurePosixPath | None:
        """Where the entry belongs inside the folder; None for the folder itself."""
        said = repr(name[:200])
        if any(unicodedata.category(c) == "Cc" for c in name):
            self._refuse("archive-name", f"has a file with an unprintable name, {said}")
        slashed = name.replace("\\", "/")
        if slashed.startswith("/") or _DRIVE.match(slashed) or ".." in slashed.split("/"):
            self._refuse("archive-outside", f"has a file that points out of its folder, {said}")
        path = PurePosixPath(slashed)
        if any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in path.parts):
            self._refuse("archive-name", f"has a file with too long a name, {said}")
        return path if path.parts else None

    def _refuse_kind(self, entry: _Entry) -> None:
        if entry.kind == "encrypted":
            self._refuse(
                "archive-encrypted",
                f"wants a password for {entry.name}",
                "Make it again without a password.",
            )
        if entry.kind in ("link", "special"):
            what = "a link" if entry.kind == "link" else "neither a file nor a folder"
            self._refuse("archive-link", f"has {entry.name}, which is {what}")

    def _claim(self, path: PurePosixPath, entry: _Entry, *, is_file: bool) -> None:
        """Each file once, and no two names that some computers can't tell apart."""
        parents = [(above, False) for above in path.parents if above.parts]
        for claimed, as_file in [*parents, (path, is_file)]:
            key = unicodedata.normalize("NFC", str(claimed)).casefold()
            first, was_file = self._taken.setdefault(key, (claimed, as_file))
            if first != claimed:
                self._refuse(
                    "archive-clash",
                    f"has {first} and {claimed}, which many computers can't tell apart",
                )
            if was_file != as_file:
                self._refuse("archive-clash", f"has {claimed} as a file and as a folder")
        if is_file and (self._target / path).exists():
            self._refuse("archive-twice", f"has {entry.name} twice")

    def _write(self, path: PurePosixPath, entry: _Entry) -> None:
        target = self._target / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = entry.open()
        if source is None:
            self._refuse("archive-link", f"has {entry.name}, which is no file")
        with source, target.open("xb") as file:
            while piece := source.read(_PIECE):
                self._written += len(piece)
                if self._written > self._room:
                    self._refuse(
                        "archive-bomb",
                        f"({self.archive.stat().st_size:,} bytes) unpacks to more than"
                        f" {self._room:,} bytes, at {entry.name}",
                        "If it is right, unpack it yourself and name the folder.",
                    )
                file.write(piece)

    def _refuse(
        self,
        code: str,
        what: str,
        next_step: str = "Make the archive again from the dataset's folder.",
    ) -> NoReturn:
        raise DataError(of_data(code, f"{self.archive.name} {what}.", self.archive.name, next_step))


# --- what archives say of themselves


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[Iterator[_Entry]]:
    if archive.name.lower().endswith(".zip") or zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield _of_zip(opened)
    else:
        with tarfile.open(archive) as tar:
            yield _of_tar(tar)


def _of_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for info in archive.infolist():
        name = _zip_name(info)
        mode = stat.S_IFMT(info.external_attr >> 16)
        kind: Literal["file", "folder", "link", "special", "encrypted"] = "file"
        if mode == stat.S_IFLNK:
            kind = "link"
        elif mode not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "special"
        elif name.replace("\\", "/").endswith("/"):
            kind = "folder"
        elif info.flag_bits & _ENCRYPTED:
            kind = "encrypted"
        yield _Entry(name, kind, partial(archive.open, info))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and don't say so."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_NAME:
        return name
    with contextlib.suppress(UnicodeError):
        return name.encode("cp437").decode("utf-8")
    return name


def _of_tar(archive: tarfile.TarFile) -> Iterator[_Entry]:
    for info in archive:
        raw = info.name.encode("utf-8", "surrogateescape")
        name = raw.decode("utf-8", "replace")
        if info.issym() or info.islnk():
            yield _Entry(name, "link", lambda: None)
        elif info.isdir():
            yield _Entry(name, "folder", lambda: None)
        elif info.isreg():
            yield _Entry(name, "file", partial(archive.extractfile, info))
        else:
            yield _Entry(name, "special", lambda: None)
