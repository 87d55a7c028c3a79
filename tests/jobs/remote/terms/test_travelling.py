"""What a plan says of data that has to travel: which way, how long, for how much."""

import json
from pathlib import Path
from typing import Any

import pytest

from tuneyard.errors import WrongInput
from tuneyard.jobs.inputs import rates
from tuneyard.jobs.job import Job, build
from tuneyard.jobs.preview import described
from tuneyard.jobs.remote.terms import travelling
from tuneyard.jobs.store import Store
from tuneyard.secrets import Secrets

WRITES = "hf_canaryWrites0123456789"
NOON = 1795345200.0  # of 22 November 2026


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home, Secrets(home, {"HF_TOKEN": WRITES}))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """With 12 MB of its own."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.bin").write_bytes(bytes(12_000_000))
    settings = {"script": "#!/bin/bash\ntrue\n", "files": str(tmp_path / "data")}
    gpu = {"name": "runpod", "gpus": ["NVIDIA L4"]}
    return build({"recipe": "script", "settings": settings, "compute": gpu})


def by(job: Job, **compute: str) -> Job:
    return job.changed({f"compute.{name}": value for name, value in compute.items()})


def note(job: Job, store: Store) -> str:
    (found,) = travelling.described(job, store, store.secrets.for_job(), 0.36)
    assert (found["setting"], found["bytes"], found["files"]) == ("files", 12_000_000, 1)
    return str(found["note"])


def test_to_the_pod_its_price_is_all_that_is_known_at_first(job: Job, store: Store) -> None:
    assert note(job, store) == (
        "It travels to the pod, which costs $0.36 an hour while it waits for it; how long that "
        "takes is unknown until it begins."
    )


def test_to_the_pod_minutes_and_dollars_are_by_the_last_upload(job: Job, store: Store) -> None:
    rates.note(store.home, rates.Upload(NOON, "pod", 1_000_000, 100.0))  # 20 minutes of 12 MB
    assert note(job, store) == (
        "It travels to the pod, which costs while it waits for it: about 20 minutes and $0.12, "
        "by the 0.01 MB/s of the upload of 2026-11-22."
    )


def test_without_a_price_it_names_none(job: Job, store: Store) -> None:
    for _ in range(2):
        (found,) = travelling.described(job, store, {}, None)
        assert "$" not in found["note"]
        rates.note(store.home, rates.Upload(NOON, "pod", 1_000_000, 100.0))


def test_by_the_hub_it_costs_nothing(job: Job, store: Store) -> None:
    said = note(by(job, inputs="hub"), store)
    assert said == (
        "It is pushed to the private dataset tuneyard-inputs of the token's account on the Hub "
        "before a pod is rented, unless it is there already: how long that takes is unknown until "
        "it begins. That costs nothing. The pod fetches it from there with HF_TOKEN, which enters "
        "the pod for that."
    )
    rates.note(store.home, rates.Upload(NOON, "hub", 2_000_000, 10.0))
    rates.note(store.home, rates.Upload(NOON, "pod", 1_000_000, 100.0))
    said = note(by(job, inputs="hub", inputs_repository="me/data"), store)
    assert "the private dataset me/data on the Hub" in said
    assert "about a minute, by the 0.2 MB/s of the upload of 2026-11-22. That costs nothing" in said


def test_the_plan_has_it_with_the_first_offers_price_and_the_token_masked(
    job: Job, store: Store
) -> None:
    by_hub: dict[str, Any] = described(by(job, inputs="hub"), store)["remote"]
    assert by_hub["request"]["env"]["HF_TOKEN"] == "*" * 8
    assert WRITES not in json.dumps(by_hub)
    assert [each["name"] for each in by_hub["secrets"]] == ["HF_WRITE_TOKEN"]
    straight: dict[str, Any] = described(job, store)["remote"]
    assert "HF_TOKEN" not in straight["request"]["env"]
    (first, *_) = (o for o in straight["offers"] if o["gpu"] == "NVIDIA L4" and o["fits"])
    assert f"${first['full_dollars_an_hour']:.2f} an hour" in straight["inputs"][0]["note"]


def test_a_token_that_nobody_holds_is_named(job: Job, store: Store, home: Path) -> None:
    nobody, by_hub = Store(home, Secrets(home)), by(job, inputs="hub")
    named = {"name": "HF_WRITE_TOKEN", "required": True, "held": False}
    assert travelling.secrets(by_hub, nobody, "") == [named]
    assert travelling.secrets(by_hub, store, "") == [{**named, "held": True}]
    assert travelling.secrets(job, nobody, "") == []
    assert "enters the pod" not in note(by_hub, nobody)


@pytest.mark.parametrize("name", ["tuneyard-inputs", "me/", "https://huggingface.co/me/data"])
def test_a_dataset_is_named_as_owner_and_name(job: Job, name: str) -> None:
    with pytest.raises(WrongInput) as refused:
        by(job, inputs_repository=name)
    assert refused.value.field == "compute.inputs_repository"
