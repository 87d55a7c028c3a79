"""The languages that Piper 1.8.0 can read: the voices of the espeak-ng inside it.

``languages.tsv`` is made from an installed piper-tts, by asking its espeak-ng:

    python -m tuneyard.recipes.piper.languages > languages.tsv

What was found by doing so: Piper's espeak-ng takes a voice by the name of its file and by
nothing else, so ``en-gb``, ``no``, ``zh`` and ``fr-fr``, which an installed espeak-ng
understands, end a training at once. They are kept here as aliases of ``en``, ``nb``,
``cmn`` and ``fr``. Four voices have no dictionary and say nothing. A voice speaks words
of some scripts; of any other it spells the letters' names, or reads them as English.
"""

from __future__ import annotations

import csv
import sys
import unicodedata
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = ("id", "name", "scripts", "aliases")

# Words to find out by whether a voice speaks a script. More than one where a language has
# no word like it: te reo Māori has no b, Vietnamese has few two-syllable words.
_SAMPLES = {
    "LATIN": ("banita", "manu", "hello", "hak", "xin", "hao3"),
    "CYRILLIC": ("москва",),
    "GREEK": ("καλημερα",),
    "ARMENIAN": ("բարեւ",),
    "HEBREW": ("שלום",),
    "ARABIC": ("سلام",),
    "DEVANAGARI": ("नमस्ते",),
    "BENGALI": ("বাংলা",),
    "GURMUKHI": ("ਪੰਜਾਬੀ",),
    "GUJARATI": ("ગુજરાતી",),
    "ORIYA": ("ଓଡ଼ିଆ",),
    "TAMIL": ("தமிழ்",),
    "TELUGU": ("తెలుగు",),
    "KANNADA": ("ಕನ್ನಡ",),
    "MALAYALAM": ("മലയാളം",),
    "SINHALA": ("සිංහල",),
    "THAI": ("ภาษา",),
    "MYANMAR": ("မြန်မာ",),
    "GEORGIAN": ("გამარჯობა",),
    "HANGUL": ("한국어",),
    "ETHIOPIC": ("አማርኛ",),
    "CHEROKEE": ("ᏣᎳᎩ",),
    "CJK": ("中国",),
    "HIRAGANA": ("ひらがな",),
    "KATAKANA": ("カタカナ",),
    "SHAVIAN": ("𐑖𐑱𐑝𐑾𐑯",),
    "KLINGON": ("\uf8d6\uf8d7\uf8d0",),
}
# A syllable a character, each said as a word of its own.
_SYLLABIC = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "MYANMAR"})
_SOUNDS_A_SYLLABLE = 5  # found: up to 4.5 where it is read; 10 and more for "Chinese letter"
_SOUNDS_A_LETTER = 3.5  # found: up to 3.0 where it is read; 4.0 and more for "alpha", "kappa"


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


def made_from_piper() -> str:
    """The text of ``languages.tsv`` as the installed piper-tts would have it.

    Raises ImportError without piper-tts. Prints espeak-ng's complaints about missing
    dictionaries on stderr, past Python.
    """
    from piper import espeakbridge  # noqa: PLC0415  # only whoever makes the table has it
    from piper.phonemize_espeak import ESPEAK_DATA_DIR  # noqa: PLC0415

    espeakbridge.initialize(str(ESPEAK_DATA_DIR))
    files = [path for path in Path(ESPEAK_DATA_DIR, "lang").rglob("*") if path.is_file()]
    lines = ["\t".join(_COLUMNS)]
    for path in sorted(files, key=lambda p: p.name.lower()):
        voice = path.name.lower()
        espeakbridge.set_voice(voice)
        scripts = [s for s in _SAMPLES if any(_is_spoken(s, w) for w in _SAMPLES[s])]
        name, codes = _header(path.read_text("utf-8"))
        aliases = [code for code in codes if _ALIASES.get(code) == voice]
        lines.append("\t".join((voice, name, " ".join(scripts), " ".join(aliases))))
    return "\n".join(lines) + "\n"


# Codes that several voice files claim, or that the file's own name doesn't say, and the
# voice that is meant by them.
_ALIASES = {
    "chr-us-qaaa-x-west": "chr",
    "en-gb": "en",
    "es-mx": "es-419",
    "fr-fr": "fr",
    "hbs": "hr",
    "hy-arevela": "hy",
    "hy-arevmda": "hyw",
    "no": "nb",
    "pt-pt": "pt",
    "zh": "cmn",
    "zh-cmn": "cmn",
    "zh-yue": "yue",
}


def _header(text: str) -> tuple[str, list[str]]:
    """The name in a voice file, without its comment, and its language codes."""
    pairs = [line.split(maxsplit=1) for line in text.splitlines()]
    fields = [(pair[0], pair[1].split("//")[0].strip()) for pair in pairs if len(pair) == 2]
    name = next(value for key, value in fields if key == "name")
    return name, [value.split()[0].lower() for key, value in fields if key == "language"]


def _is_spoken(script: str, word: str) -> bool:
    """Whether the voice that is set says the word, instead of spelling it.

    A word that is left to another voice has that voice's name in brackets; one that is
    spelt comes out as several words, of many sounds for each letter.
    """
    from piper import espeakbridge  # noqa: PLC0415  # see made_from_piper

    said = "".join(clause for clause, _, _ in espeakbridge.get_phonemes(word))
    sounds = sum(unicodedata.category(c) in ("Ll", "Lo") for c in said)
    if "(" in said or not sounds:
        return False
    if script in _SYLLABIC:
        return sounds <= _SOUNDS_A_SYLLABLE * len(word)
    return sounds <= _SOUNDS_A_LETTER * len(word) and " " not in said


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

if __name__ == "__main__":
    sys.stdout.write(made_from_piper())
