"""What Piper would make of the texts: letters, symbols and sounds that it doesn't know.

Which signals can be trusted was found by asking Piper 1.8.0's espeak-ng. It never
refuses a character: what it can't read it skips, spells out ("Chinese letter"), or hands
to another language's voice. A letter of a script that the language doesn't have is told
by the table of languages alone. A language switch inside a text is no sign of a mistake
(French reads *whisky* as English by design), except where a single digit makes one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from tuneyard.recipes.piper import languages
from tuneyard.recipes.piper.dataset.report import count, of_data
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tuneyard.recipes.piper.dataset.metadata import Dataset, Row
    from tuneyard.recipes.piper.languages import Language

_NO_SCRIPT = frozenset({"FEMININE", "MASCULINE", "MICRO", "OHM", "KELVIN", "ANGSTROM"})
_PICTURES = "\u2190"  # from here on: arrows, boxes, dingbats, emoji
_SIGNS = frozenset({"Sc", "Sm", "No", "Nl"})  # currencies, mathematics, numbers such as ½ and Ⅳ
_MAYBE_SILENT = frozenset("%&@#§")
_NO_SOUND = frozenset("ˈˌː")
_NAMED = 3  # characters named in one sentence


def script_problems(dataset: Dataset, rows: Sequence[Row], language: Language) -> list[Problem]:
    """Letters and pictures that the language doesn't read; needs no library."""
    if not language.speaks:
        return [
            Problem(
                f"Piper has no dictionary for {language.name}: it would learn silence.",
                "language-silent",
                "language",
                "Choose another language whose spelling and sounds are close.",
            )
        ]
    foreign = [(row, _foreign_letters(row.text, language)) for row in rows]
    foreign = [(row, letters) for row, letters in foreign if letters]
    if 2 * len(foreign) > len(rows):
        row, letters = foreign[0]
        return [
            Problem(
                f"Most texts have letters that {language.name} is not written in:"
                f" {_named(letters)}.",
                "language-wrong",
                "language",
                "Choose the language that the texts are written in.",
                place=dataset.place(row),
            )
        ]
    return [
        *(_foreign_problem(dataset, row, letters, language) for row, letters in foreign),
        *_picture_problems(dataset, rows),
    ]


def spoken_problems(dataset: Dataset, rows: Sequence[Row], language: Language) -> list[Problem]:
    """What is found by having Piper turn each text into phonemes.

    Raises ImportError without piper-tts.
    """
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP  # noqa: PLC0415 - not everywhere
    from piper.phonemize_espeak import EspeakPhonemizer  # noqa: PLC0415

    phonemizer = EspeakPhonemizer()
    problems = []
    unknown: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        said = [p for clause in phonemizer.phonemize(language.id, row.text) for p in clause]
        if not _has_words(row.text) or not any(_is_sound(phoneme) for phoneme in said):
            problems.append(_silent_problem(dataset, row, language))
        for phoneme in dict.fromkeys(said):
            if phoneme not in DEFAULT_PHONEME_ID_MAP:
                unknown[phoneme].append(row)
    problems += [_unknown_problem(dataset, each, found) for each, found in unknown.items()]
    return [*problems, *_character_problems(dataset, rows, language)]


def _foreign_letters(text: str, language: Language) -> list[str]:
    return [
        c
        for c in dict.fromkeys(text)
        if unicodedata.category(c) in ("Lu", "Ll", "Lt", "Lo")
        and (script := languages.script_of(c)) not in language.scripts
        and script not in _NO_SCRIPT
    ]


def _foreign_problem(
    dataset: Dataset, row: Row, letters: Sequence[str], language: Language
) -> Problem:
    return of_data(
        "text-foreign-letters",
        f"{language.name} is not written with {_named(letters)}. Piper reads this as another"
        " language, or spells it out.",
        dataset.place(row),
        "Write it as it is spoken, in the language's own letters.",
        "warning",
    )


def _picture_problems(dataset: Dataset, rows: Sequence[Row]) -> Iterator[Problem]:
    for row in rows:
        pictures = [
            c for c in dict.fromkeys(row.text) if c >= _PICTURES and unicodedata.category(c) == "So"
        ]
        if pictures:
            yield of_data(
                "text-symbols",
                f"{_named(pictures)} can't be spoken. Piper says its name, or nothing.",
                dataset.place(row),
                "Remove it, or write what is said.",
                "warning",
            )


def _character_problems(
    dataset: Dataset, rows: Sequence[Row], language: Language
) -> Iterator[Problem]:
    """Digits that are read in another language, and signs that are skipped."""
    first: dict[str, Row] = {}
    for row in rows:
        for character in dict.fromkeys(row.text):
            first.setdefault(character, row)
    for character, row in first.items():
        category = unicodedata.category(character)
        if category == "Nd" and "(" in _said(character):
            yield of_data(
                "text-digits",
                f"Piper reads the digit {character} in another language than {language.name}.",
                dataset.place(row),
                "Write numbers in words.",
                "warning",
            )
        sign = category in _SIGNS or (category == "So" and character < _PICTURES)
        if (sign or character in _MAYBE_SILENT) and _is_skipped(character):
            yield of_data(
                "text-symbols",
                f"Piper skips {_named([character])}.",
                dataset.place(row),
                "Write what is said in words, wherever it stands.",
                "warning",
            )


def _is_skipped(character: str) -> bool:
    """Whether the voice that is set says nothing for it, alone or behind a number."""
    return not _said(character) and _said(f"5 {character}") == _said("5")


def _said(text: str) -> str:
    from piper import espeakbridge  # noqa: PLC0415 - not everywhere

    return "".join(clause for clause, _, _ in espeakbridge.get_phonemes(text)).strip()


def _has_words(text: str) -> bool:
    """Whether it is more than punctuation, whose names espeak-ng says when it is alone."""
    return any(unicodedata.category(c)[0] in "LNS" for c in text)


def _is_sound(phoneme: str) -> bool:
    return unicodedata.category(phoneme[0])[0] == "L" and phoneme not in _NO_SOUND


def _silent_problem(dataset: Dataset, row: Row, language: Language) -> Problem:
    return of_data(
        "text-silent",
        f"Nothing in the text of {row.file} can be spoken in {language.name}.",
        dataset.place(row),
        "Write what is said in it, or remove the line.",
    )


def _unknown_problem(dataset: Dataset, phoneme: str, rows: Sequence[Row]) -> Problem:
    return of_data(
        "phoneme-unknown",
        f"Piper has no number for the sound {_named([phoneme])} and leaves it out,"
        f" in {count(len(rows), 'text')}.",
        dataset.place(rows[0]),
        "Listen for it in the samples; often it is not missed.",
        "warning",
    )


def _named(characters: Sequence[str]) -> str:
    """``ы (CYRILLIC SMALL LETTER YERU)``, for the first few."""
    shown = [f"{c} ({unicodedata.name(c[0], f'U+{ord(c[0]):04X}')})" for c in characters[:_NAMED]]
    more = len(characters) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
