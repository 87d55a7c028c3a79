"""A pod is asked for once, and ended for certain; nothing tells a secret."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute.runpod.client.conftest import KEY, POD, REQUEST, TOKEN
from compute.runpod.scripted import Act, Scripted, answer, drops, half, problem
from ports import closed_port
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
    Unsure,
)
from tuneyard.compute.runpod.pods import Pod
from tuneyard.compute.runpod.wire import Patience
from waiting import wait_for

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
    wait_for(lambda: server.requests, what="the request")
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
    with closed_port() as port:
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
    with RunPod(KEY, patience=Patience(whole=1.4, sleep=slept.append)) as runpod:
        runpod.end("abc123")
    assert [request.method for request in server.requests] == ["POST", "POST", "DELETE", "DELETE"]


def test_a_pod_that_can_not_be_ended(runpod: RunPod, server: Scripted) -> None:
    server.acts += [problem(409, "a cluster pod"), problem(409, "a cluster pod")]
    with pytest.raises(Refused, match="a cluster pod"):
        runpod.end("abc123")


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
