"""The languages that Piper 1.8.0 can read: the voices of the espeak-ng inside it.

``languages.tsv`` is made from an installed piper-tts, by asking its espeak-ng: see
`at_home.languages`.

What was found by doing so: Piper's espeak-ng takes a voice by the name of its file and by
nothing else, so ``en-gb``, ``no``, ``zh`` and ``fr-fr``, which an installed espeak-ng
understands, end a training at once. They are kept here as aliases of ``en``, ``nb``,
``cmn`` and ``fr``. Four voices have no dictionary and say nothing. A voice speaks words
of some scripts; of any other it spells the letters' names, or reads them as English.
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Language:
    """One espeak-ng voice: `id` is what Piper has to be given.

    `scripts` are the scripts it speaks, named as Unicode names its letters begin; a
    voice without any has no dictionary in Piper and stays silent.
    """

    id: str
    name: str
    scripts: tuple[str, ...]
    aliases: tuple[str, ...]

    @property
    def speaks(self) -> bool:
        return bool(self.scripts)


def get(language: str) -> Language | None:
    """The one with this id or alias; ``en_US`` and ``EN-us`` are ``en-us``."""
    return _BY_KEY.get(_plain(language))


def find(text: str) -> list[Language]:
    """Those that have `text` in their id, name or aliases, the closest first."""
    wanted = _plain(text)

    def distance(language: Language) -> int:
        keys = [_plain(key) for key in (language.id, *language.aliases, language.name)]
        fits = (
            wanted in keys,
            any(key.startswith(wanted) for key in keys),
            any(wanted in key for key in keys),
        )
        return fits.index(True) if True in fits else len(fits)

    far = {each: distance(each) for each in LANGUAGES.values()}
    return sorted((each for each in far if far[each] < 3), key=lambda each: (far[each], each.id))


def sentence(language: str) -> str:
    """A short sentence to speak in this language; empty where we have none.

    Then the first text of the dataset is the sentence to take.
    """
    known = get(language)
    voice = known.id if known else _plain(language)
    if voice.endswith(("-latn", "-pinyin", "-jyutping", "-shaw")):
        return ""  # the same language in letters that our sentence isn't written in
    return SENTENCES.get(voice) or SENTENCES.get(voice.split("-")[0], "")


def script_of(character: str) -> str:
    """The script of a letter, as Unicode names begin (``CYRILLIC``); empty if it has none."""
    if "\uf8d0" <= character <= "\uf8ff":  # Klingon's place by common consent; Unicode has none
        return "KLINGON"
    return unicodedata.name(character, "").split(" ", maxsplit=1)[0].split("-", maxsplit=1)[0]


def _plain(text: str) -> str:
    return text.strip().casefold().replace("_", "-")


def _table(name: str) -> list[dict[str, str]]:
    """Rows of a file beside this one; it may lie in a zip."""
    text = resources.files("tuneyard.recipes.piper").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


LANGUAGES: Mapping[str, Language] = {
    row["id"]: Language(
        row["id"], row["name"], tuple(row["scripts"].split()), tuple(row["aliases"].split())
    )
    for row in _table("languages.tsv")
}
"""All of them by id, sorted."""

SENTENCES: Mapping[str, str] = {row["language"]: row["sentence"] for row in _table("sentences.tsv")}
"""A short sentence to speak, by language."""

_ALIASED = {alias: each for each in LANGUAGES.values() for alias in each.aliases}
_BY_KEY = {**_ALIASED, **LANGUAGES}
