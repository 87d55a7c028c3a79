"""What can be chosen where the list is too long to be part of a setting's help."""

from __future__ import annotations

from tuneyard.recipes.piper import bases, languages


def _languages(text: str) -> list[tuple[str, str]]:
    found = languages.find(text) if text.strip() else languages.LANGUAGES.values()
    return [(each.id, each.name) for each in found if each.speaks]


def _bases(text: str) -> list[tuple[str, str]]:
    return [(each.id, each.label) for each in bases.search(text)]


CHOICES = {"language": _languages, "base": _bases}
