"""What of Piper's tables goes along with a job."""

import itertools

import pytest

from tuneyard.compute.runpod.program import cases, prepared
from tuneyard.recipes.piper import bases, languages, travel

PACKAGE = "tuneyard.recipes.piper"


def rows(text: str) -> set[str]:
    return set(text.splitlines())


def test_whoever_knows_only_the_language_has_what_any_job_with_it_takes() -> None:
    known = {settings["language"]: tables for settings, tables in travel.cases()}
    for language, base in itertools.product(known, ["", "en_US/lessac/medium", *bases.BASES]):
        exact = travel.tables({"language": language, "base": base})
        for name in ("bases.tsv", "languages.tsv"):
            assert rows(exact[name]) <= rows(known[language][name]), (language, base)
        if not base:
            assert rows(exact["sentences.tsv"]) == rows(known[language]["sentences.tsv"])


def test_every_language_is_known_under_each_of_its_names() -> None:
    named = [settings["language"] for settings, _ in travel.cases()]
    assert len(named) == len(set(named))
    for language in languages.LANGUAGES.values():
        assert {language.id, *language.aliases} <= set(named)


def test_programs_of_the_same_rows_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [found for found in travel.cases() if found[0]["language"] in {"en", "en-gb", "de"}]
    monkeypatch.setattr(travel, "cases", lambda: iter(few))
    made = list(prepared(PACKAGE))
    assert [settings.get("language") for settings, _ in made] == ["de", "en", "en-gb", None]
    german, english, british, rest = (found for _, found in made)
    assert english is british
    assert len({german.text, english.text, rest.text}) == 3
    assert max(german.bytes, english.bytes) < rest.bytes


def test_a_recipe_without_tables_has_one_program_for_all_jobs() -> None:
    assert list(cases("tuneyard.recipes.script")) == []
    assert [settings for settings, _ in prepared("tuneyard.recipes.script")] == [{}]
