"""What a whole job costs: said where it was measured, with its source; and what a volume costs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rented import Rent, Rented
from server.calling import Api
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.names import KEY
from tuneyard.jobs.job import Job, build
from tuneyard.jobs.preview import described
from tuneyard.jobs.remote.terms import market, planning
from tuneyard.jobs.store import Store
from tuneyard.runner import speeds
from tuneyard.runner.speeds import Speed
from tuneyard.secrets import Secrets

ADA = "NVIDIA GeForce RTX 4090"
DRAFT: dict[str, Any] = {
    "recipe": "piper",
    "settings": {"dataset": "hf:me/clips", "language": "en-us", "epochs": 720, "batch_size": 8},
    "compute": {"name": "runpod", "disk_gb": 72},
}


def job(**compute: Any) -> Job:
    return build({**DRAFT, "compute": {**DRAFT["compute"], **compute}})


def measured(**more: Any) -> Speed:
    """720 epochs of it take two hours."""
    known = Speed(
        t=1795310000.0,
        recipe="piper",
        job="20261121-120000-trial",
        device=ADA,
        settings=job().settings,
        steps=100,
        seconds_a_step=0.45,
        memory=2_700_000_000,
        seconds=50.0,
        epoch_steps=20,
    )
    return replace(known, **more)


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home, Secrets(home, {}))


def by_gpu(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["gpu"], each["cloud"]): each for each in found["offers"]}


def test_where_nobody_measured_it_the_whole_is_unknown(store: Store) -> None:
    found = planning.offered(job(), store)
    assert {each["dollars"] for each in found["offers"]} == {None}


def test_on_a_gpu_that_was_measured_the_whole_has_a_price_and_a_source(store: Store) -> None:
    speeds.note(store.home, measured())
    found = by_gpu(planning.offered(job(), store))
    secure = found[ADA, "secure"]
    assert secure["dollars"] == pytest.approx(2 * (secure["dollars_an_hour"] + 0.01))
    assert secure["source"].startswith("Price: RunPod's, noted")
    assert secure["source"].endswith(
        "Length: 2 h, 14,400 steps as job 20261121-120000-trial counted, at the 0.5 s that it took "
        "for one on 2026-11-22; setting up comes on top."
    )
    assert found[ADA, "community"]["dollars"] < secure["dollars"]
    others = {gpu: each["dollars"] for (gpu, _), each in found.items() if gpu != ADA}
    assert set(others.values()) == {None}


def test_the_plan_estimates_for_the_gpu_that_would_be_rented(store: Store) -> None:
    speeds.note(store.home, measured())
    speeds.note(store.home, measured(device="cpu", t=1.0, seconds_a_step=9.0))
    assert described(job(gpus=[ADA]), store)["estimate"].startswith(f"0.45 s a step on {ADA}, ")
    assert "unknown" in described(job(gpus=["NVIDIA L4"]), store)["estimate"]


def test_the_app_is_told_the_same(home: Path) -> None:
    api = Api.of(home)
    speeds.note(home, measured())
    answer = api.post("/computes/runpod/offers", {"job": DRAFT})
    assert answer.status_code == 200, answer.text
    told = by_gpu(answer.json())[ADA, "secure"]
    assert told["dollars"] == pytest.approx(2 * told["full_dollars_an_hour"])
    assert "14,400 steps" in told["source"]


# -- a network volume -----------------------------------------------------------------------


@pytest.fixture
def account(rent: Rent) -> Iterator[tuple[Rented, str]]:
    """An account with a volume of 100 GB, and the volume's id."""
    market._live.cache_clear()
    with rent() as rented:
        center = {"name": "caches", "size": 100, "dataCenter": "EU-RO-1"}
        yield rented, rented.practice.world.create_volume(center).id


def keyed(rented: Rented) -> Store:
    return Store(rented.home, Secrets(rented.home, {KEY: rented.practice.key()}))


def test_a_plan_says_what_its_volume_costs(account: tuple[Rented, str]) -> None:
    rented, volume = account
    found = described(job(volume=volume), keyed(rented))["remote"]
    assert found["limits"].startswith("Ends itself after 6 h or $5.00")
    assert found["limits"].endswith(
        "The network volume “caches” (100 GB in EU-RO-1) costs $7.00 a month besides, whether or "
        "not a pod runs."
    )
    # The request is the one that would be sent: tied to where the volume lies.
    assert found["request"]["dataCenterIds"] == ["EU-RO-1"]
    assert found["request"]["mounts"] == {"network": [{"volumeId": volume, "path": "/workspace"}]}


def test_a_volume_that_the_account_has_not_is_said(account: tuple[Rented, str]) -> None:
    rented, _ = account
    limits = planning.offered(job(volume="vol_mistyped"), keyed(rented))["limits"]
    assert "Your account at RunPod has no network volume “vol_mistyped”." in limits


def test_without_a_key_nothing_is_said_of_a_volume(store: Store) -> None:
    limits = planning.offered(job(volume="vol_1"), store)["limits"]
    assert "volume" not in limits


def test_a_job_without_a_volume_asks_for_none(account: tuple[Rented, str]) -> None:
    rented, _ = account
    planning.offered(job(), keyed(rented))
    assert not [a for a in rented.practice.asked if a.path.startswith("/v2/network-volumes")]
    with RunPod(rented.practice.key()) as client:
        assert [each.name for each in client.volumes()] == ["caches"]
