import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.compute.runpod.words import hidden, money, quoted, soon, span


@pytest.mark.parametrize(
    ("dollars", "text"),
    [(0, "$0.00"), (0.001, "less than $0.01"), (0.44, "$0.44"), (1234.5, "$1,234.50")],
)
def test_money(dollars: float, text: str) -> None:
    assert money(dollars) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h"), (24545, "6 h 49 min"), (-5, "0 s")],
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "a minute"), (61, "2 minutes"), (7199, "2 hours"), (7201, "3 hours"), (86400, "24 hours")],
)
def test_soon(seconds: float, text: str) -> None:
    assert soon(seconds) == text


def test_what_others_say_is_one_harmless_line() -> None:
    assert quoted("a\x1b[31m\n  b\u202e") == "a [31m b"
    assert len(quoted("x" * 5000)) == 300


def test_secrets_are_starred_out_in_part_too() -> None:
    assert hidden("you sent hf_abcdefghij.", ["hf_abcdefghij"]) == "you sent *************."
    assert (
        hidden("starts with abcdefgh, no more", ["hf_abcdefghij"])
        == "starts with ********, no more"
    )
    assert hidden("short ones: abc, wxyz", ["abc", "wxyz"]) == "short ones: abc, ****"


@given(st.text(max_size=40), st.text(min_size=4, max_size=40), st.text(max_size=40))
def test_no_secret_is_left(before: str, secret: str, after: str) -> None:
    found = hidden(before + secret + after, [secret])
    assert len(found) == len(before + secret + after)
    assert found[len(before) :].startswith("*" * len(secret))


@given(st.text(max_size=60))
def test_without_secrets_nothing_changes(text: str) -> None:
    assert hidden(text, []) == text
