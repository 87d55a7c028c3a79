"""The job folder: where everything about a job lies, and how it is written and read.

Whatever the CLI, the server or a page shows is read from here. JSON files are
replaced whole, never written in place; lines are appended; bytes of the log are
read by offset.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1


class FolderError(Exception):
    """The folder holds something that this version can't read; the sentence says what."""


class Chunk(NamedTuple):
    """Bytes of a growing file, the offset to ask for next, and whether it began again."""

    data: bytes
    next: int
    reset: bool


class JobFolder:
    """Paths and plain access; it decides nothing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def home(self) -> Path:
        """$TUNEYARD_HOME: jobs lie in ``<home>/jobs/<id>``."""
        return self.path.parent.parent

    @property
    def job(self) -> Path:
        return self.path / "job.json"

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    @property
    def state(self) -> Path:
        return self.path / "state.json"

    @property
    def runner(self) -> Path:
        return self.path / "runner.pyz"

    @property
    def masks(self) -> Path:
        return self.path / "masks.json"

    @property
    def log(self) -> Path:
        return self.path / "output.log"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def stop(self) -> Path:
        return self.path / "stop"

    @property
    def save(self) -> Path:
        return self.path / "save"

    @property
    def runner_lock(self) -> Path:
        return self.path / "runner.lock"

    @property
    def job_lock(self) -> Path:
        return self.path / "job.lock"

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def outputs(self) -> Path:
        return self.path / "outputs"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    def attempt(self, number: int) -> Path:
        return self.path / "attempts" / f"{number}.json"

    def attempts(self) -> list[int]:
        """Numbers of the attempts, in order."""
        try:
            names = os.listdir(self.path / "attempts")  # noqa: PTH208 - of thousands of jobs
        except FileNotFoundError:
            return []
        stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return sorted(int(stem) for stem in stems if stem.isdigit())

    def finished(self, step: str) -> Path:
        """Where the wrapper says how a step ended; `step` is its number or a side task's name."""
        return self.path / "steps" / f"{step}.json"

    def started(self, step: str) -> Path:
        """Where the wrapper says which processes a step is."""
        return self.path / "steps" / f"{step}.started"

    def make(self) -> None:
        for part in (self.path, self.path / "attempts", self.path / "steps", self.work):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.outputs.mkdir(exist_ok=True)
        self.samples.mkdir(exist_ok=True)


def write_json(path: Path, data: dict[str, Any], *, durable: bool = True) -> None:
    """Replaces a JSON file whole. Without `durable` a power cut may lose the newest version."""
    text = json.dumps({"format": FORMAT, **data}, ensure_ascii=False, separators=(",", ":"))
    write_text(path, text + "\n", durable=durable)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    write_bytes(path, text.encode(), durable=durable)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replaces a file whole, readable by its owner alone."""
    temporary = path.with_name(f".{path.name}.{threading.get_native_id()}.tmp")
    with open(temporary, "wb", opener=private) as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of the folder. Raises FileNotFoundError, or FolderError in words."""
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, UnicodeDecodeError) as error:
        raise FolderError(f"{path} can't be read as JSON ({error}).") from error
    if not isinstance(data, dict):
        raise FolderError(f"{path} holds no JSON object.")
    if data.get("format", FORMAT) > FORMAT:
        raise FolderError(f"{path} was written by a newer Tuneyard. Upgrade to read it.")
    return data


def read_json_or(path: Path, default: dict[str, Any]) -> dict[str, Any]:
    """The same, or the default where the file is not there."""
    try:
        return read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        return default


def append_line(path: Path, data: dict[str, Any]) -> None:
    """Appends one JSON line in a single write, after ending a line that a kill cut off."""
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(number).st_size
        if size and os.pread(number, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(number, line)
    finally:
        os.close(number)


def read_lines(path: Path, offset: int = 0) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file of lines, from a byte offset; what a kill cut off is left out."""
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            for line in file:
                if (data := parse_line(line)) is not None:
                    yield data
    except FileNotFoundError:
        return


def parse_line(line: bytes) -> dict[str, Any] | None:
    """A complete line that holds a JSON object, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def read(path: Path, offset: int, limit: int = 1 << 20) -> Chunk:
    """Up to `limit` bytes of a growing file from `offset`; negative counts from its end.

    A file that is shorter than the offset began again: it is read from its start.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size + offset) if offset < 0 else offset
            reset = start > size
            file.seek(0 if reset else start)
            data = file.read(limit)
            return Chunk(data, file.tell(), reset)
    except FileNotFoundError:
        return Chunk(b"", 0, offset > 0)


def acquire(path: Path, *, wait: float = 0.0) -> int | None:
    """Takes an exclusive lock and returns its descriptor, or None if another holds it.

    A probe (`held`) may hold it shared for an instant, hence a few tries at least.
    The descriptor closes on exec; `os.set_inheritable` hands it on.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + max(wait, 0.2)
    while not _try_lock(number, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            os.close(number)
            return None
        time.sleep(0.01)
    return number


def held(path: Path) -> bool:
    """Whether anybody holds a lock. Two probes never disturb each other."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(number, fcntl.LOCK_SH)
    finally:
        os.close(number)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock for a moment, waiting for it as long as it takes."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _try_lock(number: int, kind: int) -> bool:
    try:
        fcntl.flock(number, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def private(path: str, flags: int) -> int:
    """An opener, for what only its owner may read."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
