"""The rows of Piper's tables that one job can ask for: a pod's start command has little room."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import bases, languages

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping


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


def cases() -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """The same for whoever knows only some of a job's settings: those, and the texts for them.

    Of the languages all that there are, each under every name it has, and with all bases.
    """
    begun = {base.language for base in bases.BASES.values()}
    for spoken in languages.LANGUAGES.values():
        found = {
            "bases.tsv": _rows("bases.tsv", bases.BASES),
            "languages.tsv": _rows("languages.tsv", {spoken.id, *begun}),
            "sentences.tsv": _rows("sentences.tsv", {spoken.id, spoken.id.partition("-")[0]}),
        }
        for name in (spoken.id, *spoken.aliases):
            yield {"language": name}, found


def _rows(name: str, keys: Container[str]) -> str:
    """The table's head, and the rows that begin with one of these."""
    text = (files("tuneyard.recipes.piper") / name).read_text(encoding="utf-8")
    head, *rows = text.splitlines(keepends=True)
    return head + "".join(row for row in rows if row.partition("\t")[0] in keys)
