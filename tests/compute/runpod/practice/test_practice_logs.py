"""Logs of rehearsed pods, streamed as RunPod streams them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from compute.runpod.practice.calling import NEVER, Caller, problem, said, wait_until_said
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.pods import Pod


@pytest.fixture
def runpod(rehearse: Rehearse) -> Caller:
    """One whose pods never get as far as to start anything."""
    return rehearse(pull=NEVER, apart=False)


class Stream:
    """Frames of a stream of log lines, one after another."""

    def __init__(self, response: httpx.Response) -> None:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        self._lines = response.iter_lines()

    def frame(self) -> tuple[str, dict[str, str]]:
        """The next one that says something: its id and its data."""
        name = ""
        for line in self._lines:
            if line.startswith("id: "):
                name = line.removeprefix("id: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")

    def frames(self, count: int) -> Iterator[tuple[str, dict[str, str]]]:
        return (self.frame() for _ in range(count))

    def heartbeat(self) -> None:
        for line in self._lines:
            if line == ":":
                return
        raise AssertionError("the stream ended")


@pytest.fixture
def talking(rehearse: Rehearse) -> tuple[Caller, Pod]:
    """A pod that has said one, two, three, and says four when its disk has `go`."""
    runpod = rehearse(apart=False, heartbeat=0.02)
    script = 'for n in one two three; do echo $n; done; until [ -e "$HOME/go" ]; do sleep 0.01; done; echo four; sleep 1000000'
    pod = runpod.shell(script)
    wait_until_said(pod, "three")
    return runpod, pod


def lines(runpod: Caller, pod: Pod, count: int, last: str = "", **query: Any) -> list[str]:
    """The first lines that a stream begins with."""
    headers = {"Last-Event-ID": last} if last else {}
    with runpod.http.stream(
        "GET", f"/v2/pods/{pod.id}/logs", params={"source": "container", **query}, headers=headers
    ) as response:
        return [data["line"] for _, data in Stream(response).frames(count)]


def test_logs_begin_where_they_are_asked_to(talking: tuple[Caller, Pod]) -> None:
    runpod, pod = talking
    assert lines(runpod, pod, 3) == ["one", "two", "three"]
    assert lines(runpod, pod, 2, tail=2) == ["two", "three"]
    second = next(line for line in pod.log.lines() if line.text == "two")
    assert lines(runpod, pod, 2, since=second.time) == ["two", "three"]
    assert lines(runpod, pod, 1, last=second.id, since=second.time) == ["three"]
    assert lines(runpod, pod, 3, since="2020-01-01T00:00:00Z", tail=0) == ["one", "two", "three"]


def test_logs_go_on_and_never_close(talking: tuple[Caller, Pod]) -> None:
    runpod, pod = talking
    with runpod.http.stream("GET", f"/v2/pods/{pod.id}/logs?tail=0") as response:
        stream = Stream(response)
        stream.heartbeat()
        (pod.disk / "root/go").touch()
        name, data = stream.frame()
        assert (data["line"], data["source"]) == ("four", "container")
        assert name.startswith(f"{data['ts']}/")
        runpod.act(pod, "terminate")
        assert pod.gone.wait(60)
        stream.heartbeat()
        stream.heartbeat()


def test_logs_of_the_system(talking: tuple[Caller, Pod]) -> None:
    runpod, pod = talking
    assert lines(runpod, pod, 4, source="system")[-1] == "start container"
    with runpod.http.stream("GET", f"/v2/pods/{pod.id}/logs") as response:
        both = {data["source"] for _, data in Stream(response).frames(7)}
    assert both == {"system", "container"}
    assert len(said(pod, "system")) == 4


@pytest.mark.parametrize("query", ["tail=5001", "tail=-1", "tail=x", "source=all", "since=today"])
def test_logs_that_there_are_not(runpod: Caller, query: str) -> None:
    pod = runpod.create()
    problem(runpod.http.get(f"/v2/pods/{pod.id}/logs?{query}"), 422)
    problem(runpod.http.get("/v2/pods/nobody/logs"), 404)


def test_a_stream_ends_with_the_rehearsal(runpod: Caller) -> None:
    pod = runpod.create()
    with runpod.http.stream("GET", f"/v2/pods/{pod.id}/logs") as response:
        runpod.practice.__exit__(None, None, None)
        assert "Pulling" in response.read().decode()
    assert pod.gone.is_set()
