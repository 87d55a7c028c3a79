from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.compute.runpod.rates import LONGEST, Window, wait, windows


def test_windows_as_runpod_tells_of_them() -> None:
    assert windows('"minute";r=176;t=1, "hour";r=7193;t=2701') == [
        Window("minute", 176, 1),
        Window("hour", 7193, 2701),
    ]
    assert windows('"day"; t=45012; r=0;q=50000') == [Window("day", 0, 45012)]


@pytest.mark.parametrize(
    "header", ["", "minute", '"minute"', '"minute";r=;t=5', '"minute";r=-1;t=5', '"hour";t=5', "\0;,"]
)  # fmt: skip
def test_what_is_no_window_is_left_out(header: str) -> None:
    assert windows(header) == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 1),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "soon"}, 1),
        ({"retry-after": "²"}, 1),
        ({"retry-after": "9" * 400}, LONGEST),
        ({"retry-after": "7", "ratelimit": '"minute";r=0;t=42, "hour";r=0;t=99'}, 99),
        ({"retry-after": "120", "ratelimit": '"minute";r=0;t=42, "hour";r=1;t=2701'}, 120),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 1),
        ({"retry-after": "Thu, 99 Jan 1970 00:00:00 GMT"}, 1),
    ],
)
def test_the_longest_of_what_is_asked_for_is_waited(
    headers: dict[str, str], seconds: float
) -> None:
    assert wait(headers) == seconds


def test_a_date_to_come_back_at() -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert 590 < wait({"retry-after": format_datetime(later, usegmt=True)}) <= 600


entries = st.tuples(
    st.sampled_from(["minute", "hour", "day", "week"]),
    st.integers(0, 60_000),
    st.integers(0, 86_400),
)


@given(st.lists(entries, max_size=5), st.integers(0, 100_000) | st.none())
def test_no_window_that_is_used_up_is_asked_again_too_soon(
    given_windows: list[tuple[str, int, int]], retry: int | None
) -> None:
    header = ", ".join(f'"{name}";r={left};t={seconds}' for name, left, seconds in given_windows)
    headers = {"ratelimit": header, **({} if retry is None else {"retry-after": str(retry)})}
    assert windows(header) == [Window(*entry) for entry in given_windows]
    waited = wait(headers)
    empty = [seconds for _, left, seconds in given_windows if left == 0]
    assert waited == min(LONGEST, max([1, retry or 0, *empty]))


@given(st.text(), st.text())
def test_whatever_the_headers_hold_the_wait_is_bounded(limit: str, retry: str) -> None:
    assert 1 <= wait({"ratelimit": limit, "retry-after": retry}) <= LONGEST
