"""What goes wrong on demand, and that it does so as declared."""

import re
from collections.abc import Callable

import httpx
import pytest

from compute.runpod.practice.calling import A_POD, NEVER, Caller, said
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.answers import NO_CAPACITY
from tuneyard.compute.runpod.practice.faults import (
    Lost,
    NoCapacity,
    Route,
    Wrong,
    at_random,
    too_many,
)
from waiting import wait_for


@pytest.fixture
def still(rehearse: Rehearse) -> Caller:
    """A rehearsal whose pods never get as far as to start anything."""
    return rehearse(pull=NEVER, apart=False)


def post(runpod: Caller, **other: object) -> httpx.Response:
    return runpod.http.post("/v2/pods", json={**A_POD, **other})


# -- answers ----------------------------------------------------------------------


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(
    ("lost", "error"), [("drop", httpx.ReadError), ("silence", httpx.ReadTimeout)]
)
def test_an_answer_is_lost_after_the_work_or_before(
    still: Caller, lost: Lost, error: type[Exception], done: bool
) -> None:
    still.faults.requests.append(Wrong("create", lost=lost, done=done))
    still.http.timeout = httpx.Timeout(60, read=0.3 if lost == "silence" else 60)
    with pytest.raises(error):
        post(still)
    wait_for(lambda: still.practice.asked, what="that the request was judged")
    assert [asked.status for asked in still.practice.asked] == [0]
    still.http.timeout = httpx.Timeout(60)
    assert len(still.listed()) == done
    assert post(still).status_code == 201
    assert len(still.listed()) == done + 1


def test_a_gateway_fails_although_the_pod_is_there(still: Caller) -> None:
    still.faults.requests.append(Wrong("create", 502, done=True))
    answer = post(still)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert len(still.listed()) == 1


def test_too_many_requests_in_two_windows(still: Caller) -> None:
    still.faults.requests.append(too_many(12, 1800, route="list", times=2))
    for _ in range(2):
        answer = still.http.get("/v2/pods")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "12"
        assert answer.headers["ratelimit"] == '"minute";r=0;t=12, "hour";r=0;t=1800'
        assert answer.json()["detail"] == "rate limit exceeded for the minute window"
    assert still.http.get("/v2/pods").status_code == 200


ROUTES: dict[Route, Callable[[Caller, str], httpx.Response]] = {
    "list": lambda runpod, _: runpod.http.get("/v2/pods"),
    "create": lambda runpod, _: post(runpod),
    "get": lambda runpod, name: runpod.http.get(f"/v2/pods/{name}"),
    "update": lambda runpod, name: runpod.http.patch(f"/v2/pods/{name}", json={}),
    "delete": lambda runpod, name: runpod.http.delete(f"/v2/pods/{name}"),
    "action": lambda runpod, name: runpod.http.post(
        f"/v2/pods/{name}/action", json={"action": "stop"}
    ),
    "logs": lambda runpod, name: runpod.http.get(f"/v2/pods/{name}/logs"),
    "catalog": lambda runpod, _: runpod.http.get("/v2/catalog/gpus"),
    "volumes": lambda runpod, _: runpod.http.get("/v2/network-volumes"),
    "billing": lambda runpod, _: runpod.http.get("/v2/billing/pods"),
    "graphql": lambda runpod, _: runpod.http.post("/graphql", json={"query": "{myself{id}}"}),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("status", [500, 503])
def test_every_route_can_fail_and_does_nothing_then(
    still: Caller, route: Route, status: int
) -> None:
    pod = still.create()
    before = still.shown(pod)
    still.faults.requests.append(Wrong(route, status))
    assert ROUTES[route](still, pod.id).status_code == status
    assert still.shown(pod) == before
    assert still.listed() == [pod.id]


def test_one_of_any_route_comes_when_those_before_have_passed(still: Caller) -> None:
    still.faults.requests.append(Wrong(status=500, skip=2, times=2))
    answers = [still.http.get("/v2/pods").status_code for _ in range(5)]
    assert answers == [200, 200, 500, 500, 200]


def test_a_request_is_judged_whatever_it_is_answered(still: Caller) -> None:
    still.faults.requests.append(Wrong("create", 503))
    post(still, bogus=True)
    (asked,) = still.practice.mistakes
    assert (asked.status, "bogus" in asked.mistake) == (503, True)


# -- places -----------------------------------------------------------------------


def test_no_capacity_of_one_type_for_some_tries(still: Caller) -> None:
    still.faults.capacity.append(NoCapacity("NVIDIA A40", tries=2))
    other = post(still, gpu={"id": "NVIDIA L4", "count": 1})
    answers = [post(still) for _ in range(3)]
    assert other.status_code == 201
    assert [one.status_code for one in answers] == [400, 400, 201]
    assert answers[0].json()["detail"] == NO_CAPACITY


def test_no_capacity_in_one_cloud_for_some_time(still: Caller) -> None:
    still.faults.capacity.append(NoCapacity(cloud="SECURE", seconds=0.1))
    l4 = {"id": "NVIDIA L4", "count": 1}
    assert post(still, gpu=l4).status_code == 400
    assert post(still, gpu=l4, cloud="COMMUNITY").status_code == 201
    wait_for(lambda: post(still, gpu=l4).status_code == 201)


def test_no_capacity_for_ever(still: Caller) -> None:
    still.faults.capacity.append(NoCapacity())
    assert {post(still).status_code for _ in range(5)} == {400}


# -- pods -------------------------------------------------------------------------


def test_running_without_a_runtime(runpod: Caller) -> None:
    runpod.faults.runtime_late = NEVER
    pod = runpod.face()
    assert (runpod.shown(pod)["status"], runpod.shown(pod)["runtime"]) == ("RUNNING", None)
    runpod.faults.runtime_late = 0
    ports = runpod.shown(pod)["runtime"]["ports"]
    assert [port["private"] for port in ports] == [19123, 8471]


def test_a_pod_vanishes_without_a_trace(runpod: Caller) -> None:
    runpod.faults.vanish_after = 0.1
    pod = runpod.create(cmd=["sleep", "1000000"])
    assert pod.gone.wait(60)
    assert runpod.http.get(f"/v2/pods/{pod.id}").status_code == 404
    assert runpod.listed() == []
    assert said(pod) == []


def test_a_loop_of_crashes_that_ends(runpod: Caller) -> None:
    runpod.faults.crash_every, runpod.faults.crashes = 0.05, 3
    pod = runpod.create(cmd=["sleep", "1000000"])
    wait_for(lambda: pod.starts == 4)
    assert runpod.shown(pod)["status"] == "RUNNING"
    wait_for(lambda: said(pod, "system").count("start container") == 4)


@pytest.mark.parametrize(("unwilling", "other"), [("rest", "graphql"), ("graphql", "rest")])
def test_one_of_two_ways_refuses_a_pod_that_ends_itself(
    still: Caller, unwilling: str, other: str
) -> None:
    still.faults.end_refused = frozenset([unwilling])  # type: ignore[list-item] # one of the two
    pod = still.create()

    def end(way: str, key: str) -> bool:
        with still.client(key) as client:
            if way == "graphql":
                query = f'mutation {{ podTerminate(input: {{podId: "{pod.id}"}}) }}'
                return "errors" not in client.post("/graphql", json={"query": query}).json()
            body = {"action": "terminate"}
            return client.post(f"/v2/pods/{pod.id}/action", json=body).status_code == 204

    assert not end(unwilling, pod.made.key)
    assert still.listed() == [pod.id]
    assert end(other, pod.made.key)
    assert still.listed() == []


def test_a_refusal_is_for_pods_alone(still: Caller) -> None:
    still.faults.end_refused = frozenset(["rest", "graphql"])
    pod = still.create()
    assert still.act(pod, "terminate").status_code == 204


# -- the list, and pages of others --------------------------------------------------


def test_the_list_comes_in_pages(still: Caller) -> None:
    made = [still.create().id for _ in range(5)]
    still.faults.page = 2
    found, cursor = [], ""
    for _ in range(3):
        answer = still.http.get("/v2/pods", params={"cursor": cursor} if cursor else {}).json()
        found.append([pod["id"] for pod in answer["pods"]])
        cursor = answer["pagination"]["nextCursor"]
    assert found == [made[:2], made[2:4], made[4:]]
    assert answer["pagination"] == {"nextCursor": None, "hasNextPage": False}


def test_the_list_lags_behind(still: Caller) -> None:
    still.faults.list_lag = NEVER
    pod = still.create()
    assert still.listed() == []
    assert still.shown(pod)["id"] == pod.id
    still.faults.list_lag = 0
    assert still.listed() == [pod.id]


def test_pages_of_others_may_ask_only_if_they_are_let(still: Caller) -> None:
    headers = {"Origin": "https://x.example", "Access-Control-Request-Method": "POST"}
    with still.client(**headers) as page:
        assert "access-control-allow-origin" not in page.get("/v2/pods").headers
        assert page.options("/v2/pods").status_code == 401
        still.faults.cors = True
        asked = page.options("/v2/pods")
        assert (asked.status_code, asked.content) == (204, b"")
        assert asked.headers["access-control-allow-origin"] == "https://x.example"
        assert "authorization" in asked.headers["access-control-allow-headers"]
        assert page.get("/v2/pods").headers["access-control-allow-origin"] == "https://x.example"


# -- at random --------------------------------------------------------------------


def test_a_seed_always_means_the_same() -> None:
    def told(seed: int) -> str:
        return re.sub(r"0x\w+", "", repr(at_random(seed, gpus=["NVIDIA A40"])))

    assert [told(seed) for seed in range(100)] == [told(seed) for seed in range(100)]
    assert len({told(seed) for seed in range(100)}) > 90


def test_by_chance_everything_comes_and_nothing_stays_for_ever() -> None:
    faults = [at_random(seed, gpus=["NVIDIA A40"]) for seed in range(300)]
    assert all(none.tries for one in faults for none in one.capacity)
    assert all(one.crashes for one in faults if one.crash_every)
    assert all(len(one.end_refused) < 2 for one in faults)
    met = {
        name
        for one in faults
        for name, here in {
            "lost after": any(wrong.done for wrong in one.requests),
            "lost before": any(not wrong.done and wrong.status is None for wrong in one.requests),
            "429": any(wrong.status == 429 for wrong in one.requests),
            "5xx": any((wrong.status or 0) >= 500 for wrong in one.requests),
            "no capacity": one.capacity,
            "proxy breaks": one.proxy.breaks,
            "proxy refuses": one.proxy.refuses,
            "proxy collects": one.proxy.buffers,
            "crash": one.crash_every,
            "wipe": one.wipe,
            "vanish": one.vanish_after,
            "end refused": one.end_refused,
            "lag": one.list_lag,
            "pages": one.page,
            "late": one.runtime_late,
        }.items()
        if here
    }
    assert len(met) == 15
