"""What the steps before left in ``work/``, and how these steps write files of their own."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

CHECKPOINTS = Path("train/checkpoints")
CONFIG = Path("train/config.json")
EVENTS = Path("train/events.jsonl")
VOICE = Path("../outputs/voice.onnx")


class Refused(Exception):
    """The step can't do what it was asked to; its text is for the user, `code` is the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def read(name: str) -> dict[str, Any]:
    """A JSON file of ``work/``, for example ``settings.json``.

    Raises `Refused` when it is missing or damaged: the step that writes it has to run first.
    """
    try:
        return dict(json.loads(Path(name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Refused(f"{name} can't be read ({error}). Start the job again.") from error


def write(path: Path, value: dict[str, Any]) -> None:
    """Writes a JSON file of ours. A reader sees either the old file or the whole new one."""
    write_plain(path, {"format": 1, **value})


def write_plain(path: Path, value: dict[str, Any]) -> None:
    """The same for a file whose form is another program's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def is_whole(path: Path) -> bool:
    """Whether a file that torch saved is all there and unchanged.

    It is a zip archive: its index is at the end, and each part has a checksum.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile):
        return False


def say(sentence: str) -> None:
    print(sentence, flush=True)
