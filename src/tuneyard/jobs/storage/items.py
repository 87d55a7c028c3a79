"""What there is on the disk of a home, by kind: found there, and named for people."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.runner.environment import FACTS
from tuneyard.runner.folder import FolderError, read_json_or

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal["environments", "models", "caches", "uploads", "jobs"]
ItemState = Literal["unused", "kept", "in-use"]
KINDS: tuple[Kind, ...] = ("environments", "models", "caches", "uploads", "jobs")


@dataclass(frozen=True)
class Item:
    """One thing that can be looked at by itself; `id` is its path in the home."""

    id: str
    kind: Kind
    name: str
    path: Path
    made: float | None
    state: ItemState
    note: str
    jobs: list[str]

    @property
    def cleanable(self) -> bool:
        return self.state == "unused" or (self.state == "kept" and self.kind != "jobs")


def found(home: Path, kind: Kind) -> Iterator[Path]:
    if kind == "environments":
        entries = _entries(home / "envs")
        yield from (path for path in entries if not path.name.endswith((".lock", ".tmp")))
    elif kind == "caches":
        for shelf in (*_entries(home / "cache"), *_entries(home / "vendor")):
            yield from (path for path in _entries(shelf) if path.suffix != ".lock")
        yield from _entries(home / "tools")
    else:
        yield from _entries(home / kind)


def name(kind: Kind, path: Path) -> str:
    """For people; an environment by what it holds first, an upload by what was dropped."""
    if kind == "environments":
        facts = _facts(path)
        wanted = [str(name) for name in facts.get("requirements", ())]
        python = f", Python {facts['python']}" if facts.get("python") else ""
        return f"{', '.join(wanted[:3])}{python}" if wanted else path.name
    if kind == "uploads":
        return _dropped(path) or path.name
    if path.parent.name == "programs":
        return f"program for pods, {path.stem[:8]}"
    if path.parent.parent.name == "vendor":  # a trainer's code
        return f"{path.parent.name} {path.name}"
    shelf = kind == "models" or path.parent.name == "datasets"
    return path.name.replace("--", "/", 1) if shelf else path.name


def made(path: Path) -> float | None:
    for place in (path / FACTS, path / "job.json", path / "upload.json", path):
        with contextlib.suppress(OSError):
            return place.stat().st_mtime
    return None


def build_lock(path: Path) -> Path:
    """What `runner.environment` holds while it builds this one."""
    if path.name.endswith(".building"):
        return path.with_suffix(".lock")
    return path.with_name(f".{path.name}.lock")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _dropped(path: Path) -> str:
    """What was dropped into the browser: a folder's or a file's name, if it was a single one."""
    whole = str(_json(path / "upload.json").get("path") or "")
    name = whole.rpartition("/")[2]
    return "" if name == "files" else name


def _facts(path: Path) -> dict[str, Any]:
    return _json(path / FACTS)


def _json(path: Path) -> dict[str, Any]:
    with contextlib.suppress(FolderError, OSError):
        return read_json_or(path, {})
    return {}
