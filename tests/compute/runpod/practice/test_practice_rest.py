"""REST v2 as strict as RunPod's, over a real socket."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from compute.runpod.practice.calling import A_POD, NEVER, Caller, post, problem
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.answers import NO_CAPACITY
from tuneyard.compute.runpod.practice.contract import LARGEST_BODY, POD_KEYS


@pytest.fixture
def runpod(rehearse: Rehearse) -> Caller:
    """One whose pods never get as far as to start anything."""
    return rehearse(pull=NEVER, apart=False)


# -- who may ----------------------------------------------------------------------


def test_programs_without_a_name_are_turned_away_at_the_gate(runpod: Caller) -> None:
    headers = {"User-Agent": "Python-urllib/3.11"}
    answer = runpod.http.get("/v2/pods", headers=headers)
    assert (answer.status_code, b"Error 1010" in answer.content) == (403, True)
    assert answer.headers["content-type"] == "text/html"
    assert runpod.practice.mistakes[-1].status == 403


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "missing bearer token"),
        ("Bearer rpa_nobodys", "invalid bearer token"),
        ("Basic rpa_nobodys", "invalid bearer token"),
    ],
)
def test_a_key_has_to_be_known(runpod: Caller, header: str, detail: str) -> None:
    with runpod.client() as stranger:
        answer = stranger.get("/v2/pods", headers={"Authorization": header} if header else {})
    assert problem(answer, 401)["detail"] == detail
    assert "ratelimit" not in answer.headers


def test_a_blind_key_may_do_nothing(runpod: Caller) -> None:
    with runpod.client(runpod.practice.key("blind")) as blind:
        assert problem(blind.get("/v2/pods"), 403)["detail"] == "access denied"
        problem(blind.post("/v2/pods", json=A_POD), 403)


def test_a_pods_own_key_is_for_that_pod_alone(runpod: Caller) -> None:
    pod, other = runpod.create(), runpod.create()
    with runpod.client(pod.made.key) as own:
        assert own.get(f"/v2/pods/{pod.id}").status_code == 200
        problem(own.get("/v2/pods"), 403)
        problem(own.get("/v2/catalog/gpus"), 403)
        problem(own.patch(f"/v2/pods/{pod.id}", json={"name": "mine"}), 403)
        problem(own.delete(f"/v2/pods/{other.id}"), 403)
        assert own.delete(f"/v2/pods/{pod.id}").status_code == 204
        problem(own.get(f"/v2/pods/{other.id}"), 401)  # it ended with its pod
    assert runpod.listed() == [other.id]


def test_every_answer_has_an_id_and_tells_of_limits(runpod: Caller) -> None:
    answers = [
        runpod.http.get("/v2/pods"),
        runpod.http.get("/v2/nothing"),
        runpod.http.post("/v2/pods", json={}),
        runpod.http.get("/v2/pods", headers={"User-Agent": "Python-urllib/3"}),
    ]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert all('"minute";r=' in answer.headers["ratelimit"] for answer in answers)


def test_paths_and_methods(runpod: Caller) -> None:
    problem(runpod.http.get("/v2/nothing"), 404)
    problem(runpod.http.get("/v2/pods/nobody"), 404)
    problem(runpod.http.delete("/v2/pods/nobody"), 404)
    problem(runpod.http.post("/v2/pods/nobody/action", json={"action": "terminate"}), 404)
    answer = runpod.http.put("/v2/pods", json={})
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"


def test_a_question_that_is_not_understood_is_ignored(runpod: Caller) -> None:
    pod = runpod.create()
    answer = runpod.http.get("/v2/pods", params={"desiredStatus": "EXITED", "limit": "0"})
    assert [one["id"] for one in answer.json()["pods"]] == [pod.id]


# -- asking for a pod -------------------------------------------------------------


def test_a_pod_is_told_with_all_that_belongs_to_it(runpod: Caller) -> None:
    answer = post(runpod, env={"HF_TOKEN": "hf_x"}, cmd=["sleep", "1 2"], disk=30)
    assert answer.status_code == 201
    pod = answer.json()
    assert pod.keys() >= POD_KEYS
    assert pod["env"] == {"HF_TOKEN": "hf_x"}
    assert pod["args"] == "sleep '1 2'"
    assert (pod["template"], pod["runtime"], pod["startedAt"]) == (None, None, None)
    assert (pod["status"], pod["cloud"], pod["cost"]) == ("RUNNING", "SECURE", 0.49)
    assert pod["gpu"] == {"id": "NVIDIA A40", "count": 1, "vcpuCount": 16, "memory": 62}
    assert pod["ssh"]["direct"] is None
    assert "cpu" not in pod
    assert runpod.http.get(f"/v2/pods/{pod['id']}").json() == pod
    assert runpod.practice.mistakes == []


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"bogus": 1}, ["$: additional properties 'bogus' not allowed"]),
        ({"name": ""}, ["$.name: length must be >= 1, but got 0"]),
        ({"image": None}, ["$: missing property 'image'"]),
        ({"env": {"A": 1}}, ["$.env.A: got integer, want string"]),
        ({"env": ["A=1"]}, ["$.env: got array, want object"]),
        ({"disk": 0}, ["$.disk: must be >= 1 but found 0"]),
        ({"disk": 1.5}, ["$.disk: got number, want integer"]),
        ({"disk": True}, ["$.disk: got boolean, want integer"]),
        ({"cloud": "ALL"}, ["$.cloud: value must be one of 'SECURE', 'COMMUNITY'"]),
        ({"ports": "8471/http"}, ["$.ports: got string, want array"]),
        ({"registry": 5}, ["$.registry: got integer, want string or null"]),
        ({"gpu": {"count": 1}}, ["$.gpu: missing property 'id'"]),
        ({"gpu": {"id": "x", "count": 0}}, ["$.gpu.count: must be >= 1 but found 0"]),
        (
            {"gpu": {"id": "x", "count": 1, "type": "y"}},
            ["$.gpu: additional properties 'type' not allowed"],
        ),
        (
            {"gpu": {"id": "x", "count": 1, "minCudaVersion": "12"}},
            [r"$.gpu.minCudaVersion: '12' does not match pattern '^\\d+\\.\\d+$'"],
        ),
        (
            {"mounts": {"persistent": {"size": 9}}},
            [
                "$.mounts.persistent: missing property 'path'",
                "$.mounts.persistent.size: must be >= 10 but found 9",
            ],
        ),
        (
            {"mounts": {"network": [{"volumeId": "a", "path": "/a"}] * 2}},
            ["$.mounts.network: maximum 1 items required, but found 2"],
        ),
        ({"startSsh": 1}, ["$.startSsh: got integer, want boolean"]),
    ],
)
def test_a_body_of_another_shape(runpod: Caller, change: dict[str, Any], errors: list[str]) -> None:
    told = problem(post(runpod, **change), 422)
    assert told["detail"] == "Request validation failed."
    assert told["errors"][: len(errors)] == errors
    (asked,) = runpod.practice.mistakes
    assert errors[0] in asked.mistake
    assert runpod.listed() == []


def test_one_fault_makes_all_fields_be_disowned(runpod: Caller) -> None:
    told = problem(runpod.http.post("/v2/pods", json={"image": "x", "disk": 1}), 422)
    assert told["errors"] == [
        "$: missing property 'name'",
        "$: additional properties 'image', 'disk' not allowed",
    ]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"gpu": None}, "exactly one of gpu or cpu must be set"),
        ({"cpu": {"id": "cpu5c", "vcpuCount": 4}}, "exactly one of gpu or cpu must be set"),
        ({"gpu": None, "cpu": {"id": "cpu5c", "vcpuCount": 6}}, "power of two"),
        (
            {
                "gpu": None,
                "cpu": {"id": "cpu5c", "vcpuCount": 4},
                "mounts": {"persistent": {"size": 20, "path": "/w"}},
            },
            "mounts.persistent is not supported on CPU pods",
        ),
        (
            {
                "gpu": {
                    "id": "NVIDIA A40",
                    "count": 1,
                    "allowedCudaVersions": ["12.8"],
                    "minCudaVersion": "12.4",
                }
            },
            "mutually exclusive",
        ),
        (
            {
                "mounts": {
                    "persistent": {"size": 20, "path": "/w"},
                    "network": [{"volumeId": "a", "path": "/w"}],
                }
            },
            "mutually exclusive",
        ),
        ({"mounts": {"network": []}}, "must not be empty"),
        ({"mounts": {"persistent": {"size": 20, "path": "w"}}}, "absolute path"),
        ({"mounts": {"persistent": {"size": 20, "path": "/../w"}}}, "absolute path"),
        (
            {
                "cloud": "COMMUNITY",
                "mounts": {"network": [{"volumeId": "a", "path": "/w"}]},
            },
            "only available on SECURE",
        ),
        ({"ports": ["8471"]}, "invalid port '8471'"),
        ({"ports": ["8471/udp"]}, "invalid port"),
        ({"ports": ["70000/http"]}, "invalid port"),
        ({"ports": [f"{port}/http" for port in range(8000, 8011)]}, "at most 10 http ports"),
        ({"env": {f"V{number}": "" for number in range(51)}}, "at most 50 environment"),
        ({"args": "echo a", "cmd": ["echo", "b"]}, "does not describe the same command"),
    ],
)
def test_a_rule_across_fields(runpod: Caller, change: dict[str, Any], detail: str) -> None:
    assert detail in problem(post(runpod, **change), 400)["detail"]
    (asked,) = runpod.practice.mistakes
    assert detail in asked.mistake


def test_the_same_command_may_be_told_twice(runpod: Caller) -> None:
    told = post(runpod, args='{"entrypoint": ["sh"], "cmd": ["-c", "x"]}', cmd=["-c", "x"])
    assert told.status_code == 400
    both = {"entrypoint": ["sh"], "cmd": ["-c", "x"]}
    assert post(runpod, args=json.dumps(both), **both).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"gpu": {"id": "NVIDIA A40", "count": 9}},
        {"gpu": {"id": "NVIDIA B200", "count": 1}},  # none in stock
        {"gpu": {"id": "No Such GPU", "count": 1}},
        {"gpu": {"id": "unknown", "count": 1}},
        {"cloud": "COMMUNITY"},  # which has none of this type
        {
            "gpu": {"id": "NVIDIA L4", "count": 1},
            "cloud": "COMMUNITY",
            "dataCenterIds": ["EU-RO-1"],
        },
        {"dataCenterIds": ["eu-ro-1"]},
        {"dataCenterIds": ["XX-1"]},
        {"gpu": {"id": "NVIDIA A40", "count": 1, "minCudaVersion": "12.11"}},
        {"gpu": {"id": "NVIDIA A40", "count": 1, "allowedCudaVersions": ["12.5"]}},
        {"gpu": {"id": "NVIDIA A40", "count": 1, "minRamPerGpu": 500}},
        {"gpu": {"id": "NVIDIA A40", "count": 1, "minVcpuCountPerGpu": 64}},
    ],
)
def test_what_nowhere_fits_is_told_in_runpods_own_words(
    runpod: Caller, change: dict[str, Any]
) -> None:
    assert problem(post(runpod, **change), 400)["detail"] == NO_CAPACITY
    assert runpod.practice.mistakes == []


def test_a_missing_count_looks_like_no_capacity_and_is_a_mistake(runpod: Caller) -> None:
    answer = post(runpod, gpu={"id": "NVIDIA A40"})
    assert problem(answer, 400)["detail"] == NO_CAPACITY
    (asked,) = runpod.practice.mistakes
    assert asked.mistake == "gpu.count is missing"


@pytest.mark.parametrize(
    ("change", "center", "cost"),
    [
        ({"dataCenterIds": ["US-TX-3", "US-KS-2"]}, {"US-TX-3", "US-KS-2"}, 0.49),
        ({"dataCenterIds": []}, {"EU-RO-1"}, 0.49),
        ({"gpu": {"id": "NVIDIA L4", "count": 2}, "cloud": "COMMUNITY"}, {None}, 0.88),
        ({"gpu": None, "cpu": {"id": "cpu5c", "vcpuCount": 4}}, {"EU-RO-1"}, 0.14),
        (
            {"gpu": {"id": "NVIDIA A40", "count": 1, "minCudaVersion": "12.6"}},
            {"EU-RO-1"},
            0.49,
        ),
    ],
)
def test_where_it_goes_and_what_it_costs(
    runpod: Caller, change: dict[str, Any], center: set[str | None], cost: float
) -> None:
    pod = post(runpod, **change).json()
    assert pod["dataCenterId"] in center
    assert pod["cost"] == pytest.approx(cost)


def test_a_template_or_a_volume_that_is_not_there(runpod: Caller) -> None:
    problem(post(runpod, templateId="nobodys"), 404)
    problem(post(runpod, mounts={"network": [{"volumeId": "vol", "path": "/w"}]}), 404)


def test_a_body_has_its_limit(runpod: Caller) -> None:
    filler = "x" * (LARGEST_BODY - len(json.dumps({**A_POD, "env": {"A": ""}}).encode()))
    at_most = json.dumps({**A_POD, "env": {"A": filler}}).encode()
    assert len(at_most) == LARGEST_BODY
    assert runpod.http.post("/v2/pods", content=at_most).status_code == 201
    larger = runpod.http.post("/v2/pods", content=at_most + b" ")
    assert "102400 byte limit" in problem(larger, 413)["detail"]
    assert problem(runpod.http.post("/v2/pods", content=b"{"), 400)["detail"] != NO_CAPACITY
    assert problem(runpod.http.post("/v2/pods", content=b"[]"), 422)


def test_many_at_once(runpod: Caller) -> None:
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda number: post(runpod, name=f"p{number}"), range(40)))
        shown = list(pool.map(lambda one: runpod.http.get(f"/v2/pods/{one.json()['id']}"), made))
        ended = list(pool.map(lambda one: runpod.http.delete(one.url.path), shown))
    assert {one.status_code for one in made} == {201}
    assert [one.json()["name"] for one in shown] == [f"p{number}" for number in range(40)]
    assert {one.status_code for one in ended} == {204}
    assert len({one.json()["id"] for one in made}) == 40
    assert runpod.listed() == []


# -- what is done with one --------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "$: missing property 'action'"),
        (
            {"action": "end"},
            "$.action: value must be one of 'start', 'stop', 'restart', 'terminate'",
        ),
        ({"action": "stop", "force": True}, "$: additional properties 'force' not allowed"),
    ],
)
def test_an_action_that_there_is_not(runpod: Caller, body: dict[str, Any], error: str) -> None:
    pod = runpod.create()
    answer = runpod.http.post(f"/v2/pods/{pod.id}/action", json=body)
    assert problem(answer, 422)["errors"] == [error]
    assert runpod.shown(pod)["status"] == "RUNNING"


def test_an_action_that_is_not_for_now(runpod: Caller) -> None:
    pod = runpod.create()
    problem(runpod.act(pod, "start"), 409)
    assert runpod.http.patch(f"/v2/pods/{pod.id}", json={"locked": True}).status_code == 200
    problem(runpod.act(pod, "stop"), 409)
    assert runpod.act(pod, "terminate").status_code == 204


def test_a_pod_is_changed_as_far_as_it_can_be(runpod: Caller) -> None:
    pod = runpod.create(env={"A": "1", "B": "2"})
    place = f"/v2/pods/{pod.id}"
    changed = runpod.http.patch(place, json={"name": "new", "env": {"C": "3"}}).json()
    assert (changed["name"], changed["env"]) == ("new", {"C": "3"})
    assert runpod.shown(pod) == changed
    problem(runpod.http.patch(place, json={"gpu": {"id": "NVIDIA L4"}}), 422)
    problem(runpod.http.patch(place, json={"ports": ["x"]}), 400)
    mounts = {"mounts": {"persistent": {"size": 10, "path": "/w"}}}
    assert "fixed at create" in problem(runpod.http.patch(place, json=mounts), 400)["detail"]
    assert len(runpod.practice.mistakes) == 2
