"""What of the recipe's texts one job can ask for: a pod's start command has little room."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.prepare.prove import FLASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_OPTIMIZERS = "catalog/optimizers.tsv"
_ATTENTION = "prepare/attention.txt"


def tables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Texts in place of the recipe's files, by name."""
    own = {settings["optimizer"], settings["optimizer"].lower()}
    return _cut(lambda name: name in own, attention=settings["model"] in FLASH)


def cases() -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """The same for whoever knows only some of a job's settings: those, and the texts for them.

    Of the optimizers those that are the trainer's own, which are written in lower case.
    """
    found = _cut(str.islower, attention=True)
    for row in found[_OPTIMIZERS].splitlines()[1:]:
        yield {"optimizer": row.partition("\t")[0]}, found


def _cut(wanted: Callable[[str], bool], *, attention: bool) -> dict[str, str]:
    head, *rows = _lines(_OPTIMIZERS)
    kept = (row for row in rows if wanted(row.partition("\t")[0]))
    return {
        "requirements.txt": _without_comments("requirements.txt"),
        _ATTENTION: _without_comments(_ATTENTION) if attention else "",
        _OPTIMIZERS: head + "".join(kept),
    }


def _without_comments(name: str) -> str:
    return "".join(line for line in _lines(name) if not line.startswith("#"))


def _lines(name: str) -> list[str]:
    text = (files("tuneyard.recipes.diffusion_pipe") / name).read_text(encoding="utf-8")
    return text.splitlines(keepends=True)
