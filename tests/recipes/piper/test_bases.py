import re
from urllib.parse import unquote

import pytest

from tuneyard.recipes.piper import bases, languages

HOME = "https://huggingface.co/datasets/rhasspy/piper-checkpoints/resolve/main/"


def test_all_are_there() -> None:
    assert len(bases.BASES) == 70
    generic = [base.id for base in bases.BASES.values() if base.generic]
    assert generic == ["en_US/lessac/high", "en_US/lessac/low", "en_US/lessac/medium"]


@pytest.mark.parametrize("base", bases.BASES.values(), ids=lambda base: base.id)
def test_what_the_table_says_agrees_with_the_address(base: bases.Base) -> None:
    assert base.url.startswith(HOME)
    family, locale, name, quality, file = unquote(base.url.removeprefix(HOME)).split("/")
    assert base.id == f"{locale}/{name}/{quality}"
    assert base.quality == quality
    assert locale.startswith(f"{family}_")
    numbers = re.fullmatch(r"epoch=(\d+)-step=(\d+)\.ckpt", file)
    found = (int(numbers[1]), int(numbers[2])) if numbers else (None, None)
    assert (base.epoch, base.step) == found
    assert base.sex in ("female", "male")
    assert base.sample_rate == (16000 if quality == "low" else 22050)


def test_every_language_is_one_that_piper_takes() -> None:
    assert {base.language for base in bases.BASES.values()} <= languages.LANGUAGES.keys()


@pytest.mark.parametrize(
    "asked", ["pt_PT/tugão/medium", "PT_pt/Tugao/Medium", " pt_PT/tuga\u0303o/medium "]
)
def test_a_base_is_known_by_its_id(asked: str) -> None:
    found = bases.get(asked)

    assert found is not None
    assert found.id == "pt_PT/tugão/medium"
    assert found.label == "tugão, medium, male, Portuguese (Portugal)"


def test_an_unknown_base() -> None:
    assert bases.get("en_US/nobody/medium") is None
    assert bases.get("") is None


def test_the_label_says_how_many_speakers() -> None:
    base = bases.BASES["en_US/libritts_r/medium"]

    assert base.label == "libritts_r, medium, female, 904 speakers, English (America)"


def test_bases_for_a_language_come_first() -> None:
    found = [base.id for base in bases.find("en-us", "high")]

    assert found == ["en_US/lessac/high", "en_US/ljspeech/high", "en_GB/cori/high"]
    assert bases.find("en_GB")[0].language == "en"
    assert bases.find("zh")[0].id == "zh_CN/huayan/medium"


def test_a_language_without_bases_has_the_generic_ones() -> None:
    assert [base.id for base in bases.find("sq", "medium")] == ["en_US/lessac/medium"]
    assert bases.find("sq", "tiny") == []


def test_a_search_wants_every_word() -> None:
    assert [base.id for base in bases.search("lessac HIGH")] == ["en_US/lessac/high"]
    assert [base.id for base in bases.search("tugao")] == ["pt_PT/tugão/medium"]
    assert {base.language for base in bases.search("norwegian")} == {"nb"}
    assert len(bases.search("")) == 70


def test_a_network_and_a_rate_for_every_quality() -> None:
    assert bases.SAMPLE_RATES.keys() == bases.NETWORKS.keys()
    assert bases.NETWORKS["low"] == bases.NETWORKS["medium"]
