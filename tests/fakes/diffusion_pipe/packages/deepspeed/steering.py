"""How a test steers the scripted trainer: a JSON file, read anew whenever it is asked.

It lies where ``FAKE_TRAINER`` says, or as ``fake.json`` beside ``train.py``; without
it the trainer does what a good one does, as fast as it can.
"""

import json
import os
from pathlib import Path
from typing import Any


def option(name: str, default: Any) -> Any:
    """The value that a test has given, or the default."""
    try:
        given = json.loads(_file().read_text())
    except (FileNotFoundError, ValueError):  # ValueError: it is being written
        return default
    return given.get(name, default)


def once_more(name: str) -> bool:
    """Whether something is to happen now that a test wants so many times."""
    done = _file().with_suffix(f".{name}")
    times = len(done.read_text()) if done.exists() else 0
    if times >= option(name, 0):
        return False
    done.write_text("." * (times + 1))
    return True


def _file() -> Path:
    return Path(os.environ.get("FAKE_TRAINER", "fake.json"))
