import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.compute.runpod.reading import items, moment, number, table, text, whole


@pytest.mark.parametrize(
    ("value", "found"),
    [(0.74, 0.74), ("0.74", 0.74), (1, 1.0), (None, None), (True, None), ("x", None), (-1, None),
     (math.nan, None), ("inf", None), ({}, None), (10**400, None)],
)  # fmt: skip
def test_numbers(value: Any, found: float | None) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-08-20T06:16:19Z", 1787206579.0),
        ("2026-08-20T08:16:19+02:00", 1787206579.0),
        ("2026-08-20 06:16:19.436 +0000 UTC", 1787206579.436),
        ("2026-08-20T06:16:19", 1787206579.0),
        ("", None),
        ("Rented by User", None),
        (None, None),
        (1787206579, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments(value: Any, found: float | None) -> None:
    assert moment(value) == found


def test_texts_and_tables() -> None:
    assert text("a\ud800") == "a?"
    assert (text(5), text(None), text(True), text([])) == ("5", "", "", "")
    assert (whole("7"), whole(None), whole(1e300, 3)) == (7, 0, 3)
    assert (table([]), table({"a": 1})) == ({}, {"a": 1})
    assert items([{"a": 1}, "b", None]) == [{"a": 1}]
    assert items({"a": 1}) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(anything)
def test_anything_is_read(value: Any) -> None:
    assert text(value).encode() is not None
    assert (found := number(value)) is None or (math.isfinite(found) and found >= 0)
    assert whole(value) >= 0
    assert moment(value) is None or isinstance(moment(value), float)
    assert isinstance(items(value), list)


@given(st.text(st.sampled_from("0123456789-:TZ+. UC")))
def test_whatever_looks_like_a_moment_is_read_or_not(value: str) -> None:
    assert moment(value) is None or isinstance(moment(value), float)
