"""What a voice says: what it was told, else an everyday sentence of its language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.recipes.piper.languages import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


def chosen(sentences: Sequence[str], language: str, known: Sequence[str]) -> list[str]:
    """`sentences` as they are, else one in `language`, else the first of the dataset's texts."""
    wanted = [one for one in sentences if one.strip()]
    if wanted:
        return wanted
    everyday = sentence(language)
    return [everyday] if everyday else list(known[:1])
