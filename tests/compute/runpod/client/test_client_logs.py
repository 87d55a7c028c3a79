"""A pod's log, as RunPod streams it."""

import itertools
import socket

import pytest

from compute.runpod.scripted import Act, Scripted, answer, drops, problem
from tuneyard.compute.runpod import logs
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.errors import (
    KeyRefused,
    Offline,
    Refused,
    RunPodError,
    Trouble,
)


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


def test_signs_of_life_alone_do_not_keep_a_snapshot_waiting() -> None:
    """A stream says every few seconds that it lives: whoever wants the last lines goes on."""
    beats = itertools.repeat(b":ok\n\n")
    assert list(logs.read(logs.until(beats, 0.05))) == []
    line = b'id: 1\ndata: {"line": "last words"}\n\n'
    heard = logs.read(logs.until(itertools.chain([line], beats), 0.05))
    assert [each.line for each in heard] == ["last words"]
