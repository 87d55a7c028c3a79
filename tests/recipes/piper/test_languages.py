import pytest
from piper import espeakbridge
from piper.phonemize_espeak import ESPEAK_DATA_DIR

from tuneyard.recipes.piper import languages
from tuneyard.recipes.piper.at_home.languages import made_from_piper


@pytest.fixture
def espeak() -> None:
    espeakbridge.initialize(str(ESPEAK_DATA_DIR))


def test_the_table_is_that_of_the_installed_piper() -> None:
    lines = ["id\tname\tscripts\taliases"]
    lines += [
        "\t".join((each.id, each.name, " ".join(each.scripts), " ".join(each.aliases)))
        for each in languages.LANGUAGES.values()
    ]

    assert made_from_piper().splitlines() == lines


@pytest.mark.usefixtures("espeak")
def test_piper_takes_every_id_and_none_of_the_aliases() -> None:
    for each in languages.LANGUAGES.values():
        espeakbridge.set_voice(each.id)
        for alias in each.aliases:
            with pytest.raises(RuntimeError, match="Failed to set voice"):
                espeakbridge.set_voice(alias)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("en-us", "en-us"),
        ("en_US", "en-us"),
        (" EN-US ", "en-us"),
        ("en-gb", "en"),
        ("no", "nb"),
        ("zh", "cmn"),
        ("es-MX", "es-419"),
    ],
)
def test_a_language_is_known_by_id_and_alias(asked: str, found: str) -> None:
    language = languages.get(asked)

    assert language is not None
    assert language.id == found


def test_an_unknown_language() -> None:
    assert languages.get("english") is None
    assert languages.get("") is None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("en", "en"),
        ("german", "de"),
        ("Norwegian", "nb"),
        ("no", "nb"),
        ("mandarin", "cmn"),
        ("brazil", "pt-br"),
        ("English (America)", "en-us"),
        ("māori", "mi"),
    ],
)
def test_a_search_finds_the_closest_first(text: str, first: str) -> None:
    assert languages.find(text)[0].id == first


def test_a_search_for_nothing_finds_all_and_for_nonsense_none() -> None:
    assert len(languages.find("")) == len(languages.LANGUAGES)
    assert languages.find("qwertz") == []


def test_scripts() -> None:
    scripts = {each.id: each.scripts for each in languages.LANGUAGES.values()}

    assert scripts["ru"] == ("CYRILLIC",)
    assert scripts["sr"] == ("LATIN", "CYRILLIC")
    assert scripts["ja"] == ("HIRAGANA", "KATAKANA")
    assert "LATIN" in scripts["de"]
    silent = {each.id for each in languages.LANGUAGES.values() if not each.speaks}
    assert silent == {"fo", "kaa", "ps", "xex"}


@pytest.mark.parametrize(
    ("character", "script"),
    [("a", "LATIN"), ("é", "LATIN"), ("я", "CYRILLIC"), ("中", "CJK"), ("\uf8d0", "KLINGON")],
)
def test_the_script_of_a_letter(character: str, script: str) -> None:
    assert languages.script_of(character) == script


@pytest.mark.usefixtures("espeak")
@pytest.mark.parametrize("language", languages.SENTENCES)
def test_every_sentence_is_spoken_in_its_own_language(language: str) -> None:
    voice = languages.LANGUAGES[language]
    sentence = languages.sentence(language)

    espeakbridge.set_voice(voice.id)
    said = "".join(clause for clause, _, _ in espeakbridge.get_phonemes(sentence))

    assert len(said) > 15
    assert "(" not in said  # another language's voice would have taken over
    assert {languages.script_of(c) for c in sentence if c.isalpha()} <= set(voice.scripts)


def test_sentences_are_shared_by_the_accents_of_a_language() -> None:
    assert languages.sentence("en-us") == languages.sentence("en") != ""
    assert languages.sentence("pt-BR") == languages.sentence("pt")
    assert languages.sentence("no") == languages.sentence("nb")
    assert languages.sentence("fa-latn") == ""
    assert languages.sentence("tlh") == ""
