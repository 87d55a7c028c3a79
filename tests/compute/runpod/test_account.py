from collections.abc import Iterator

import httpx
import pytest

from fakes.runpod import FakeRunPod, Fault
from ports import closed_port
from tuneyard.compute.runpod.account import Account, account
from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.compute.runpod.practice.faults import Wrong
from tuneyard.runner.problems import Problem

KEY = "rpa_canaryKey0123456789"


@pytest.fixture
def runpod(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", f"{runpod.url}/")
        runpod.keys.add(KEY)
        yield runpod


def test_a_key_is_tried_by_one_question_that_changes_nothing(runpod: FakeRunPod) -> None:
    runpod.rent(cost=0.49)
    runpod.rent(cost=0.34)
    runpod.rent(cost=0.72, status="EXITED")
    assert account(KEY) == Account(running=2, dollars_an_hour=0.83, more=False)
    (asked,) = runpod.asked
    assert (asked.method, asked.path) == ("GET", "/v2/pods")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.headers["User-Agent"].startswith("tuneyard/")


def test_further_pages_are_told_of(runpod: FakeRunPod) -> None:
    runpod.pages = True
    assert account(KEY) == Account(running=0, dollars_an_hour=0, more=True)


def test_an_unknown_key(runpod: FakeRunPod) -> None:
    assert code_of("rpa_canaryUnknown") == "runpod-key"
    assert runpod.asked[0].status == 401


def test_a_key_that_may_not_see_pods(runpod: FakeRunPod) -> None:
    runpod.blind.add("rpa_canaryBlind")
    assert code_of("rpa_canaryBlind") == "runpod-right"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault(403, b"<h1>Error 1010</h1>", {"Content-Type": "text/html"}), "runpod-gate", "gate"),
        (Fault(429, b"{}", {"Retry-After": "90"}), "runpod-busy", "in 2 minutes"),
        (Fault(429, b"{}", {"Retry-After": "soon"}), "runpod-busy", "in a minute"),
        (Fault(502, b"Bad Gateway"), "runpod-busy", "HTTP 502"),
        (Fault(410, b"{}"), "runpod-strange", "doesn't speak"),
        (Fault(302, b"", {"Location": "http://127.0.0.1:9/"}), "runpod-strange", "doesn't speak"),
        (Fault(200, b"<html>"), "runpod-strange", "doesn't speak"),
        (Fault(200, b"[]"), "runpod-strange", "doesn't speak"),
        (Fault(200, b'{"pods": [{}]}'), "runpod-strange", "doesn't speak"),
        (Fault(200, b'{"pods": 5}'), "runpod-strange", "doesn't speak"),
    ],
)
def test_other_answers_are_told_in_words(
    runpod: FakeRunPod, fault: Wrong, code: str, words: str
) -> None:
    runpod.faults.append(fault)
    problem = problem_of(KEY)
    assert problem.code == code
    assert words in f"{problem.sentence} {problem.next_step}"


def test_one_that_never_answers_is_not_waited_for(runpod: FakeRunPod) -> None:
    runpod.faults.append(Fault(silent=True))
    with pytest.raises(RunPodError) as caught:
        account(KEY, wait=0.05)
    assert caught.value.problem.code == "runpod-offline"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hidden@127.0.0.1:{port}/?key=hidden",
        "no address",
        "http://127.0.0.1:x",
        "ftp://x",
    ],
)
def test_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with closed_port() as port:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", url.format(port=port))
        problem = problem_of(KEY)
    assert problem.code == "runpod-offline"
    assert "hidden" not in problem.sentence


def test_nothing_tells_the_key(runpod: FakeRunPod, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    runpod.faults += [Fault(401, KEY.encode()), Fault(500, KEY.encode())]
    for _ in range(2):
        with pytest.raises(RunPodError) as caught:
            account(KEY)
        assert KEY not in repr(caught.value) + str(caught.value.problem)
        assert caught.value.__cause__ is None
    assert KEY not in caplog.text
    assert not any(KEY in asked.path for asked in runpod.asked)


def problem_of(key: str) -> Problem:
    with pytest.raises(RunPodError) as caught:
        account(key)
    return caught.value.problem


def code_of(key: str) -> str:
    return problem_of(key).code


def test_the_fake_turns_away_a_program_without_a_name(runpod: FakeRunPod) -> None:
    answer = httpx.get(f"{runpod.url}/v2/pods", headers={"User-Agent": "Python-urllib/3.11"})
    assert (answer.status_code, b"1010" in answer.content) == (403, True)
