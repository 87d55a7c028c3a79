"""What pods cost, and what happens when it is used up."""

import pytest

from compute.runpod.practice.calling import A_POD, NEVER, Caller
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice import billing
from tuneyard.compute.runpod.practice.billing import Meter
from waiting import wait_for


def balance(runpod: Caller) -> tuple[float, float]:
    query = {"query": "{ myself { clientBalance currentSpendPerHr } }"}
    told = runpod.http.post("/graphql", json=query).json()["data"]["myself"]
    return told["clientBalance"], told["currentSpendPerHr"]


def test_a_meter_runs_at_the_price_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    class Clock:
        monotonic = staticmethod(lambda: now[0])

    monkeypatch.setattr(billing, "time", Clock)
    meter = Meter(speed=2.0, _read=0.0)
    meter.charge(0.5, 0.1)
    now[0] = 1800
    assert meter.read() == pytest.approx(0.6)
    assert meter.an_hour == pytest.approx(0.6)
    meter.charge(0.0, 0.2)
    now[0] = 3600
    assert meter.read() == pytest.approx(0.8)
    assert [meter.gpu, meter.disk] == pytest.approx([0.5, 0.3])


def test_a_pod_costs_from_its_making_to_its_end(rehearse: Rehearse) -> None:
    runpod = rehearse(pull=NEVER, apart=False, speed=36_000, balance=1000)
    assert balance(runpod) == (1000, 0)
    pod = runpod.create(disk=73)
    assert balance(runpod)[1] == pytest.approx(0.49 + 0.01)
    wait_for(lambda: balance(runpod)[0] < 999.5)
    runpod.act(pod, "stop")
    assert balance(runpod)[1] == 0
    runpod.act(pod, "start")
    runpod.act(pod, "terminate")
    left, an_hour = balance(runpod)
    assert an_hour == 0
    assert balance(runpod)[0] == left
    bills = runpod.http.get("/v2/billing/pods", params={"podId": pod.id}).json()
    (record,) = bills["records"]
    assert record["totalAmount"] == pytest.approx(1000 - left, abs=0.001)
    assert record["gpuAmount"] / record["diskAmount"] == pytest.approx(49)
    assert bills["metadata"]["totals"]["totalAmount"] == record["totalAmount"]
    assert runpod.http.get("/v2/billing/pods?podId=other").json()["records"] == []


def test_an_hour_has_to_be_there(rehearse: Rehearse) -> None:
    runpod = rehearse(pull=NEVER, apart=False, balance=0.5)
    dear = {"id": "NVIDIA GeForce RTX 4090", "count": 1}
    answer = runpod.http.post("/v2/pods", json={**A_POD, "gpu": dear})
    assert answer.status_code == 402
    assert "balance" in answer.json()["detail"].lower()
    assert runpod.listed() == []
    assert runpod.create().made.cost == 0.49
    assert runpod.practice.mistakes == []


def test_without_money_pods_end_and_those_with_a_network_volume_stop(rehearse: Rehearse) -> None:
    runpod = rehearse(pull=NEVER, apart=False)
    volume = {"name": "cache", "size": 10, "dataCenter": "EU-RO-1"}
    name = runpod.http.post("/v2/network-volumes", json=volume).json()["id"]
    kept = runpod.create(mounts={"network": [{"volumeId": name, "path": "/workspace"}]})
    lost = runpod.create()
    runpod.practice.world.pay_in(-100)
    wait_for(lambda: runpod.listed() == [kept.id], what="the end of what nobody pays for")
    assert lost.gone.wait(60)
    assert runpod.shown(kept)["status"] == "EXITED"
    answer = runpod.http.post("/v2/pods", json=A_POD)
    assert answer.status_code == 402
    runpod.practice.world.pay_in(200)
    assert runpod.act(kept, "start").json()["status"] == "RUNNING"
