"""What the rehearsal has to rent, over a real socket."""

from typing import Any

import pytest

from compute.runpod.practice.calling import NEVER, Caller, post, problem
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.answers import NO_CAPACITY


@pytest.fixture
def runpod(rehearse: Rehearse) -> Caller:
    """One whose pods never get as far as to start anything."""
    return rehearse(pull=NEVER, apart=False)


def test_the_catalogue_has_prices_and_on_request_stock(runpod: Caller) -> None:
    plain = {one["id"]: one for one in runpod.http.get("/v2/catalog/gpus").json()["gpus"]}
    assert plain["NVIDIA A40"]["price"] == {"secure": 0.49, "community": 0.0}
    assert plain["NVIDIA A40"]["maxCount"] == {"secure": 8, "community": 0}
    assert "availability" not in plain["NVIDIA A40"]
    assert plain["unknown"]["memory"] == 0
    asked = {"include": "AVAILABILITY", "product": "POD", "countryCodes": "RO,IS"}
    answer = runpod.http.get("/v2/catalog/gpus", params=asked).json()["gpus"]
    stock = {one["id"]: one for one in answer}
    assert stock["NVIDIA A40"]["availability"] == "HIGH"
    assert stock["NVIDIA B200"]["availability"] == "NONE"
    centers = {one["id"] for one in stock["NVIDIA A40"]["dataCenters"]}
    assert centers == {"EU-RO-1", "EUR-IS-1"}
    community = runpod.http.get(
        "/v2/catalog/gpus", params={**asked, "cloud": "COMMUNITY", "count": "1"}
    ).json()["gpus"]
    levels = {one["id"]: one["availability"] for one in community}
    assert (levels["NVIDIA A40"], levels["NVIDIA L4"]) == ("NONE", "MEDIUM")
    nowhere = {**asked, "countryCodes": "XX"}
    assert runpod.http.get("/v2/catalog/gpus", params=nowhere).json() == {"gpus": []}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("include=AVAILABILITY", 400),
        ("product=POD", 400),
        ("count=2", 400),
        ("cloud=SECURE", 400),
        ("include=AVAILABILITY&product=POD&cudaVersions=12.8&minCudaVersion=12.4", 400),
        ("include=AVAILABILITY&product=POD&cloud=ALL", 422),
        ("include=AVAILABILITY&product=POD&count=0", 422),
        ("include=ALL&product=POD", 422),
    ],
)
def test_what_the_catalogue_is_not_asked(runpod: Caller, query: str, status: int) -> None:
    problem(runpod.http.get(f"/v2/catalog/gpus?{query}"), status)


def test_data_centres(runpod: Caller) -> None:
    answer = runpod.http.get(
        "/v2/catalog/datacenters", params={"include": "GPU_AVAILABILITY", "regions": "EUROPE"}
    )
    centers = answer.json()["dataCenters"]
    assert [one["id"] for one in centers] == ["EU-RO-1", "EUR-IS-1"]
    assert "NVIDIA A40" in {one["id"] for one in centers[0]["gpuAvailability"]}
    everywhere = runpod.http.get("/v2/catalog/datacenters").json()["dataCenters"]
    assert {one["id"] for one in everywhere} > {"EU-RO-1", "US-TX-3"}
    assert "gpuAvailability" not in everywhere[0]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"size": 9}, 422),
        ({"zone": "a"}, 422),
        ({"dataCenter": "US-TX-3"}, 400),
        ({"dataCenter": "eu-ro-1"}, 400),
        ({"dataCenter": "EUR-IS-1", "type": "HIGH_PERFORMANCE"}, 400),
    ],
)
def test_a_volume_that_cannot_be_had(runpod: Caller, change: dict[str, Any], status: int) -> None:
    asked = {"name": "cache", "size": 10, "dataCenter": "EU-RO-1", **change}
    problem(runpod.http.post("/v2/network-volumes", json=asked), status)


def test_volumes(runpod: Caller) -> None:
    asked = {"name": "cache", "size": 10, "dataCenter": "US-KS-2"}
    answer = runpod.http.post("/v2/network-volumes", json=asked)
    assert answer.status_code == 201
    volume = answer.json()
    assert volume == {**asked, "id": volume["id"], "type": "STANDARD"}
    place = f"/v2/network-volumes/{volume['id']}"
    assert runpod.http.get(place).json() == volume
    assert runpod.http.get("/v2/network-volumes").json() == {"networkVolumes": [volume]}
    mounts = {"network": [{"volumeId": volume["id"], "path": "/workspace"}]}
    elsewhere = post(runpod, mounts=mounts, dataCenterIds=["EU-RO-1"])
    assert problem(elsewhere, 400)["detail"] == NO_CAPACITY
    assert post(runpod, mounts=mounts).json()["dataCenterId"] == "US-KS-2"
    problem(runpod.http.get("/v2/network-volumes/other"), 404)
    problem(runpod.http.delete("/v2/network-volumes/other"), 404)
