"""The client against the rehearsal RunPod, which is as strict as the real one."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.runpod import FakeRunPod
from tuneyard.compute.runpod import offers
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.errors import (
    NO_CAPACITY,
    Busy,
    NoBalance,
    NoCapacity,
    Refused,
    Unsure,
)
from tuneyard.compute.runpod.names import pod_name
from tuneyard.compute.runpod.offers import Offer
from tuneyard.compute.runpod.practice.faults import NoCapacity as NoRoom
from tuneyard.compute.runpod.practice.faults import Wrong, too_many
from tuneyard.compute.runpod.request import build, checked
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.compute.runpod.wire import Patience
from tuneyard.runner.step import Needs

KEY = "rpa_canaryKey0123456789"
SECRET = "hf_canaryToken0123456789"


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as practice:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", practice.url)
        practice.keys.add(KEY)
        yield practice


@pytest.fixture
def runpod(practice: FakeRunPod) -> Iterator[RunPod]:
    assert practice.url
    patience = Patience(pause=0.001, longest=0.01, whole=2.0, sleep=lambda _seconds: None)
    with RunPod(KEY, patience=patience) as runpod:
        yield runpod


def request(job: str = "20261122-120000-voice", **changed: Any) -> dict[str, Any]:
    settings = RunPodSettings().completed()
    offer = Offer("NVIDIA A40", "A40", 48, 1, "secure", 0.49)
    body = build(
        {"id": job},
        settings,
        offer,
        name=pod_name("01234567", job),
        program="x",
        boot="exit 0",
        secrets={"HF_TOKEN": SECRET},
        token="t" * 43,
        deadline=1,
        collect=1,
    )
    return {**checked(body), **changed}


def test_a_pod_from_its_offer_to_its_end(practice: FakeRunPod, runpod: RunPod) -> None:
    settings = RunPodSettings(cloud="secure")
    found = offers.offers(Needs(gpus=1, gpu_memory_gb=40), settings, runpod.catalog(settings))
    assert found[0].fits
    assert offers.candidates(settings, found)
    made = runpod.create(request())
    assert practice.world.pods.keys() == {made.id}
    assert made.dollars_an_hour > 0
    (listed,) = runpod.pods()
    assert (listed.id, listed.name, listed.gpu) == (made.id, made.name, "NVIDIA A40")
    one = runpod.pod(made.id)
    assert one is not None
    assert one.created is not None
    assert not runpod.gone(made.id)
    runpod.end(made.id)
    runpod.end(made.id)
    assert runpod.gone(made.id)
    assert runpod.pod(made.id) is None


def test_no_capacity_and_no_money(practice: FakeRunPod, runpod: RunPod) -> None:
    practice.faults.capacity.append(NoRoom("NVIDIA A40", tries=1))
    with pytest.raises(NoCapacity):
        runpod.create(request())
    practice.faults.append(Wrong("create", 402))
    with pytest.raises(NoBalance):
        runpod.create(request())
    assert practice.world.pods == {}
    assert runpod.create(request()).id
    assert NO_CAPACITY.endswith("try again.")


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("create", lost="drop", done=True),
        Wrong("create", lost="drop", done=False),
        Wrong("create", 502, done=True),
        Wrong("create", 504, done=False),
    ],
)
def test_after_a_lost_answer_the_list_tells(
    practice: FakeRunPod, runpod: RunPod, wrong: Wrong
) -> None:
    practice.faults.append(wrong)
    with pytest.raises(Unsure):
        runpod.create(request())
    assert [pod.name for pod in runpod.pods()] == [request()["name"]] * wrong.done


def test_too_many_requests(practice: FakeRunPod, runpod: RunPod) -> None:
    practice.faults.append(too_many(30, hour=1200, route="create"))
    with pytest.raises(Busy) as caught:
        runpod.create(request())
    assert caught.value.seconds == 1200
    practice.faults.append(too_many(1, route="list"))
    assert runpod.pods() == []


@pytest.mark.parametrize("wrong", [{"spot": True}, {"disk": 0}, {"gpu": None}, {"cloud": "ALL"}])
def test_what_is_refused_is_told_without_secrets(
    practice: FakeRunPod, runpod: RunPod, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        runpod.create(request(**wrong))
    assert "canary" not in caught.value.problem.sentence
    assert practice.world.pods == {}


def test_every_page_of_a_list(practice: FakeRunPod, runpod: RunPod) -> None:
    made = {runpod.create(request(f"20261122-120000-{n}")).id for n in range(5)}
    practice.faults.page = 2
    assert {pod.id for pod in runpod.pods()} == made


def test_the_account(practice: FakeRunPod, runpod: RunPod) -> None:
    balance = runpod.balance()
    assert balance is not None
    assert balance.dollars > 0
    assert runpod.volumes() == []
    practice.faults.append(Wrong("graphql", 401))
    assert runpod.balance() is None
