"""What RunPod's catalogue is read as, and what is offered for a job."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from tuneyard.compute.runpod import limits, offers
from tuneyard.compute.runpod.catalog import Catalog, Gpu, read_gpus
from tuneyard.compute.runpod.prices import table
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.runner.step import Needs

_A40 = Gpu("NVIDIA A40", "A40", 48, "secure", 0.49, "low", 8, "NVIDIA")
_A4000 = Gpu("NVIDIA RTX A4000", "RTX A4000", 16, "secure", 0.25, "high", 8, "NVIDIA")
_ADA = Gpu("NVIDIA GeForce RTX 4090", "RTX 4090", 24, "secure", 0.74, "medium", 8, "NVIDIA")
_ADA_COMMUNITY = replace(_ADA, cloud="community", dollars_an_hour=0.34, stock="none", most=2)
_H200 = Gpu("NVIDIA H200", "H200 SXM", 141, "secure", 3.59, "high", 8, "NVIDIA")
_MI300 = Gpu("AMD Instinct MI300X OAM", "MI300X", 192, "secure", 0.10, "high", 8, "AMD")
_NO_PRICE = Gpu("NVIDIA B200", "B200", 180, "secure", None, "high", 8, "NVIDIA")
_ALIKE = replace(_A40, id="NVIDIA L40", name="L40", stock="unknown", most=0, manufacturer="")
_THERE = replace(_A40, data_centers={"EU-RO-1": "low", "US-KS-2": "high", "CA-MTL-1": "none"})

_LIVE = Catalog((_H200, _MI300, _ADA, _ADA_COMMUNITY, _A40, _ALIKE, _A4000, _NO_PRICE), "live")
_CENTERS = Catalog((_ADA, _THERE, _H200), "live")
_NEEDS = Needs(gpus=1, gpu_memory_gb=20, source="documented")

_ANSWER = {
    "gpus": [
        {
            "id": "NVIDIA A40",
            "name": "A40",
            "pool": "AMPERE_48",
            "manufacturer": "NVIDIA",
            "memory": 48,
            "secure": True,
            "community": False,
            "price": {"secure": 0.49, "community": 0},
            "maxCount": {"secure": 10, "community": 0},
            "availability": "LOW",
            "dataCenters": [{"id": "EU-RO-1", "name": "EU-RO-1", "availability": "HIGH"}],
            "cudaVersions": [{"version": "12.8", "available": True}],
        },
        {"id": "NVIDIA L4", "memory": "24", "price": {"community": "0.44", "secure": None}},
        {"id": "NVIDIA B200", "name": "", "memory": 180.0, "availability": "PLENTY", "price": []},
        {"id": "unknown", "memory": 0, "price": {"secure": 0}},
        {"id": "nothing in it"},
        {"name": "no id", "memory": 8},
        "no table",
    ]
}


def catalogs() -> list[dict[str, Any]]:
    return [
        {
            "name": f"{what}, {cloud}",
            "given": {"answer": answer, "cloud": cloud},
            "gpus": [asdict(gpu) for gpu in read_gpus(answer, cloud)],
        }
        for what, answer in (("as documented and otherwise", _ANSWER), ("nonsense", {"gpus": {}}))
        for cloud in ("secure", "community")
    ]


def cases() -> list[dict[str, Any]]:
    bundled = table()
    return [
        _case("the cheapest that fits, on any cloud", {}),
        _case("of a table, whose prices may have changed", {}, catalog=bundled),
        _case("nothing is known of needs", {}, Needs()),
        _case(
            "memory is known from elsewhere than disk",
            {"gpus": ["A40", "RTX 4090"]},
            Needs(gpus=1, gpu_memory_gb=47.5, source="measured", gpu_memory_source="documented"),
        ),
        _case("on the secure cloud", {"cloud": "secure"}),
        _case("on the community cloud", {"cloud": "community"}),
        _case("GPUs in the order they were named in", {"gpus": ["rtx 4090", " NVIDIA A40 "]}),
        _case("one of them is too small", {"gpus": ["RTX A4000", "A40"]}),
        _case("all of them are too small", {"gpus": ["RTX A4000"]}),
        _case("one that there is not", {"gpus": ["A40", "NVIDIA XYZ"]}),
        _case("several in one pod", {"gpu_count": 4, "disk_gb": 72}, Needs(gpus=2)),
        _case("more than the pod has", {}, Needs(gpus=2)),
        _case("little money", {"max_dollars": 0.5}),
        _case("a disk that costs", {"disk_gb": 7200, "max_dollars": 1.5}),
        _case("few hours", {"max_hours": 0.25}),
        _case("only in these places", {"data_centers": ["us-ks-2", " EU-RO-1 "]}, catalog=_CENTERS),
        _case("not in this place", {"data_centers": ["AP-JP-1"]}, catalog=_CENTERS),
        _case("with a volume", {"volume": "vol_1"}),
        _case("a volume that can't be", {"volume": "vol_1", "cloud": "community"}),
        _case("an empty catalogue", {}, catalog=Catalog((), "live")),
    ]


def _case(
    name: str, chosen: dict[str, Any], needs: Needs = _NEEDS, catalog: Catalog = _LIVE
) -> dict[str, Any]:
    settings = RunPodSettings.model_validate(chosen).completed(disk_gb=27)
    found = offers.offers(needs, settings, catalog)
    tried = offers.candidates(settings, found)
    price = tried[0].dollars_an_hour if tried else None
    wrong = [
        *offers.problems(needs, settings.model_dump()),
        *offers.unknown(settings, catalog),
    ]
    return {
        "name": name,
        "given": {
            "settings": settings.model_dump(),
            "needs": asdict(needs),
            "catalog": asdict(catalog),
        },
        "offers": [asdict(offer) for offer in found],
        "candidates": [found.index(offer) for offer in tried],
        "limits": limits.words(settings, price),
        "limits_plain": limits.words(settings),
        "problems": [problem.as_json() for problem in wrong],
    }
