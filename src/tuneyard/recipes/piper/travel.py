"""The rows of Piper's tables that one job can ask for: a pod's start command has little room."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import bases, languages

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


def tables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Texts in place of the recipe's files, by name."""
    base = bases.get(settings["base"])
    named = (settings["language"], base.language if base else "")
    spoken = {found.id for found in map(languages.get, named) if found}
    roots = {language.partition("-")[0] for language in spoken}
    return {
        "bases.tsv": _rows("bases.tsv", {base.id} if base else ()),
        "languages.tsv": _rows("languages.tsv", spoken),
        "sentences.tsv": _rows("sentences.tsv", spoken | roots),
    }


def _rows(name: str, keys: Container[str]) -> str:
    """The table's head, and the rows that begin with one of these."""
    text = (files("tuneyard.recipes.piper") / name).read_text(encoding="utf-8")
    head, *rows = text.splitlines(keepends=True)
    return head + "".join(row for row in rows if row.partition("\t")[0] in keys)
