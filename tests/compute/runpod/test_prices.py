import re

import pytest

from tuneyard.compute.runpod.offers import offers
from tuneyard.compute.runpod.prices import table
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.runner.step import Needs


def test_the_table_says_its_date() -> None:
    assert table().source == "table"
    assert re.fullmatch(r"2026-\d\d-\d\d", table().date)


def test_every_price_is_plausible_and_none_is_invented() -> None:
    gpus = table().gpus
    assert len({(gpu.id, gpu.cloud) for gpu in gpus}) == len(gpus)
    for gpu in gpus:
        assert gpu.dollars_an_hour is None or 0.05 < gpu.dollars_an_hour < 10
        assert (gpu.dollars_an_hour is None) <= (gpu.date == "")
        assert (gpu.stock, gpu.manufacturer) == ("unknown", "NVIDIA")
        assert 6 <= gpu.memory_gb <= 180


@pytest.mark.parametrize(
    ("gpu", "secure", "community"),
    [
        ("NVIDIA A40", 0.49, None),
        ("NVIDIA GeForce RTX 4090", 0.74, 0.34),
        ("NVIDIA GeForce RTX 3090", None, 0.22),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", None, None),
    ],
)
def test_prices_that_were_noted(gpu: str, secure: float | None, community: float | None) -> None:
    found = {one.cloud: one.dollars_an_hour for one in table().gpus if one.id == gpu}
    assert found == {"secure": secure, "community": community}


def test_offers_without_a_key() -> None:
    found = offers(Needs(gpus=1, gpu_memory_gb=40), RunPodSettings(cloud="secure"), table())
    assert (found[0].gpu, found[0].dollars_an_hour) == ("NVIDIA A40", 0.49)
    assert "noted on 2026-10-03" in found[0].source
