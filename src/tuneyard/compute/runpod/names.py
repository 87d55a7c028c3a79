"""Names: of the key, and of pods, by which their home knows them: ``tuneyard-<home id>-<job id>``."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from typing import TYPE_CHECKING

from tuneyard.errors import NotPossible
from tuneyard.runner.folder import write_text

if TYPE_CHECKING:
    from pathlib import Path

KEY = "RUNPOD_API_KEY"

_ID = re.compile(r"[0-9a-f]{8}")
_NAME = re.compile(r"tuneyard-([0-9a-f]{8})-(\S{1,200})")


def home_id(home: Path) -> str:
    """Eight hex digits that no other home has, made once. Raises NotPossible if they are damaged."""
    path = home / "home.id"
    if not path.exists():
        _make(path)
    found = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _ID.fullmatch(found):
        raise NotPossible(
            f"{path} should hold eight hex digits, and holds something else.",
            code="home-id",
            next_step="Put back the file. Without it, pods of this home are no longer known as its own.",
        )
    return found


def pod_name(home: str, job: str) -> str:
    """The name of a job's pod; `home` is the home's id."""
    return f"tuneyard-{home}-{job}"


def parse(name: str) -> tuple[str, str] | None:
    """The ids of home and job in a pod's name; None of a pod that isn't Tuneyard's."""
    found = _NAME.fullmatch(name)
    return (found[1], found[2]) if found else None


def _make(path: Path) -> None:
    """Whoever comes first decides: the file appears whole, and is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ours = path.with_name(f".home.{secrets.token_hex(4)}.id")
    write_text(ours, f"{secrets.token_hex(4)}\n")
    with contextlib.suppress(FileExistsError):
        os.link(ours, path)
    ours.unlink()
