"""Piper's cache of phonemes and spectrograms, kept honest.

Piper names a cached file by row number and the start of the text, nothing else, and
writes it in place. So the folder is emptied when anything else that shapes its
content changes, and after a kill the files that it cut short are dropped: a
truncated one would end every later attempt.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper.trainer import job
from tuneyard.recipes.piper.trainer.arguments import sample_rate, speakers

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARKER = "tuneyard.json"


def key(settings: Mapping[str, Any], data: Mapping[str, Any], piper: str) -> dict[str, Any]:
    """All that the cached files depend on; `piper` is the version of piper-tts."""
    return {
        "language": settings["language"],
        "sample_rate": sample_rate(settings),
        "trim_silence": settings["trim_silence"],
        "speakers": speakers(settings, data),
        "piper": piper,
        "csv": hashlib.sha256(Path(data["csv"]).read_bytes()).hexdigest(),
        "audio": _signature(Path(data["csv"]), Path(data["audio_dir"])),
    }


def prepare(folder: Path, wanted: Mapping[str, Any]) -> str:
    """Makes `folder` safe to continue from; the sentence says what was done, if anything."""
    said = ""
    marker = _read_marker(folder)
    if folder.exists() and marker.get("key") != wanted:
        _empty(folder)
        said = "The cache was made from other data or settings and is made again."
    elif marker and not marker.get("complete"):
        dropped = _drop_damaged(folder)
        said = f"The cache was left unfinished; {dropped} of its files are made again."
    job.write(folder / _MARKER, {"key": dict(wanted), "complete": False})
    return said


def complete(folder: Path) -> None:
    """Says that Piper has written all of it."""
    job.write(folder / _MARKER, {**_read_marker(folder), "complete": True})


def _signature(table: Path, audio: Path) -> str:
    """By names, sizes and times: a clip that was replaced has another one."""
    with table.open(encoding="utf-8", newline="") as file:
        clips = [audio / row[0] for row in csv.reader(file, delimiter="|") if row]
    facts = [(str(clip), *_size_and_time(clip)) for clip in clips]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _size_and_time(clip: Path) -> tuple[int, int]:
    try:
        status = clip.stat()
    except OSError:  # Piper skips a missing clip, or finds it with .wav behind its name
        return (-1, 0)
    return (status.st_size, status.st_mtime_ns)


def _read_marker(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / _MARKER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _empty(folder: Path) -> None:
    # the marker first: after a kill in the middle, the rest is of unknown origin and goes next time
    (folder / _MARKER).unlink(missing_ok=True)
    for path in folder.iterdir():
        path.unlink()


def _drop_damaged(folder: Path) -> int:
    damaged = [path for path in folder.glob("*.pt") if not job.is_whole(path)]
    for path in damaged:
        path.unlink()
    return len(damaged)
