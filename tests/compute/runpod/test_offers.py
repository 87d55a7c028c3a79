from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.compute.runpod.catalog import Catalog, Gpu, Volume
from tuneyard.compute.runpod.offers import Offer, at_volume, candidates, offers, problems, unknown
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.runner.step import Needs

A40 = Gpu("NVIDIA A40", "A40", 48, "secure", 0.49, "low", 8, "NVIDIA")
A4000 = Gpu("NVIDIA RTX A4000", "RTX A4000", 16, "secure", 0.25, "high", 8, "NVIDIA")
ADA = Gpu("NVIDIA GeForce RTX 4090", "RTX 4090", 24, "secure", 0.74, "medium", 8, "NVIDIA")
ADA_COMMUNITY = replace(ADA, cloud="community", dollars_an_hour=0.34, stock="none", most=2)
H200 = Gpu("NVIDIA H200", "H200 SXM", 141, "secure", 3.59, "high", 8, "NVIDIA")
MI300 = Gpu("AMD Instinct MI300X OAM", "MI300X", 192, "secure", 0.10, "high", 8, "AMD")
NO_PRICE = Gpu("NVIDIA B200", "B200", 180, "secure", None, "high", 8, "NVIDIA")

LIVE = Catalog((H200, MI300, ADA, ADA_COMMUNITY, A40, A4000, NO_PRICE), "live")
NEEDS = Needs(gpus=1, gpu_memory_gb=20, source="documented")


def names(found: list[Offer]) -> list[tuple[str, str]]:
    return [(offer.name, offer.cloud) for offer in found]


def why(name: str, settings: RunPodSettings, needs: Needs = NEEDS, catalog: Catalog = LIVE) -> str:
    return next(o.why for o in offers(needs, settings, catalog) if o.name == name)


def test_those_that_fit_come_first_the_cheapest_of_them_first() -> None:
    found = offers(NEEDS, RunPodSettings(), LIVE)
    assert names(found) == [
        ("RTX 4090", "community"),
        ("A40", "secure"),
        ("RTX 4090", "secure"),
        ("H200 SXM", "secure"),
        ("B200", "secure"),
        ("MI300X", "secure"),
        ("RTX A4000", "secure"),
    ]
    assert [offer.fits for offer in found] == [True] * 5 + [False] * 2
    assert [offer.why for offer in found[5:]] == [
        "has no CUDA, which the trainers need",
        "has 16 GB, and the job needs 20 GB (documented)",
    ]


def test_of_memory_its_own_source_is_told() -> None:
    needs = Needs(gpus=1, gpu_memory_gb=24, source="measured", gpu_memory_source="documented")
    told = why("RTX A4000", RunPodSettings(), needs)
    assert told == "has 16 GB, and the job needs 24 GB (documented)"


def test_prices_are_of_the_whole_pod() -> None:
    settings = RunPodSettings(gpu_count=2, disk_gb=72)
    lengths = {"NVIDIA A40": (7200.0, "as measured")}
    found = offers(NEEDS, settings, LIVE, lengths.get)
    (offer,) = (each for each in found if each.name == "A40")
    assert offer.count == 2
    assert offer.dollars_an_hour == pytest.approx(0.98)
    assert offer.full_dollars_an_hour == pytest.approx(0.99)
    assert offer.dollars == pytest.approx(1.98)
    assert offer.source == "Price: RunPod's, now. Length: 2 h, as measured."
    # On all others nobody has measured how long it takes.
    others = [each for each in found if each.name != "A40"]
    assert {each.dollars for each in others} == {None}
    assert "Price: RunPod's, now." in {each.source for each in others}
    assert not any("Length" in each.source for each in others)


def test_of_a_job_of_unknown_length_the_price_is_unknown() -> None:
    found = offers(NEEDS, RunPodSettings(), LIVE)
    assert {offer.dollars for offer in found} == {None}
    assert {offer.source for offer in found} == {"Price: RunPod's, now."}


def test_a_price_of_the_table_says_when_it_was_noted() -> None:
    noted = replace(A40, date="on 2026-10-03", stock="unknown")
    table = Catalog((noted, replace(noted, date=""), NO_PRICE), "table", "2026-10-03")
    assert [offer.source for offer in offers(NEEDS, RunPodSettings(), table)] == [
        "Price: RunPod's, noted on 2026-10-03; it may have changed.",
        "Price: RunPod's, noted at an unknown date; it may have changed.",
        "Price: unknown.",
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"gpus": ["NVIDIA A40"]}, "isn't among the GPUs that were named"),
        ({"gpu_count": 9}, "comes 8 to a pod at most"),
        ({"max_dollars": 3.0}, "costs $3.60 an hour, more than the whole job may"),
        ({}, ""),
    ],
)
def test_what_is_against_it(settings: dict[str, Any], told: str) -> None:
    assert why("H200 SXM", RunPodSettings(**settings)) == told


def test_several_gpus_are_several() -> None:
    needs = Needs(gpus=4)
    assert why("A40", RunPodSettings(gpu_count=2), needs) == (
        "would be one of 2, and the job needs 4 of them"
    )
    assert why("A40", RunPodSettings(gpu_count=4), needs) == ""


def test_stock_is_that_of_the_data_centers_that_will_do() -> None:
    there = replace(A40, data_centers={"EU-RO-1": "low", "US-KS-2": "high", "CA-MTL-1": "none"})
    catalog = Catalog((there,), "live")

    def found(*centers: str) -> Offer:
        (offer,) = offers(NEEDS, RunPodSettings(data_centers=list(centers)), catalog)
        return offer

    assert found().stock == "low"
    assert found("us-ks-2 ", "EU-RO-1").stock == "high"
    assert found("CA-MTL-1").fits
    assert (found("US-TX-3").fits, found("US-TX-3").why) == (False, "isn't in US-TX-3")


@pytest.mark.parametrize(
    ("settings", "clouds"),
    [
        ({}, {"secure", "community"}),
        ({"cloud": "secure"}, {"secure"}),
        ({"cloud": "community"}, {"community"}),
        ({"volume": "vol_1"}, {"secure"}),
    ],
)
def test_only_the_clouds_that_are_allowed(settings: dict[str, Any], clouds: set[str]) -> None:
    found = offers(NEEDS, RunPodSettings(**settings), LIVE)
    assert {offer.cloud for offer in found} == clouds


def test_the_cheapest_is_tried_first_and_what_has_no_stock_last() -> None:
    settings = RunPodSettings()
    assert names(candidates(settings, offers(NEEDS, settings, LIVE))) == [
        ("A40", "secure"),
        ("RTX 4090", "secure"),
        ("H200 SXM", "secure"),
        ("RTX 4090", "community"),
    ]


def test_what_was_named_is_tried_in_that_order() -> None:
    settings = RunPodSettings(gpus=["rtx 4090 ", NO_PRICE.id, A40.id, ADA.id, A4000.id])
    assert names(candidates(settings, offers(NEEDS, settings, LIVE))) == [
        ("RTX 4090", "community"),
        ("RTX 4090", "secure"),
        ("A40", "secure"),
    ]


gpus = st.builds(
    Gpu,
    id=st.sampled_from(["A", "B", "C"]),
    name=st.sampled_from(["one", "two"]),
    memory_gb=st.integers(1, 200),
    cloud=st.sampled_from(["secure", "community"]),
    dollars_an_hour=st.none() | st.floats(0.01, 20),
    stock=st.sampled_from(["none", "low", "unknown"]),
    most=st.integers(0, 8),
    manufacturer=st.sampled_from(["NVIDIA", "AMD", ""]),
)


@given(
    st.lists(gpus, max_size=8),
    st.builds(Needs, gpus=st.integers(0, 2), gpu_memory_gb=st.none() | st.floats(1, 100)),
    st.builds(
        RunPodSettings,
        gpus=st.lists(st.sampled_from(["A", "B", "Z"]), max_size=3),
        gpu_count=st.integers(1, 4),
        max_dollars=st.floats(0.5, 50),
    ),
)
def test_nothing_is_tried_that_would_not_do(
    found: list[Gpu], needs: Needs, settings: RunPodSettings
) -> None:
    catalog = Catalog(tuple(found), "live")
    everything = offers(needs, settings, catalog)
    assert len(everything) == len(found)
    assert all(offer.fits != bool(offer.why) for offer in everything)
    tried = candidates(settings, everything)
    for offer in tried:
        assert offer.full_dollars_an_hour is not None
        assert offer.full_dollars_an_hour <= settings.max_dollars
        assert offer.memory_gb >= (needs.gpu_memory_gb or 0)
        assert not settings.gpus or offer.gpu in settings.gpus
    if settings.gpus:
        places = [settings.gpus.index(offer.gpu) for offer in tried]
        assert places == sorted(places)


def test_a_volume_ties_the_pod_to_its_data_center() -> None:
    settings = RunPodSettings(volume="v2", data_centers=["US-KS-2"])
    volumes = [Volume("v1", "a", 10, "CA-MTL-1"), Volume("v2", "b", 10, "EU-RO-1")]
    assert at_volume(settings, volumes).data_centers == ["EU-RO-1"]
    assert at_volume(settings, []).data_centers == ["US-KS-2"]


@pytest.mark.parametrize(
    ("needs", "options", "codes"),
    [
        (NEEDS, {}, []),
        (Needs(gpus=2), {}, [("gpus", "error")]),
        (Needs(gpus=2), {"gpu_count": 2}, []),
        (NEEDS, {"gpus": [A40.id]}, []),
        (NEEDS, {"gpus": [A4000.id]}, [("gpu-memory", "error")]),
        (NEEDS, {"gpus": ["RTX A4000"]}, [("gpu-memory", "error")]),
        (NEEDS, {"gpus": [A4000.id, A40.id]}, [("gpu-memory", "warning")]),
        (NEEDS, {"gpus": [A4000.id, "NVIDIA Z1"]}, [("gpu-memory", "warning")]),
        (NEEDS, {"volume": "v", "cloud": "community"}, [("volume-cloud", "error")]),
    ],
)
def test_what_is_wrong_is_known_before_anybody_is_asked(
    needs: Needs, options: dict[str, Any], codes: list[tuple[str, str]]
) -> None:
    found = problems(needs, options)
    assert [(problem.code, problem.severity) for problem in found] == codes
    assert all(p.next_step and p.field.startswith("compute.") for p in found)


def test_what_runpod_does_not_have_is_told() -> None:
    (problem,) = unknown(RunPodSettings(gpus=["GeForce RTX 4090", "A40"]), LIVE)
    assert problem.sentence.startswith("RunPod has no GPU called “GeForce RTX 4090”")
    assert "Did you mean NVIDIA GeForce RTX 4090?" in problem.next_step
    assert problem.severity == "warning"
    assert unknown(RunPodSettings(gpus=["?"]), LIVE)[0].severity == "error"
    assert unknown(RunPodSettings(gpus=["?"]), replace(LIVE, source="table")) == []
    assert unknown(RunPodSettings(), LIVE) == []
