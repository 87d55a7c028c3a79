# ruff: noqa: RUF001  # letters that look like others are what this is about
from pathlib import Path

import pytest

from tuneyard.recipes.piper import languages
from tuneyard.recipes.piper.dataset import phonemes
from tuneyard.recipes.piper.dataset.metadata import Dataset, Row
from tuneyard.runner.problems import Problem


def found(language: str, *texts: str) -> list[Problem]:
    rows = [Row(n, f"{n}.wav", text) for n, text in enumerate(texts, start=1)]
    dataset = Dataset(Path("set/metadata.csv"), rows)
    voice = languages.LANGUAGES[language]
    problems = phonemes.script_problems(dataset, rows, voice)
    if any(problem.severity == "error" for problem in problems):
        return problems
    return problems + phonemes.spoken_problems(dataset, rows, voice)


def codes(problems: list[Problem]) -> list[tuple[str, str, str]]:
    return [(p.code, p.severity, p.place) for p in problems]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-us", "Wait — what?! “It’s 5 % of $3.50,” she said… (in a café & bar); see §7: yes."),
        ("en-us", "No. 4: ½ cup at 20 °C, 3 × 4 + 1 = 13 @ home #1*"),
        ("de", "Der Computer läuft – „zwölf“ Boxkämpfer, straße ÄÖÜ 1. 5€!"),
        ("fr", "Portez ce vieux whisky au juge blond : « l’été », n° 5 ª."),
        ("es", "¿Qué tal? ¡Muy bien! Año 2024, 1ª y 2º."),
        ("ru", "Съешь же ещё этих мягких булок, да выпей чаю! № 5, 3%."),
        ("sr", "Љубазни фењерџија. Ljubazni fenjerdžija."),
        ("ar", "السلام عليكم، كيف حالك؟"),
        ("hi", "नमस्ते, आप कैसे हैं? १२३।"),
        ("cmn", "你好，今天天气很好。"),
        ("ko", "안녕하세요, 오늘 날씨가 좋네요."),
        ("ka", "გამარჯობა, როგორ ხარ?"),
        ("pl", "Zażółć gęślą jaźń."),
        ("haw", "Pehea ʻoe? Maikaʻi."),
    ],
)
def test_ordinary_texts_are_not_complained_of(language: str, text: str) -> None:
    assert found(language, text) == []


@pytest.mark.parametrize(("language", "sentence"), languages.SENTENCES.items())
def test_our_own_sentences_are_not_complained_of(language: str, sentence: str) -> None:
    # the sounds that Piper has no number for are its own affair: Japanese has three
    assert {p.code for p in found(language, sentence)} <= {"phoneme-unknown"}


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("en-us", "Good morning, Иван.", "И (CYRILLIC CAPITAL LETTER I), в"),
        ("de", "Das Zeichen 中 ist schön.", "中 (CJK UNIFIED IDEOGRAPH-4E2D)"),
        ("ru", "Привет, Windows!", "W (LATIN CAPITAL LETTER W)"),
        ("ja", "これは日本です。", "日 (CJK UNIFIED IDEOGRAPH-65E5)"),
        ("en-us", "Ｈｉ there, you.", "Ｈ (FULLWIDTH LATIN CAPITAL LETTER H)"),
    ],
)
def test_letters_of_another_script_are_named(language: str, text: str, named: str) -> None:
    own = languages.sentence(language)

    problems = [p for p in found(language, own, text, own) if p.code != "phoneme-unknown"]

    assert codes(problems) == [("text-foreign-letters", "warning", "metadata.csv:2")]
    assert named in problems[0].sentence


@pytest.mark.parametrize(("language", "texts"), [("en-us", "ru"), ("ru", "en"), ("de", "cmn")])
def test_texts_of_another_language_are_an_error(language: str, texts: str) -> None:
    problems = found(language, *[languages.sentence(texts)] * 3)

    assert codes(problems) == [("language-wrong", "error", "metadata.csv:1")]
    assert problems[0].field == "language"


def test_a_language_without_dictionary() -> None:
    problems = found("fo", "Góðan morgun.")

    assert codes(problems) == [("language-silent", "error", "")]
    assert "Faroese" in problems[0].sentence


def test_pictures_are_named() -> None:
    problems = found("en-us", "Hello there.", "Well done 😀 ✔")

    assert codes(problems) == [("text-symbols", "warning", "metadata.csv:2")]
    assert "😀 (GRINNING FACE), ✔ (HEAVY CHECK MARK)" in problems[0].sentence


@pytest.mark.parametrize(
    ("language", "text", "sign"), [("ru", "Это стоит 5 €.", "€"), ("en-us", "Point ① is it.", "①")]
)
def test_a_sign_that_is_skipped_is_named(language: str, text: str, sign: str) -> None:
    problems = found(language, text, text)

    assert codes(problems) == [("text-symbols", "warning", "metadata.csv:1")]
    assert f"skips {sign} (" in problems[0].sentence


def test_digits_that_are_read_in_another_language() -> None:
    problems = found("ne", "मसँग 2 वटा छन्।", "मसँग २ वटा छन्।")

    assert codes(problems) == [("text-digits", "warning", "metadata.csv:1")]
    assert "the digit 2 " in problems[0].sentence


@pytest.mark.parametrize("text", ["…", "!?", "-", "( )", "①", "\u200b"])
def test_a_text_that_says_nothing(text: str) -> None:
    problems = found("en-us", "Hello.", text)

    assert ("text-silent", "error", "metadata.csv:2") in codes(problems)


def test_a_sound_that_piper_has_no_number_for() -> None:
    problems = found("ja", "あい", "これはテストです。", "テスト")

    first = next(p for p in problems if "U+031E" in p.sentence or "DOWN TACK" in p.sentence)
    assert (first.code, first.severity, first.place) == (
        "phoneme-unknown",
        "warning",
        "metadata.csv:2",
    )
    assert "in 2 texts" in first.sentence
