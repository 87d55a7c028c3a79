"""A pod's folder on this disk, and a face that reads it without any socket."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuneyard.jobs.remote.mirror.face import Face, Piece
from tuneyard.runner.folder import JobFolder, append_line, read, read_json_or, write_json


class FolderFace(Face):
    """Answers as `runner.pod.serve` does, from `folder`; `limit` makes its pieces small."""

    def __init__(self, folder: JobFolder, limit: int = 7) -> None:
        self.folder = folder
        self.limit = limit
        self.incarnation = "one"
        self.told: list[str] = []

    def job(self) -> dict[str, Any]:
        sizes = {name: _size(path) for name, path in self._growing().items()}
        state = read_json_or(self.folder.state, {"state": "queued"})
        return {"incarnation": self.incarnation, "sizes": sizes, "state": state}

    def read(self, name: Any, offset: int, limit: int) -> Piece:
        chunk = read(self._growing()[name], offset, min(limit, self.limit))
        return Piece(chunk.data, chunk.next, chunk.reset, self.incarnation)

    def files(self) -> list[dict[str, Any]]:
        folder = self.folder.path
        found = [
            *folder.glob("outputs/**/*"),
            *folder.glob("samples/**/*"),
            *folder.glob("steps/*"),
        ]
        kept = [*folder.glob("work/**/*.ckpt")]
        return [self._entry(path) for path in found if path.is_file()] + [
            {**self._entry(path), "checkpoint": True} for path in kept
        ]

    def file(self, path: str) -> bytes:
        return (self.folder.path / path).read_bytes()

    def fetch(self, entry: Mapping[str, Any], target: Path) -> None:
        self.told.append(entry["path"])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.folder.path / entry["path"], target)

    def _growing(self) -> dict[str, Path]:
        folder = self.folder
        return {"log": folder.log, "metrics": folder.metrics, "events": folder.events}

    def _entry(self, path: Path) -> dict[str, Any]:
        status = path.stat()
        name = str(path.relative_to(self.folder.path))
        size = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
        return {"path": name, **size, "inode": status.st_ino}


def pod_folder(place: Path) -> JobFolder:
    folder = JobFolder(place / "jobs" / "job")
    folder.make()
    return folder


def grow(folder: JobFolder, log: bytes = b"", step: int | None = None, **event: Any) -> None:
    with folder.log.open("ab") as file:
        file.write(log)
    if step is not None:
        append_line(folder.metrics, {"t": step, "step": step, "loss": 1.0})
    if event:
        append_line(folder.events, {"t": 1.0, **event})


def say(folder: JobFolder, **state: Any) -> None:
    write_json(folder.state, state)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
