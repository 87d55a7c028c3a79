"""Which files of a folder the trainer takes, and how large they are. Only their heads are read.

It takes every file that isn't plainly something else (`_OTHERS`), and those in .tar archives;
sub-folders are not entered. Pictures need Pillow; videos PyAV, which reads them as the trainer
does.
"""

from __future__ import annotations

import errno
import os
import tarfile
import warnings
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CAPTIONS = "captions.json"

_OTHERS = (".txt", ".npz", ".json", ".parquet", ".bak", ".db")  # as they are written here
_LITTER = ("Thumbs.db", "desktop.ini")
_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";"}
_ORIENTATION = 0x0112  # of EXIF; 1 is upright


class File(NamedTuple):
    """Something that the trainer tries to open. `member` is its name in the archive `path`."""

    path: Path
    member: str = ""

    @property
    def own(self) -> str:
        """Its name alone."""
        return self.member.rpartition("/")[2] or self.path.name

    @property
    def stem(self) -> str:
        return os.path.splitext(self.own)[0]  # noqa: PTH122 - of very many files

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.own)[1]  # noqa: PTH122 - same

    @property
    def name(self) -> str:
        """For people: ``a.png``, ``set.tar/a.png``."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def video(self) -> bool:
        ending = self.suffix[1:]
        return ending.lower() in _video_endings() and ending in (ending.lower(), ending.upper())

    @property
    def litter(self) -> bool:
        """What a file manager left: the trainer tries it, and nobody wonders that it fails."""
        return self.own.startswith(".") or self.own in _LITTER


@cache
def _video_endings() -> frozenset[str]:
    """imageio's, which the trainer goes by: all small, or all large. Pods have it."""
    try:
        from imageio.config import video_extensions  # noqa: PLC0415 - may be missing
    except ImportError:
        from tuneyard.recipes.diffusion_pipe.data.at_home import (  # noqa: PLC0415 - not in pods
            endings,
        )

        return endings.VIDEO
    return frozenset(each.extension[1:].lower() for each in video_extensions)


class Listing(NamedTuple):
    """A folder's content. `texts` are its .txt files; `damaged` archives that can't be read."""

    files: list[File]
    texts: set[str]
    has_captions_json: bool
    folders: list[str]
    damaged: list[tuple[str, str]]


class Seen(NamedTuple):
    """What a file's head says. `fps` is None of a picture; `guessed`: its frames are not certain.

    `error`: why it can't be used; `fatal`: the trainer doesn't pass over it, but never goes on.
    """

    width: int = 0
    height: int = 0
    frames: int = 1
    fps: float | None = None
    turned: bool = False
    guessed: bool = False
    error: str = ""
    fatal: bool = False


def listed(folder: Path) -> Listing:
    """Raises OSError where it can't be read."""
    found = Listing([], set(), (folder / CAPTIONS).exists(), [], [])
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if surely(entry.is_dir):
                found.folders.append(entry.name)
            elif surely(entry.is_file):
                _sort(found, Path(folder, entry.name))
    return found


def surely(kind: Callable[[], bool]) -> bool:
    """A link to itself is nothing, for the trainer as well."""
    try:
        return kind()
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return False


def _sort(found: Listing, path: Path) -> None:
    if path.suffix == ".txt":
        found.texts.add(path.name)
    elif path.suffix == ".tar":
        try:
            with tarfile.TarFile(path) as archive:
                found.files.extend(File(path, name) for name in archive.getnames())
        except (OSError, tarfile.TarError, ValueError) as error:
            found.damaged.append((path.name, str(error)))
    elif path.suffix not in _OTHERS:
        found.files.append(File(path))


def pictures_known() -> bool:
    """Whether pictures can be read here."""
    return find_spec("PIL") is not None


def look(files: Sequence[File]) -> list[tuple[File, Seen | None]]:
    """Each with what its head says; None where nothing here reads such a file."""
    with warnings.catch_warnings(), ExitStack() as archives:
        warnings.simplefilter("ignore")  # of pictures that are merely large
        opened: dict[Path, tarfile.TarFile] = {}
        for file in files:
            if file.member and file.path not in opened:
                opened[file.path] = archives.enter_context(tarfile.TarFile(file.path))
        return [(file, _look(file, opened)) for file in files]


def _look(file: File, archives: Mapping[Path, tarfile.TarFile]) -> Seen | None:
    if not _is_utf8(file.name):
        return Seen(error="its name is no UTF-8", fatal=True)
    return _member(file, archives[file.path]) if file.member else _seen(file, file.path)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _member(file: File, archive: tarfile.TarFile) -> Seen | None:
    if (
        str(PurePosixPath(file.member)) != file.member
    ):  # the trainer asks for it by the name without ./
        return Seen(error="its name in the archive begins with ./", fatal=True)
    try:
        data = archive.extractfile(file.member)
    except (OSError, tarfile.TarError, KeyError) as error:
        return Seen(error=str(error), fatal=True)
    if data is None:
        return Seen(error="it is a folder")
    with data:
        return _seen(file, data)


def _seen(file: File, source: Path | IO[bytes]) -> Seen | None:
    return _video(file, source) if file.video else _picture(file, source)


def _picture(file: File, source: Path | IO[bytes]) -> Seen | None:
    try:
        from PIL import Image  # noqa: PLC0415 - may be missing
    except ImportError:
        return None
    webp = file.suffix == ".webp"
    try:
        with Image.open(source) as picture:
            if webp and getattr(picture, "n_frames", 1) > 1:
                return Seen(error="it is animated", fatal=True)
            width, height = picture.size
            turned = bool(picture.info.get("exif")) and _turned(picture)
            whole = bool(file.member) or _ends_well(picture)
    except Exception as error:  # noqa: BLE001 - decoders raise whatever damaged data leads to
        return Seen(error=_reason(error), fatal=webp)
    if not whole:
        try:
            with Image.open(source) as picture:
                picture.load()
        except Exception as error:  # noqa: BLE001 - as well
            return Seen(error=_reason(error), fatal=True)
    return Seen(width, height, turned=turned)


def _turned(picture: Any) -> bool:
    try:
        return picture.getexif().get(_ORIENTATION, 1) not in {0, 1}
    except Exception:  # noqa: BLE001 - damaged EXIF says nothing
        return False


def _ends_well(picture: Any) -> bool:
    """Whether its end is there. Of no, only decoding tells: it may just be followed by more."""
    ending = _ENDS.get(picture.format)
    if ending is None:
        return True
    picture.fp.seek(-len(ending), os.SEEK_END)
    return bool(picture.fp.read() == ending)


def _reason(error: Exception) -> str:
    said = str(error).partition(" <")[0].partition(" '")[0]
    return said or type(error).__name__


def _video(file: File, source: Path | IO[bytes]) -> Seen | None:
    """As ComfyUI's reader, through which the trainer opens videos."""
    try:
        import av  # noqa: PLC0415 - may be missing
    except ImportError:
        return None
    try:
        with av.open(str(source) if isinstance(source, Path) else source) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or 1)
            # The trainer decodes every .mkv to count its frames; this takes its head's word.
            guessed = not stream.frames or file.suffix.lower() == ".mkv"
            frames = stream.frames or _by_length(container, stream, fps)
            return Seen(stream.width, stream.height, frames, fps, guessed=guessed)
    except Exception as error:  # noqa: BLE001 - decoders raise whatever damaged data leads to
        return Seen(error=_reason(error))


def _by_length(container: Any, stream: Any, fps: float) -> int:
    if stream.duration:
        return round(float(stream.duration * stream.time_base) * fps)
    return round((container.duration or 0) / 1_000_000 * fps)
