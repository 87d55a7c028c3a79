import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tuneyard.jobs.inputs import Progress, rates
from tuneyard.jobs.inputs.rates import Measured, Upload

NOON = 1795345200.0  # of a day in November 2026


def at(monkeypatch: pytest.MonkeyPatch, *moments: float) -> None:
    """When things are looked at, by the clock of `rates` alone."""
    left = iter(moments)
    clock = {**vars(time), "monotonic": lambda: next(left)}
    monkeypatch.setattr(rates, "time", SimpleNamespace(**clock))


def test_the_newest_of_a_way_counts(home: Path) -> None:
    assert rates.newest(home, "pod") is None
    for upload in (
        Upload(NOON, "pod", 4_000_000, 2.0),
        Upload(NOON, "hub", 9_000_000, 3.0),
        Upload(NOON, "pod", 12_000_000, 10.0),
    ):
        rates.note(home, upload)
    found = rates.newest(home, "pod")
    assert found
    assert (found.rate, found.bytes) == (1_200_000, 12_000_000)
    assert found.source() == "by the 1.2 MB/s of the upload of 2026-11-22"


def test_a_small_one_says_nothing_of_a_large_one(home: Path) -> None:
    rates.note(home, Upload(NOON, "pod", rates.FEWEST - 1, 1.0))
    rates.note(home, Upload(NOON, "pod", rates.FEWEST, 0.0))
    assert rates.newest(home, "pod") is None


def test_what_was_there_before_is_not_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 10.0, 12.0, 14.0)
    with Measured(home, "hub") as measured:
        for done in (30_000_000, 32_000_000, 38_000_000):
            measured.progress(Progress(done, 40_000_000, None))
    found = rates.newest(home, "hub")
    assert found
    assert (found.bytes, found.seconds) == (8_000_000, 4.0)


def test_an_upload_that_breaks_off_is_measured_so_far(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 10.0, 12.0)
    with pytest.raises(ConnectionError), Measured(home, "pod") as measured:  # noqa: PT012 - it is about the end
        measured.progress(Progress(0, 40_000_000, None))
        measured.progress(Progress(3_000_000, 40_000_000, None))
        raise ConnectionError
    found = rates.newest(home, "pod")
    assert found
    assert found.rate == 1_500_000


def test_one_that_began_anew_is_measured_from_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 10.0, 20.0, 21.0)
    with Measured(home, "pod") as measured:
        for done in (5_000_000, 0, 2_000_000):
            measured.progress(Progress(done, 40_000_000, None))
    found = rates.newest(home, "pod")
    assert found
    assert (found.bytes, found.seconds) == (2_000_000, 1.0)
