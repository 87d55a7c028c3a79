"""The reader that the trainer uses is an old one, with gaps that a writer has to know."""

import itertools
import tomllib
from typing import Any

import pytest
import toml
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.diffusion_pipe.config import toml_text

ODD = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("\"'\\,[]{}#=u\n\t \x00\x7fü😀")
    )
).filter(lambda text: not hopeless(text))
NUMBERS = st.one_of(
    st.lists(st.integers(-(2**53), 2**53)),
    st.lists(st.floats(allow_nan=False, allow_infinity=False)),
    st.lists(st.lists(st.integers(0, 5000), min_size=2, max_size=3)),
)
VALUES = st.one_of(
    ODD,
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(ODD),
    NUMBERS,
)


@given(
    table=st.dictionaries(st.sampled_from("abcdef"), VALUES),
    tables=st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES, min_size=1), max_size=3),
)
def test_both_readers_read_back_what_was_written(
    table: dict[str, Any], tables: list[dict[str, Any]]
) -> None:
    whole = {**table, "tables": tables} if tables else table
    text = f"{toml_text.lines(whole)}\n[inner]\n{toml_text.lines(whole, 'inner')}"
    for read in (toml.loads, tomllib.loads):
        found = read(text)
        inner = found.pop("inner", {})
        assert found == whole
        assert inner == whole
        assert all(type(found[key]) is type(value) for key, value in whole.items())


@pytest.mark.parametrize("text", ["[1, 1.5]", '[", a"]', '[{path = ",a", type = "x"}]', r'"\"\""'])
def test_it_is_needed(text: str) -> None:
    """What the trainer's reader makes of TOML as others write it."""
    try:
        found = toml.loads(f"key = {text}")
    except (toml.TomlDecodeError, IndexError):
        return
    assert found != tomllib.loads(f"key = {text}")


# Its escapes are read in two passes, and its arrays are cut before: all short texts of what
# means something to either.
SIGNS = "\"'\\,[#uUn0 \x7f\U000e0001"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_short_text_survives(length: int) -> None:
    texts = ["".join(signs) for signs in itertools.product(SIGNS, repeat=length)]
    known = [text for text in texts if not hopeless(text)]
    assert len(known) > 0.9 * len(texts) - 1
    alone = toml.loads("".join(toml_text.lines({f"t{n}": text}) for n, text in enumerate(known)))
    assert list(alone.values()) == known
    assert toml.loads(toml_text.lines({"all": known})) == {"all": known}


def hopeless(text: str) -> bool:
    """What that reader can't be told at all; rules refuse it."""
    return text == '"' or text.startswith('""')


def test_numbers_of_a_list_are_of_one_kind() -> None:
    assert toml.loads(toml_text.lines({"ratios": [1, 1.5]})) == {"ratios": [1.0, 1.5]}
