"""Files that a script makes, found by the patterns of its settings. Nothing leads out of ``work/``."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.recipes.script.layout import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROOF = re.compile(r"proof-\d+\.json")


@dataclass(frozen=True)
class Found:
    """One file or folder, by its path from ``work/``; with what changes when it is written to."""

    path: Path
    bytes: int
    modified: int  # nanoseconds; of a folder, of its newest file


def matches(patterns: Iterable[str], work: Path = Path()) -> Iterator[Found]:
    """Each match once, in the order of their names; an empty folder is none."""
    paths = {path.relative_to(work) for text in patterns for path in work.glob(text)}
    for path in sorted(paths):
        if found := look(path, work):
            yield found


def look(path: Path, work: Path = Path()) -> Found | None:
    """What lies there now; None for nothing, nothing in it, what is ours, and links to elsewhere."""
    sizes = []
    if _is_ours(path):
        return None
    for file in files_in(work / path, work):
        with contextlib.suppress(OSError):  # it went away meanwhile
            status = file.stat()
            sizes.append((status.st_size, status.st_mtime_ns))
    if not sizes:
        return None
    return Found(path, sum(size for size, _ in sizes), max(time for _, time in sizes))


def files_in(path: Path, work: Path = Path()) -> list[Path]:
    """The file itself, or all files below a folder; without links that lead out of `work`."""
    if path.is_dir():
        found = [Path(root, name) for root, _, names in os.walk(path) for name in names]
    else:
        found = [path]
    return sorted(file for file in found if file.is_file() and is_inside(file, work))


def is_inside(path: Path, work: Path) -> bool:
    """Whether a path lies in `work`, and so does all that it leads through."""
    here = work.resolve()
    way = (path, *(each for each in path.parents if each != work and each.is_relative_to(work)))
    return all(each.resolve().is_relative_to(here) for each in way)


def keep(source: Path, target: Path, *, link: bool) -> None:
    """A second name for a file, or a copy of it; complete when it appears."""
    if target.exists() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        if not link:
            raise OSError  # noqa: TRY301 - as where there are no links
        os.link(source.resolve(), temporary)
    except OSError:
        shutil.copy2(source, temporary)
    temporary.replace(target)


def _is_ours(path: Path) -> bool:
    top = path.parts[0] if path.parts else ""
    return top in {"", OWN.name} or bool(_PROOF.fullmatch(str(path)))
