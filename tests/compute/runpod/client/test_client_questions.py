"""What may be asked again is, and what there is is read to its end."""

import pytest

from compute.runpod.client.conftest import POD
from compute.runpod.scripted import Act, Scripted, answer, drops, half, problem
from tuneyard.compute.runpod.client import Balance, RunPod
from tuneyard.compute.runpod.errors import (
    Busy,
    Offline,
    RunPodError,
    Strange,
    Trouble,
)

# -- questions that may be repeated -----------------------------------------------


def test_a_question_is_repeated_until_it_is_answered(
    runpod: RunPod, server: Scripted, slept: list[float]
) -> None:
    server.acts += [
        answer(500),
        drops,
        half(200, {"pods": []}),
        answer(502),
        answer(200, {"pods": [POD]}),
    ]
    assert [pod.id for pod in runpod.pods()] == ["abc123"]
    assert slept == [0.5, 1.0, 2.0, 4.0]


def test_an_answer_of_something_else_is_not_asked_for_again(
    runpod: RunPod, server: Scripted, slept: list[float]
) -> None:
    server.acts += [answer(200, body=b"<html>")]
    with pytest.raises(Strange):
        runpod.pods()
    assert slept == []


def test_answers_that_always_break_off(runpod: RunPod, server: Scripted) -> None:
    server.acts += [half(200, {"pods": []})] * 100
    with pytest.raises(Offline):
        runpod.pods()


def test_patience_ends(runpod: RunPod, server: Scripted, slept: list[float]) -> None:
    server.acts += [answer(503)] * 100
    with pytest.raises(Trouble, match="HTTP 503"):
        runpod.pods()
    assert slept[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert 80 < sum(slept) <= 90


def test_as_long_as_runpod_asks_for_is_waited(
    runpod: RunPod, server: Scripted, slept: list[float]
) -> None:
    quota = '"minute";r=0;t=42, "hour";r=7193;t=2701'
    server.acts += [problem(429, "", Retry_After="7", RateLimit=quota), answer(200, {"pods": []})]
    assert runpod.pods() == []
    assert slept == [42.0]


def test_what_is_longer_than_patience_is_told(
    runpod: RunPod, server: Scripted, slept: list[float]
) -> None:
    server.acts.append(problem(429, "rate limit exceeded for the hour window", Retry_After="1800"))
    with pytest.raises(Busy) as caught:
        runpod.pods()
    assert (caught.value.seconds, slept) == (1800.0, [])
    assert caught.value.problem.next_step == "Try again in 30 minutes."


def test_a_list_is_read_to_its_end(runpod: RunPod, server: Scripted) -> None:
    def page(pod: str, cursor: str | None) -> Act:
        block = {"nextCursor": cursor, "hasNextPage": cursor is not None}
        return answer(200, {"pods": [{**POD, "id": pod}], "pagination": block})

    server.acts += [page("a", "x&y"), page("b", "z"), page("c", None)]
    assert [pod.id for pod in runpod.pods()] == ["a", "b", "c"]
    assert [request.path for request in server.requests] == [
        "/v2/pods",
        "/v2/pods?cursor=x%26y",
        "/v2/pods?cursor=z",
    ]


@pytest.mark.parametrize("cursor", ["again", "", None])
def test_a_list_that_never_ends_is_no_list(
    runpod: RunPod, server: Scripted, cursor: str | None
) -> None:
    page = {"pods": [POD], "pagination": {"nextCursor": cursor, "hasNextPage": True}}
    server.acts += [answer(200, page)] * 10
    with pytest.raises(Strange, match="can't follow"):
        runpod.pods()
    assert len(server.requests) <= 2


def test_a_pod_without_an_id_is_not_overlooked(runpod: RunPod, server: Scripted) -> None:
    server.acts.append(answer(200, {"pods": [POD, {"name": "nobody"}]}))
    with pytest.raises(Strange):
        runpod.pods()


def test_one_pod(runpod: RunPod, server: Scripted) -> None:
    up = {**POD, "status": "SURPRISED", "runtime": {"uptime": "12", "gpus": []}, "cost": "0.74"}
    server.acts += [
        answer(200, up),
        problem(404, "pod not found"),
        answer(200, POD | {"status": "TERMINATED"}),
    ]
    pod = runpod.pod("a/b..c")
    assert pod is not None
    assert (pod.status, pod.uptime, pod.dollars_an_hour, pod.running) == (
        "SURPRISED",
        12.0,
        0.74,
        True,
    )
    assert server.requests[0].path == "/v2/pods/a%2Fb%2E%2Ec"
    assert runpod.pod("gone") is None
    assert runpod.pod("ended") is None


def test_a_page_of_somebody_on_the_way_is_no_sign_that_a_pod_is_gone(
    runpod: RunPod, server: Scripted
) -> None:
    server.acts.append(answer(404, body=b"<html>", Content_Type="text/html"))
    with pytest.raises(RunPodError):
        runpod.pod("abc123")


def test_gone_is_what_is_unknown_and_not_listed(runpod: RunPod, server: Scripted) -> None:
    server.acts += [problem(404, "no"), answer(200, {"pods": [POD]})]
    assert not runpod.gone("abc123")
    server.acts += [answer(200, POD)]
    assert not runpod.gone("abc123")
    server.acts += [problem(404, "no"), answer(200, {"pods": [POD | {"id": "another"}]})]
    assert runpod.gone("abc123")


# -- what there is ----------------------------------------------------------------


def test_gpus_of_a_cloud(runpod: RunPod, server: Scripted) -> None:
    gpu = {
        "id": "NVIDIA GeForce RTX 4090",
        "name": "RTX 4090",
        "pool": None,
        "manufacturer": "NVIDIA",
        "memory": 24,
        "secure": True,
        "community": False,
        "price": {"secure": 0.74, "community": 0},
        "maxCount": {"secure": 8, "community": 0},
        "availability": "HIGH",
        "dataCenters": [{"id": "EU-RO-1", "name": "Romania", "availability": "LOW"}],
    }
    unknown = gpu | {"id": "unknown", "memory": 0}
    server.acts += [answer(200, {"gpus": [gpu, unknown, "?", {"id": "X", "memory": "16"}]})] * 2
    first, second = runpod.gpus("secure", 2, min_cuda="12.8")
    assert (first.name, first.dollars_an_hour, first.stock, first.most) == (
        "RTX 4090",
        0.74,
        "high",
        8,
    )
    assert first.data_centers == {"EU-RO-1": "low"}
    assert (second.name, second.memory_gb, second.dollars_an_hour, second.stock) == (
        "X",
        16,
        None,
        "unknown",
    )
    assert server.requests[0].path == (
        "/v2/catalog/gpus?include=AVAILABILITY&product=POD&count=2&cloud=SECURE&minCudaVersion=12.8"
    )
    assert [gpu.name for gpu in runpod.gpus("community")] == ["X"]


def test_volumes(runpod: RunPod, server: Scripted) -> None:
    volume = {
        "id": "v1",
        "name": "caches",
        "size": 100,
        "dataCenter": "EU-RO-1",
        "type": "STANDARD",
    }
    server.acts.append(answer(200, {"networkVolumes": [volume]}))
    (found,) = runpod.volumes()
    assert (found.id, found.name, found.gb, found.data_center) == ("v1", "caches", 100, "EU-RO-1")


@pytest.mark.parametrize(
    ("act", "balance"),
    [
        (answer(200, {"data": {"myself": {"clientBalance": 12.5, "currentSpendPerHr": 0.49, "spendLimit": 80}}}), Balance(12.5, 0.49, 80)),
        (answer(200, {"data": {"myself": {"clientBalance": -0.5}}}), Balance(-0.5, 0.0)),
        (answer(200, {"data": {"myself": {"clientBalance": "-3"}}}), Balance(-3.0, 0.0)),
        (answer(200, {"errors": [{"message": "no"}]}), None),
        (answer(200, {"data": {"myself": {"clientBalance": None}}}), None),
        (problem(401, "no"), None),
        (answer(410), None),
        (answer(200, body=b"<html>"), None),
    ],
)  # fmt: skip
def test_the_balance_is_told_where_it_can_be(
    runpod: RunPod, server: Scripted, act: Act, balance: Balance | None
) -> None:
    server.acts.append(act)
    assert runpod.balance() == balance
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", "/graphql")
    assert "mutation" not in asked.json["query"]


def test_a_balance_that_nobody_answers_for(runpod: RunPod, server: Scripted) -> None:
    server.acts += [answer(500)] * 50
    assert runpod.balance() is None
