from tuneyard.recipes.piper.trainer.sentences import chosen


def test_what_was_asked_for_is_spoken() -> None:
    assert chosen(["One.", " ", "Two."], "en-us", ["Data."]) == ["One.", "Two."]


def test_a_dialect_speaks_its_language() -> None:
    assert chosen([], "en-gb-scotland", []) == chosen([], "en", []) != []


def test_a_language_without_a_sentence_speaks_from_the_dataset() -> None:
    assert chosen([], "zz", ["Saluton.", "Dankon."]) == ["Saluton."]
    assert chosen([], "zz", []) == []
