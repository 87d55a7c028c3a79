"""Makes ``languages.tsv`` by asking the espeak-ng of an installed piper-tts.

python -m tuneyard.recipes.piper.at_home.languages > languages.tsv
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

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


if __name__ == "__main__":
    sys.stdout.write(made_from_piper())
