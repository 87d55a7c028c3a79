import itertools
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute.runpod.contract import wrong
from compute.runpod.scripted import Act, Scripted, answer, drops, half, problem
from tuneyard.compute.runpod import logs
from tuneyard.compute.runpod.client import Balance, RunPod
from tuneyard.compute.runpod.errors import (
    NO_CAPACITY,
    Busy,
    Gate,
    KeyRefused,
    NoBalance,
    NoCapacity,
    Offline,
    Refused,
    RunPodError,
    Strange,
    Trouble,
    Unsure,
)
from tuneyard.compute.runpod.pods import Pod
from tuneyard.compute.runpod.wire import Patience

KEY = "rpa_canaryKey0123456789"
TOKEN = "hf_canaryToken0123456789"

REQUEST: dict[str, Any] = {
    "name": "tuneyard-01234567-20261122-120000-first-voice",
    "image": "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
    "gpu": {"id": "NVIDIA A40", "count": 1},
    "cloud": "SECURE",
    "disk": 50,
    "ports": ["8471/http"],
    "env": {"HF_TOKEN": TOKEN, "TUNEYARD_FACE_TOKEN": "canaryFace0123456789", "TUNEYARD_JOB": "{}"},
    "args": "{}",
}

POD = {
    "id": "abc123",
    "name": REQUEST["name"],
    "status": "RUNNING",
    "gpu": {"id": "NVIDIA A40", "count": 1, "vcpuCount": 9, "memory": 50},
    "image": REQUEST["image"],
    "env": REQUEST["env"],
    "cloud": "SECURE",
    "dataCenterId": None,
    "cost": 0.49,
    "runtime": None,
    "createdAt": "2026-11-22T12:00:00Z",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    with Scripted() as server:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", server.url)
        yield server
        assert [problem for request in server.requests for problem in wrong(request)] == []


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def runpod(server: Scripted, slept: list[float]) -> Iterator[RunPod]:
    assert server.url
    with RunPod(KEY, patience=Patience(sleep=slept.append)) as runpod:
        yield runpod


# -- asking for a pod -------------------------------------------------------------


def test_a_pod_is_asked_for_once_and_exactly_so(runpod: RunPod, server: Scripted) -> None:
    server.acts.append(answer(201, POD))
    pod = runpod.create(REQUEST)
    assert (pod.id, pod.name, pod.dollars_an_hour, pod.uptime) == (
        "abc123",
        POD["name"],
        0.49,
        None,
    )
    assert pod.created == 1795348800.0
    assert pod.url == "https://console.runpod.io/pods?id=abc123"
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", "/v2/pods")
    assert asked.json == REQUEST
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"].startswith("tuneyard/")
    assert asked.headers["content-type"] == "application/json"


def resets(connection: socket.socket) -> None:
    """As when the other computer is switched off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize(
    "act",
    [
        drops,
        resets,
        half(201, POD),
        half(500, {}),
        answer(500),
        answer(502, body=b"<html>"),
        problem(503, NO_CAPACITY),
        answer(524, body=b"<html>"),
        answer(408),
        answer(201, body=b"<html>"),
        answer(201, body=b""),
        answer(201, {"name": "without an id"}),
        answer(201, [POD]),
        answer(200, {"id": None}),
        lambda connection: connection.sendall(b"220 smtp.example ready\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Le"),
    ],
)
def test_what_leaves_a_doubt_is_said_to_and_never_repeated(
    runpod: RunPod, server: Scripted, slept: list[float], act: Act
) -> None:
    server.acts += [act, answer(201, POD)]
    with pytest.raises(Unsure, match="there may be one"):
        runpod.create(REQUEST)
    assert (len(server.requests), slept) == (1, [])


def test_an_answer_that_never_comes_leaves_a_doubt(server: Scripted) -> None:
    server.acts.append(server.holds)
    with RunPod(KEY, patience=Patience(create=0.1)) as runpod, pytest.raises(Unsure):
        runpod.create(REQUEST)
    assert len(server.requests) == 1


def test_an_answer_that_trickles_leaves_a_doubt(server: Scripted) -> None:
    def trickles(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
        while not server.ending.wait(0.01):
            connection.sendall(b" ")

    server.acts.append(trickles)
    with RunPod(KEY, patience=Patience(create=0.2)) as runpod, pytest.raises(Unsure):
        runpod.create(REQUEST)


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (problem(400, NO_CAPACITY), NoCapacity, "none of these GPUs free"),
        (problem(402, "balance too low"), NoBalance, "RunPod says: balance too low."),
        (answer(402), NoBalance, "isn't enough money"),
        (problem(401, "missing bearer token"), KeyRefused, "doesn't know this key"),
        (problem(403, "access denied"), KeyRefused, "may not see or change pods"),
        (answer(403, body=b"Error 1010", Content_Type="text/html"), Gate, "gate turned"),
        (problem(429, "", Retry_After="90"), Busy, "fewer requests"),
        (
            problem(422, "It failed.", "$: 'x' not allowed"),
            Refused,
            "It failed. $: 'x' not allowed.",
        ),
        (problem(400, "gpu or cpu"), Refused, "(HTTP 400): gpu or cpu."),
        (problem(413, "too large"), Refused, "too large"),
        (problem(404, "no such template"), Refused, "no such template"),
        (answer(400, body=b"<html>"), Refused, "it gives no reason"),
        (half(400, {"detail": NO_CAPACITY}), Refused, "it gives no reason"),
        (answer(410, {}), Strange, "doesn't speak"),
        (answer(302, Location="http://127.0.0.1:9/"), Strange, "doesn't speak"),
    ],
)
def test_what_is_certain_is_told_in_words(
    runpod: RunPod, server: Scripted, act: Act, kind: type[RunPodError], words: str
) -> None:
    server.acts += [act, answer(201, POD)]
    with pytest.raises(kind) as caught:
        runpod.create(REQUEST)
    assert type(caught.value) is kind
    assert words in caught.value.problem.sentence
    assert caught.value.problem.next_step
    assert len(server.requests) == 1


def test_where_nobody_listens_certainly_nothing_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", f"http://127.0.0.1:{port}")
    with RunPod(KEY, patience=Patience(whole=0)) as runpod:
        with pytest.raises(Offline):
            runpod.create(REQUEST)
        with pytest.raises(Offline):
            runpod.pods()


def test_who_never_takes_the_connection_made_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", f"http://127.0.0.1:{full.getsockname()[1]}")
        patience = Patience(create=0.1)
        with filled(full), RunPod(KEY, patience=patience) as runpod, pytest.raises(Offline):
            runpod.create(REQUEST)


def test_a_kept_connection_that_was_closed_leaves_no_doubt(
    runpod: RunPod, server: Scripted
) -> None:
    """It would, if a pod were asked for over the connection of the question before."""

    def keeps(connection: socket.socket) -> None:
        body = b'{"pods": []}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body)

    server.acts += [keeps, answer(201, POD)]
    assert runpod.pods() == []
    assert runpod.create(REQUEST).id == "abc123"


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


# -- ending a pod -----------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204, 404])
def test_a_pod_is_ended(runpod: RunPod, server: Scripted, status: int) -> None:
    server.acts.append(answer(status))
    runpod.end("abc123")
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", "/v2/pods/abc123/action")
    assert asked.json == {"action": "terminate"}


@pytest.mark.parametrize(
    "refusal", [problem(409, "not now"), problem(403, "no"), problem(422, "x")]
)
def test_a_pod_is_deleted_where_it_may_not_be_ended(
    runpod: RunPod, server: Scripted, refusal: Act
) -> None:
    server.acts += [refusal, answer(204)]
    runpod.end("abc123")
    assert [(r.method, r.path) for r in server.requests] == [
        ("POST", "/v2/pods/abc123/action"),
        ("DELETE", "/v2/pods/abc123"),
    ]


def test_ending_goes_on_through_trouble(server: Scripted, slept: list[float]) -> None:
    server.acts += [answer(500)] * 2 + [drops, answer(204)]
    with RunPod(KEY, patience=Patience(whole=1.0, sleep=slept.append)) as runpod:
        runpod.end("abc123")
    assert [request.method for request in server.requests] == ["POST", "POST", "DELETE", "DELETE"]


def test_a_pod_that_can_not_be_ended(runpod: RunPod, server: Scripted) -> None:
    server.acts += [problem(409, "a cluster pod"), problem(409, "a cluster pod")]
    with pytest.raises(Refused, match="a cluster pod"):
        runpod.end("abc123")


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


# -- logs -------------------------------------------------------------------------


def stream(body: bytes) -> Act:
    return answer(200, body=body, Content_Type="text/event-stream")


def test_a_log_is_read_as_it_comes(runpod: RunPod, server: Scripted) -> None:
    server.acts.append(
        stream(
            b": heartbeat\n\n"
            b'id: t1/1\ndata: {"ts":"2026-11-22T12:00:00Z","source":"system","line":"pulling"}\n\n'
            b'id: t1/2\r\ndata: {"line":"caf\xc3\xa9\xe2\x80\xa8"}\r\n\r\n'
            b'data: nonsense\n\nid: t1/3\n\ndata: {"line":"cut off"}\n'
        )
    )
    lines = list(runpod.logs("a b", "system", after="t0/9"))
    assert [(line.line, line.id) for line in lines] == [("pulling", "t1/1"), ("café\u2028", "t1/2")]
    assert lines[0].t == 1795348800.0
    (asked,) = server.requests
    assert asked.path == "/v2/pods/a%20b/logs?source=system&tail=1000"
    assert asked.headers["last-event-id"] == "t0/9"


def test_a_log_that_falls_silent_ends(server: Scripted, runpod: RunPod) -> None:
    def silent(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        connection.sendall(b'data: {"line":"last words"}\n\n')
        server.ending.wait()

    server.acts.append(silent)
    assert [line.line for line in runpod.logs("abc", idle=0.2)] == ["last words"]


@pytest.mark.parametrize(
    ("act", "kind"),
    [(problem(404, "no pod"), Refused), (problem(401, "no"), KeyRefused), (answer(500), Trouble), (drops, Offline)],
)  # fmt: skip
def test_a_log_that_is_not_to_be_had(
    runpod: RunPod, server: Scripted, act: Act, kind: type[RunPodError]
) -> None:
    server.acts.append(act)
    with pytest.raises(kind):
        list(runpod.logs("abc", since="2026-11-22T12:00:00Z"))
    assert (
        server.requests[0].path
        == "/v2/pods/abc/logs?source=container&since=2026-11-22T12%3A00%3A00Z"
    )


# -- the key ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "rpa_canary\nHost: x", "rpa_canary☃", "rpa_canary\0"])
def test_a_key_that_can_not_be_sent_is_no_key(key: str) -> None:
    with pytest.raises(KeyRefused) as caught:
        RunPod(key)
    assert "canary" not in repr(caught.value) + str(caught.value.problem)


def test_nothing_tells_a_secret(
    runpod: RunPod, server: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = f"you sent {KEY} and {TOKEN[:14]} and canaryFace0123456789"
    hostile = [problem(status, said, said) for status in (400, 401, 402, 403, 404, 409, 413, 422)]
    hostile += [answer(status, body=said.encode()) for status in (201, 302, 400, 403, 418, 500)]
    hostile += [problem(429, said, Retry_After="soon"), half(400, {"detail": said}), drops, resets]
    hostile += [
        answer(400, {"detail": [said], "errors": {"x": said}}),
        answer(400, {"error": said}),
    ]
    told = [repr(runpod), repr(runpod._wire)]
    for act in hostile:
        server.acts.append(act)
        with pytest.raises(RunPodError) as caught:
            runpod.create(REQUEST)
        error = caught.value
        told += [
            repr(error),
            str(error),
            str(error.problem),
            str(error.as_json()),
            str(vars(error)),
        ]
        assert error.__cause__ is None
        assert error.__context__ is None
    assert "you sent ****" in "".join(told)
    assert "canary" not in "".join(told)
    assert "canary" not in caplog.text


# -- whatever is answered ---------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["id", "name", "pods", "gpus", "gpu", "cost", "status", "runtime", "uptime",
                         "pagination", "hasNextPage", "createdAt", "memory", "price", "secure",
                         "data", "myself", "clientBalance", "networkVolumes", "detail", "errors"]),
        inner, max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    status=st.sampled_from([200, 200, 200, 201, 204, 301, 400, 403, 404, 410, 422, 429, 500]),
    body=st.one_of(JSON.map(lambda data: json.dumps(data).encode()), st.binary(max_size=60)),
)
def test_whatever_is_answered_is_an_answer_or_an_error_in_words(
    runpod: RunPod, server: Scripted, status: int, body: bytes
) -> None:
    questions: list[Callable[[], Any]] = [runpod.pods, runpod.volumes, runpod.balance, lambda: runpod.pod("a"), lambda: runpod.gpus("secure"), lambda: runpod.create(REQUEST), lambda: runpod.end("a")]  # fmt: skip
    for question in questions:
        server.acts[:] = [answer(status, body=body)] * 40
        outcome = told(question)
        if isinstance(outcome, RunPodError):
            assert outcome.problem.sentence.isprintable()
            assert outcome.problem.next_step
        else:
            assert isinstance(outcome, Pod | Balance | list | None)


def told(question: Callable[[], Any]) -> Any:
    """The answer to a question, or the error in its place."""
    try:
        return question()
    except RunPodError as error:
        return error


@contextmanager
def filled(listening: socket.socket) -> Iterator[None]:
    """Connections that fill a socket's queue, so that the next one is never taken."""
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(listening.getsockname())
    yield
    for one in waiting:
        one.close()


def test_signs_of_life_alone_do_not_keep_a_snapshot_waiting() -> None:
    """A stream says every few seconds that it lives: whoever wants the last lines goes on."""
    beats = itertools.repeat(b":ok\n\n")
    assert list(logs.read(logs.until(beats, 0.05))) == []
    line = b'id: 1\ndata: {"line": "last words"}\n\n'
    heard = logs.read(logs.until(itertools.chain([line], beats), 0.05))
    assert [each.line for each in heard] == ["last words"]
