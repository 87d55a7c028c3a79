"""Pods over HTTP: what is rented, whose it is, and how it is ended."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from server.calling import Api
from tuneyard.compute.runpod.client import Balance
from tuneyard.compute.runpod.errors import KeyRefused, Offline
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.compute.runpod.pods import Pod
from tuneyard.jobs import pods
from tuneyard.jobs.job import build
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.problems import Problem


class Account:
    """Stands for RunPod: pods that are gone when they are ended, unless it is told otherwise."""

    def __init__(self) -> None:
        self.there: list[Pod] = []
        self.fault: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def pods(self) -> list[Pod]:
        if self.fault:
            raise self.fault
        return list(self.there)

    def balance(self) -> Balance | None:
        return Balance(12.5, 0.44)

    def end(self, pod_id: str) -> None:
        if self.fault:
            raise self.fault
        self.there = [pod for pod in self.there if pod.id != pod_id]

    def gone(self, pod_id: str) -> bool:
        return pod_id not in {pod.id for pod in self.there}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    account = Account()
    monkeypatch.setattr(pods, "RunPod", lambda *_, **__: account)
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_a_key_of_these_tests")
    return account


@pytest.fixture
def server(home: Path, toy: None) -> Api:  # noqa: ARG001
    return Api.of(home)


@pytest.fixture
def job(server: Api) -> JobFolder:
    return server.manager.create(build({"recipe": "toy", "name": "mine"}))


@pytest.fixture
def rent(server: Api, account: Account) -> Callable[..., Pod]:
    def rent(pod_id: str, job_id: str = "", name: str = "", **more: Any) -> Pod:
        named = name or pod_name(home_id(server.manager.home), job_id)
        pod = Pod(
            id=pod_id,
            name=named,
            status="RUNNING",
            dollars_an_hour=0.44,
            created=time.time() - 3600,
            gpu="NVIDIA A40",
            gpu_count=1,
            cloud="secure",
            **more,
        )
        account.there.append(pod)
        return pod

    return rent


def test_each_pod_stands_with_its_job_and_cost(
    server: Api, job: JobFolder, rent: Callable[..., Pod]
) -> None:
    rent("p1", job.id)
    rent("p2", name="tuneyard-deadbeef-20261122-theirs")
    found = server.get("/pods").json()
    assert (found["balance"], found["dollars_an_hour"], found["problem"]) == (12.5, 0.88, None)
    mine, theirs = sorted(found["pods"], key=lambda pod: pod["id"])
    assert (mine["whose"], mine["job"], mine["job_name"]) == ("job", job.id, "mine")
    assert mine["spent"] == pytest.approx(0.44, abs=0.01)
    assert mine["url"].startswith("https://console.runpod.io/")
    assert (theirs["whose"], theirs["job"]) == ("elsewhere", None)
    assert theirs["job_name"] == "20261122-theirs"


def test_without_a_key_that_is_the_answer(server: Api) -> None:
    found = server.get("/pods").json()
    assert (found["pods"], found["balance"]) == ([], None)
    assert found["problem"]["code"] == "no-runpod-key"
    assert found["problem"]["next_step"]


@pytest.mark.parametrize("kind", [KeyRefused, Offline])
def test_why_nobody_knows_is_an_answer_too(
    server: Api, account: Account, kind: type[KeyRefused | Offline]
) -> None:
    account.fault = kind(Problem("It is so.", "runpod-so", next_step="Do this."))
    answer = server.get("/pods")
    assert answer.status_code == 200
    assert answer.json()["problem"]["sentence"] == "It is so."


def test_a_pod_is_ended_by_its_id(server: Api, account: Account, rent: Callable[..., Pod]) -> None:
    rent("p1", name="somebody's")
    assert server.post("/pods/p1/end").status_code == 204
    assert account.there == []
    missing = server.post("/pods/p1/end")
    assert (missing.status_code, missing.json()["code"]) == (404, "no-pod")


def test_what_runpod_refuses_is_said_in_the_one_shape(
    server: Api, account: Account, rent: Callable[..., Pod]
) -> None:
    rent("p1", name="somebody's")
    account.fault = KeyRefused(Problem("The key is not taken.", "runpod-key"))
    answer = server.post("/pods/p1/end")
    assert (answer.status_code, answer.json()["code"]) == (502, "runpod-key")
    assert answer.headers["content-type"] == "application/problem+json"
    lacking = Api.of(server.manager.home)
    assert lacking.post("/pods/sweep", {}).status_code == 502


def test_a_sweep_lists_first_and_ends_only_what_is_nobodys(
    server: Api, job: JobFolder, account: Account, rent: Callable[..., Pod]
) -> None:
    rent("p1", job.id)
    rent("p2", "20261101-gone")
    rent("p3", name="somebody's")
    listed = server.post("/pods/sweep", {}).json()
    assert [pod["id"] for pod in listed["pods"]] == ["p2"]
    assert [pod.id for pod in account.there] == ["p1", "p2", "p3"]
    swept = server.post("/pods/sweep", {"yes": True}).json()
    assert [pod["id"] for pod in swept["pods"]] == ["p2"]
    assert swept["left"] == []
    assert [pod.id for pod in account.there] == ["p1", "p3"]


def test_a_sweep_says_what_it_could_not_end(
    server: Api, account: Account, rent: Callable[..., Pod], monkeypatch: pytest.MonkeyPatch
) -> None:
    rent("p2", "20261101-gone")
    refusal = KeyRefused(Problem("It may not end pods.", "runpod-right"))

    def refuse(_: str) -> None:
        raise refusal

    monkeypatch.setattr(account, "end", refuse)
    swept = server.post("/pods/sweep", {"yes": True}).json()
    assert swept["pods"] == []
    assert [problem["code"] for problem in swept["left"]] == ["runpod-right"]
