"""Where jobs can run over HTTP, and what that is offered for."""

from pathlib import Path
from typing import Any

import pytest

from server.calling import Api
from tuneyard.compute.runpod.wire import Patience
from tuneyard.jobs.remote.terms import market, planning

DRAFT = {"recipe": "toy", "compute": {"name": "runpod", "max_hours": 2, "gpus": []}}


@pytest.fixture
def server(home: Path, toy: None) -> Api:  # noqa: ARG001
    return Api.of(home)


def test_each_compute_says_what_it_lets_one_choose_and_needs(server: Api) -> None:
    local, runpod = server.get("/computes").json()
    assert (local["name"], local["remote"], local["secrets"]) == ("local", False, [])
    assert local["schema"]["properties"] == {}
    assert (runpod["name"], runpod["remote"]) == ("runpod", True)
    assert runpod["secrets"] == ["RUNPOD_API_KEY"]
    gpus = runpod["schema"]["properties"]["gpus"]
    assert (gpus["widget"], gpus["importance"]) == ("gpus", "basic")


def test_offers_without_a_key_are_of_a_table_with_its_day(server: Api) -> None:
    answer = server.post("/computes/runpod/offers", {"job": DRAFT})
    assert answer.status_code == 200
    found = answer.json()
    assert found["source"] == "table"
    assert found["date"] > "2026-01-01"
    assert found["problem"] is None
    assert "2 h" in found["limits"]
    assert [offer["fits"] for offer in found["offers"]] == sorted(
        (offer["fits"] for offer in found["offers"]), reverse=True
    )


def test_a_key_that_is_not_taken_is_said_with_the_table(
    server: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_a_key_that_nobody_asks_for")
    monkeypatch.setattr(market, "_PEOPLE", Patience(whole=0.1))
    found = server.post("/computes/runpod/offers", {"job": DRAFT}).json()
    assert found["source"] == "table"
    assert found["problem"]["code"] == "runpod-offline"


def test_offers_are_asked_for_with_the_profile_and_the_compute_of_the_address(
    server: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def offered(job: Any, store: Any, profile: str) -> dict[str, Any]:
        asked.append((job.compute.name, job.compute.options["max_hours"], store, profile))
        return {"offers": [], "source": "live", "date": "", "limits": "Soon.", "problem": None}

    monkeypatch.setattr(planning, "offered", offered)
    server.manager.profiles.put("work")
    found = server.post("/computes/runpod/offers", {"job": DRAFT, "profile": "work"}).json()
    assert found["limits"] == "Soon."
    assert asked == [("runpod", 2, server.manager, "work")]


@pytest.mark.parametrize("name", ["local", "nowhere"])
def test_what_rents_nothing_has_no_offers(server: Api, name: str) -> None:
    answer = server.post(f"/computes/{name}/offers", {"job": {"recipe": "toy"}})
    assert (answer.status_code, answer.json()["code"]) == (404, "no-offers")


def test_what_a_compute_does_not_know_is_refused_at_its_field(server: Api) -> None:
    wrong = {**DRAFT, "compute": {"name": "runpod", "max_hours": -1}}
    answer = server.post("/computes/runpod/offers", {"job": wrong})
    assert (answer.status_code, answer.json()["field"]) == (422, "compute.max_hours")


def test_a_plan_says_what_would_be_rented(server: Api) -> None:
    draft = {**DRAFT, "recipe": "piper"}
    remote = server.post("/jobs/plan", {"job": draft}).json()["remote"]
    assert remote["source"] == "table"
    assert remote["request"]["name"].startswith("tuneyard-")
    assert "curl" in remote["curl"]
    assert remote["inputs"] == []
    assert remote["results"]
    assert remote["confirm"]
    local = {**draft, "compute": {"name": "local"}}
    assert server.post("/jobs/plan", {"job": local}).json()["remote"] is None
