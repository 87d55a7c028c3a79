"""The little GraphQL: 200 whatever happens, with errors beside the data."""

from typing import Any

import pytest

from compute.runpod.practice.calling import NEVER, Caller
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.query import Field, NotUnderstood, parse


@pytest.fixture
def runpod(rehearse: Rehearse) -> Caller:
    return rehearse(pull=NEVER, apart=False)


def ask(runpod: Caller, query: str, **variables: Any) -> Any:
    answer = runpod.http.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    return answer.json()


def test_an_account_tells_of_itself_as_far_as_it_is_asked(runpod: Caller) -> None:
    pod = runpod.create()
    told = ask(
        runpod,
        """query Balance { # a comment
             me: myself { clientBalance, pods { id machine { dataCenterId } runtime { uptimeInSeconds } } }
           }""",
    )
    pods = [{"id": pod.id, "machine": {"dataCenterId": "EU-RO-1"}, "runtime": None}]
    assert told == {"data": {"me": {"clientBalance": pytest.approx(25, abs=0.1), "pods": pods}}}


def test_types_of_gpus_are_told_to_anybody(runpod: Caller) -> None:
    query = "query($id: String) { gpuTypes(input: {id: $id}) { id securePrice lowestPrice { stockStatus } } }"
    with runpod.client() as stranger:
        body = {"query": query, "variables": {"id": "NVIDIA A40"}}
        told = stranger.post("/graphql", json=body).json()
        assert told["data"]["gpuTypes"] == [
            {"id": "NVIDIA A40", "securePrice": 0.49, "lowestPrice": {"stockStatus": "High"}}
        ]
        refused = stranger.post("/graphql", json={"query": "{ myself { id } }"})
        assert (refused.status_code, refused.json()["data"]) == (200, None)
        assert refused.json()["errors"][0]["message"] == "Unauthorized"
    everything = ask(runpod, "{ gpuTypes { id } }")["data"]["gpuTypes"]
    assert {"id": "unknown"} in everything


def test_a_key_may_also_stand_in_the_address(runpod: Caller) -> None:
    with runpod.client() as client:
        body = {"query": "{ myself { id } }"}
        told = client.post(f"/graphql?api_key={runpod.practice.key()}", json=body).json()
    assert told == {"data": {"myself": {"id": "user_practice"}}}


def test_a_pod_is_stopped_and_ended(runpod: Caller) -> None:
    pod = runpod.create()
    one = "query($id: String!) { pod(input: {podId: $id}) { id desiredStatus costPerHr } }"
    stop = "mutation($id: String!) { podStop(input: {podId: $id}) { desiredStatus } }"
    end = "mutation($id: String!) { podTerminate(input: {podId: $id}) }"
    running = {"id": pod.id, "desiredStatus": "RUNNING", "costPerHr": 0.49}
    assert ask(runpod, one, id=pod.id) == {"data": {"pod": running}}
    assert ask(runpod, stop, id=pod.id) == {"data": {"podStop": {"desiredStatus": "EXITED"}}}
    assert ask(runpod, end, id=pod.id) == {"data": {"podTerminate": None}}
    assert ask(runpod, one, id=pod.id) == {"data": {"pod": None}}
    again = ask(runpod, end, id=pod.id)
    assert again["errors"][0]["message"] == "pod not found to terminate"
    assert ask(runpod, stop, id=pod.id)["errors"][0]["message"] == "pod not found to stop"


def test_a_pods_own_key_is_for_that_pod_alone(runpod: Caller) -> None:
    pod, other = runpod.create(), runpod.create()
    with runpod.client(pod.made.key) as own:

        def refused(query: str) -> bool:
            return "errors" in own.post("/graphql", json={"query": query}).json()

        assert refused("{ myself { clientBalance } }")
        assert refused(f'mutation {{ podTerminate(input: {{podId: "{other.id}"}}) }}')
        assert refused(f'{{ pod(input: {{podId: "{other.id}"}}) {{ id }} }}')
        assert not refused(f'{{ pod(input: {{podId: "{pod.id}"}}) {{ id }} }}')
        assert not refused(f'mutation {{ podTerminate(input: {{podId: "{pod.id}"}}) }}')
    assert runpod.listed() == [other.id]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ myself }",
        "{ myself { id } } more",
        "{ myself { password } }",
        "{ users { id } }",
        "{ ...all }",
        "{ myself(a b) { id } }",
        "subscription { myself { id } }",
    ],
)
def test_what_is_not_understood(runpod: Caller, query: str) -> None:
    assert ask(runpod, query)["errors"][0]["message"]


def test_what_is_no_question_at_all(runpod: Caller) -> None:
    for body in (b"", b"[]", b'{"query": 5}'):
        answer = runpod.http.post("/graphql", content=body)
        assert (answer.status_code, list(answer.json())) == (200, ["errors"])


def test_a_question_is_read_with_all_it_is_given() -> None:
    text = 'mutation M($n: Int) { a: do(x: $n, y: [1, "b \\" c", RED], z: {w: null}) { b } }'
    given = {"x": 3, "y": [1, 'b " c', "RED"], "z": {"w": None}}
    assert parse(text, {"n": 3}) == (Field("a", "do", given, (Field("b", "b", {}, ()),)),)
    with pytest.raises(NotUnderstood, match="<EOF>"):
        parse("{ a", {})
