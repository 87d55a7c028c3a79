from tuneyard.recipes.base import recipes
from tuneyard.recipes.piper import bases, languages

CHOICES = recipes()["piper"].choices


def test_all_languages_that_speak_can_be_chosen() -> None:
    assert {value for value, _ in CHOICES["language"]("")} == {
        each.id for each in languages.LANGUAGES.values() if each.speaks
    }


def test_languages_are_found_by_name() -> None:
    assert ("de", "German") in CHOICES["language"]("german")


def test_bases_are_found_by_words() -> None:
    assert len(CHOICES["base"]("")) == len(bases.BASES)
    found = CHOICES["base"]("lessac medium")
    assert [value for value, _ in found] == ["en_US/lessac/medium"]
    assert "female" in found[0][1]


def test_every_setting_with_choices_is_a_setting() -> None:
    assert CHOICES.keys() <= recipes()["piper"].settings.model_fields.keys()
