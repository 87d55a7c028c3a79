"""Which of the model's own files a job reads, where they lie at home: no others travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.files import parts
from tuneyard.recipes.diffusion_pipe.files.named import KINDS, kind, paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def read(settings: Mapping[str, Any], place: str, files: Iterable[str]) -> list[str] | None:
    """The same choice as of a repository on the Hub; nothing of what another model would read.

    All of a folder in which no weights are known: its owner knows better what it is.
    """
    name = place.partition(".")[0]
    if name not in KINDS:
        return None
    if name not in dict(paths(settings)):
        return []
    chosen = parts.chosen(kind(settings["model"], name), files, settings)
    return chosen if any(map(parts.has_weights, chosen)) else None
