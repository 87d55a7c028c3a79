"""What a job left: outputs, samples, checkpoints, and its own records. Nothing else is given out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tuneyard.errors import NotFound
from tuneyard.runner.folder import read_json_or, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder

Kind = Literal["output", "sample", "checkpoint", "record"]

# Texts that may quote what a trainer printed: whoever gives them out masks them.
RECORDS = ("output.log", "events.jsonl", "metrics.jsonl", "job.json", "plan.json", "state.json")


def files_of(folder: JobFolder) -> list[dict[str, Any]]:
    """Of each file: path (relative to the job's folder), bytes, modified, kind."""
    found = dict(_found(folder))
    return [about for path, kind in found.items() if (about := _described(folder, path, kind))]


def file_of(folder: JobFolder, path: str) -> Path:
    """One of the files above. Raises NotFound for any other path, wherever it leads."""
    wanted = folder.path / path
    if wanted not in dict(_found(folder)):
        raise NotFound(
            f"The job has no file “{path}”.", code="no-file", next_step="See its list of files."
        )
    return wanted


def samples_of(folder: JobFolder) -> list[dict[str, Any]]:
    """What was made to look at or listen to, the newest group first.

    Each folder of ``samples/`` is a group: one a checkpoint, or ``final``. Its
    ``samples.json`` says what each file is; its `epoch` counts from 0, as trainers do.
    """
    groups = sorted(folder.samples.glob("[!.]*/samples.json"), key=_made, reverse=True)
    return [sample for listing in groups for sample in _group(folder, listing)]


def _described(folder: JobFolder, path: Path, kind: Kind) -> dict[str, Any] | None:
    try:
        status = path.stat()
    except FileNotFoundError:  # a trainer deletes its old checkpoints at any moment
        return None
    place = str(path.relative_to(folder.path))
    return {"path": place, "bytes": status.st_size, "modified": status.st_mtime, "kind": kind}


def _found(folder: JobFolder) -> Iterator[tuple[Path, Kind]]:
    for place, kind in ((folder.outputs, "output"), (folder.samples, "sample")):
        yield from ((path, kind) for path in _inside(folder, place))  # type: ignore[misc]
    for event in read_lines(folder.events):
        if event.get("event") in {"checkpoint", "interrupted"} and event.get("path"):
            path = folder.work / str(event["path"])
            if _is_own(folder, path):
                yield folder.path / path.relative_to(folder.path), "checkpoint"
    for name in RECORDS:
        if _is_own(folder, folder.path / name):
            yield folder.path / name, "record"


def _inside(folder: JobFolder, place: Path) -> Iterator[Path]:
    """Complete files: hidden folders are being made."""
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
        if not hidden and _is_own(folder, path):
            yield path


def _is_own(folder: JobFolder, path: Path) -> bool:
    """A file that lies in the job's folder itself; a trainer may leave links to anywhere."""
    if not path.is_relative_to(folder.path) or ".." in path.parts or not path.is_file():
        return False
    return path.resolve().is_relative_to(folder.path.resolve())


def _group(folder: JobFolder, listing: Path) -> Iterator[dict[str, Any]]:
    noted = read_json_or(listing, {})
    epoch = noted.get("epoch")
    for sample in noted.get("samples", []):
        path = listing.parent / str(sample.get("file", ""))
        if _is_own(folder, path):
            yield {
                "path": str(path.relative_to(folder.path)),
                "group": listing.parent.name,
                "epoch": None if epoch is None else epoch + 1,
                "text": sample.get("text", ""),
                "speaker": sample.get("speaker") or None,
                "seconds": sample.get("seconds"),
                "silent": bool(sample.get("silent")),
                "made": _made(listing),
            }


def _made(path: Path) -> float:
    return path.stat().st_mtime
