import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuneyard.compute.runpod import limits
from tuneyard.compute.runpod.settings import RunPodSettings

NOW = 1_795_348_800.0


def test_the_full_price_has_the_disk_in_it() -> None:
    settings = RunPodSettings(disk_gb=72)
    assert limits.disk_price(72) == pytest.approx(0.01)
    assert limits.full_price(settings, 0.44) == pytest.approx(0.45)
    assert limits.volume_price(100) == pytest.approx(7.0)


def test_the_deadline_is_that_of_the_hours_or_of_the_dollars() -> None:
    cheap, dear = 0.49, 3.59
    settings = RunPodSettings(max_hours=6, max_dollars=5, disk_gb=72)
    assert limits.deadline(NOW, settings, cheap) == NOW + 6 * 3600
    assert limits.deadline(NOW, settings, dear) == NOW + int(5 / 3.60 * 3600)
    assert limits.most(settings, cheap) == pytest.approx(3.0)
    assert limits.most(settings, dear) == pytest.approx(5.0)


@given(
    st.floats(0.01, 100),
    st.floats(0.01, 720),
    st.floats(0.01, 10_000),
    st.integers(5, 10_000),
)
@example(price=0.01, hours=0.9999999999999999, dollars=10_000.0, disk=5)
def test_no_pod_ever_costs_more_than_it_may(
    price: float, hours: float, dollars: float, disk: int
) -> None:
    settings = RunPodSettings(max_hours=hours, max_dollars=dollars, disk_gb=disk)
    lives = limits.deadline(NOW, settings, price) - NOW
    assert lives <= hours * 3600
    assert lives / 3600 * limits.full_price(settings, price) <= dollars + 1e-9


def test_what_is_left_is_waited_for_collection() -> None:
    settings = RunPodSettings()
    assert limits.collect(NOW, settings, NOW + 600) == 600
    assert limits.collect(NOW, settings.model_copy(update={"collect_hours": 0.1}), NOW + 600) == 360
    assert limits.collect(NOW, settings.model_copy(update={"collect_hours": 0.0}), NOW + 600) == 0
    assert limits.collect(NOW, settings.model_copy(update={"collect_hours": 9.0}), NOW + 600) == 600
    assert limits.collect(NOW, settings, NOW - 600) == 0


def test_in_words() -> None:
    settings = RunPodSettings(max_hours=6, max_dollars=3, disk_gb=72)
    assert limits.words(settings) == "Ends itself after 6 h or $3.00, whichever comes first."
    assert limits.words(settings, 0.44) == (
        "Ends itself after 6 h or $3.00, whichever comes first: "
        "at $0.45 an hour that is 6 h, and $2.70 at most."
    )
    assert limits.words(settings, 0.73).endswith(
        "at $0.74 an hour that is 4 h 3 min, and $3.00 at most."
    )
    assert limits.lasts(3, 0.44) == "$3.00 at $0.44 an hour is 6 h 49 min"
