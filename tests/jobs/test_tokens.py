"""Trying tokens: against a Hub and a RunPod over real sockets."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from fakes.runpod import FakeRunPod, Fault
from ports import closed_port
from recipes.hub.calling import CLIPS
from tuneyard.errors import NotFound, WrongInput
from tuneyard.jobs import tokens
from tuneyard.jobs.tokens import Outcome, try_out
from tuneyard.secrets import Scope, Secrets

READS, WRITES, FINE = "hf_canaryReads0000000", "hf_canaryWrites000000", "hf_canaryFine00000000"
KEY = "rpa_canaryKey00000000"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(READS, "alice")
        hub.token(WRITES, "alice", writes=True)
        hub.token(FINE, "carol", writes=True, only=("carol/voice",))
        hub.add("alice/clips", CLIPS, kind="dataset", private=True)
        hub.add("alice/voice", {"voice.onnx": b"x"}, private=True)
        hub.add("carol/voice", {"voice.onnx": b"x"}, private=True)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def runpod(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        runpod.keys.add(KEY)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        yield runpod


@pytest.fixture
def secrets(home: Path) -> Secrets:
    return Secrets(home)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("name", "token", "repository", "ok", "sentences"),
    [
        (
            "HF_TOKEN",
            READS,
            "",
            True,
            ["This token belongs to alice.", "It may read all that alice may, and write nothing."],
        ),
        (
            "HF_WRITE_TOKEN",
            READS,
            "",
            False,
            ["This token belongs to alice.", "It may read all that alice may, and write nothing."],
        ),
        (
            "HF_WRITE_TOKEN",
            FINE,
            "",
            True,
            ["This token belongs to carol.", "It may write to carol/voice."],
        ),
        (
            "HF_READ_TOKEN",
            READS,
            "alice/clips",
            True,
            ["This token may read the dataset alice/clips."],
        ),
        (
            "HF_READ_TOKEN",
            FINE,
            "alice/clips",
            False,
            ["There is no dataset alice/clips on the Hub, or this token may not see it."],
        ),
        (
            "HF_WRITE_TOKEN",
            WRITES,
            "alice/voice",
            True,
            ["This token may read and write to the model alice/voice."],
        ),
        (
            "HF_WRITE_TOKEN",
            READS,
            "alice/voice",
            False,
            ["This token may read the model alice/voice."],
        ),
        (
            "HF_WRITE_TOKEN",
            WRITES,
            "alice/new",
            True,
            ["There is no model alice/new yet: this token may create it."],
        ),
        (
            "HF_TOKEN",
            WRITES,
            "alice/clips",
            True,
            ["This token may read and write to the dataset alice/clips."],
        ),
        (
            "HF_TOKEN",
            READS,
            "alice/nothing",
            False,
            [
                "There is no dataset alice/nothing on the Hub, or this token may not see it.",
                "There is no model alice/nothing on the Hub, or this token may not see it.",
            ],
        ),
        (
            "HF_BASE_TOKEN",
            READS,
            "https://huggingface.co/alice/voice/",
            True,
            ["This token may read the model alice/voice."],
        ),
        (
            "HF_WRITE_TOKEN",
            WRITES,
            "datasets/alice/clips",
            True,
            ["This token may read and write to the dataset alice/clips."],
        ),
    ],
)
def test_what_a_token_of_the_hub_can_do(
    secrets: Secrets,
    name: str,
    token: str,
    repository: str,
    ok: bool,
    sentences: list[str],
) -> None:
    tested = try_out(secrets, name, value=token, repository=repository)
    assert tested.ok is ok
    assert tested.sentences[-len(sentences) :] == sentences
    assert bool(tested.next_step) is not ok


def test_nothing_is_changed_on_the_hub(hub: FakeHub, secrets: Secrets) -> None:
    try_out(secrets, "HF_TOKEN", value=WRITES, repository="alice/new")
    assert {asked.method for asked in hub.asked} == {"GET"}
    assert not any(WRITES in asked.path for asked in hub.asked)


@pytest.mark.usefixtures("hub")
def test_a_token_that_the_hub_does_not_know(secrets: Secrets) -> None:
    tested = try_out(secrets, "HF_TOKEN", value="hf_canaryUnknown0000", repository="alice/clips")
    assert tested.ok is False
    assert tested.sentences == [
        "The Hub doesn't know this token: it may be mistyped, expired or revoked."
    ]
    assert "huggingface.co/settings/tokens" in tested.next_step


@pytest.mark.parametrize("repository", ["no name", "a/b/c/d", "../../api", "alice/", "x" * 200])
def test_what_is_no_repository_is_not_asked_about(
    hub: FakeHub, secrets: Secrets, repository: str
) -> None:
    with pytest.raises(WrongInput, match="can't be the name") as caught:
        try_out(secrets, "HF_TOKEN", value=READS, repository=repository)
    assert caught.value.field == "repository"
    assert hub.asked == []


def test_a_hub_in_trouble_says_nothing_of_the_token(hub: FakeHub, secrets: Secrets) -> None:
    hub.fail("whoami", 503)
    tested = try_out(secrets, "HF_TOKEN", value=READS)
    assert (tested.ok, tested.next_step) == (None, "Try again later.")


def test_what_was_found_out_before_the_hub_broke_off_is_told(
    hub: FakeHub, secrets: Secrets
) -> None:
    hub.fail("auth-check", 502, times=2)
    tested = try_out(secrets, "HF_READ_TOKEN", value=READS, repository="alice/clips")
    assert tested.ok is None
    assert tested.sentences[0] == "This token belongs to alice."


def test_a_hub_that_is_not_there_is_told(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        monkeypatch.setenv("HF_ENDPOINT", f"http://me:hidden@127.0.0.1:{port}")
        tested = try_out(secrets, "HF_TOKEN", value=READS)
    assert tested.ok is None
    assert tested.sentences == [
        f"The Hub at http://127.0.0.1:{port} can't be reached, or the connection broke."
    ]
    assert "HF_ENDPOINT" in tested.next_step


def test_a_hub_that_never_answers_is_not_waited_for(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_WAIT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
        tested = try_out(secrets, "HF_TOKEN", value=READS)
        waiting = [t for t in threading.enumerate() if t.daemon and "ask" in t.name]
    for thread in waiting:
        thread.join(30)
    assert tested.ok is None
    assert tested.sentences == [f"The Hub at http://127.0.0.1:{port} doesn't answer."]


def test_the_one_that_is_held_is_tried(hub: FakeHub, secrets: Secrets) -> None:
    with pytest.raises(NotFound, match="Nobody holds HF_TOKEN"):
        try_out(secrets, "HF_TOKEN")
    secrets.give({"HF_TOKEN": READS})
    secrets.give({"HF_TOKEN": FINE}, "work")
    assert "alice" in try_out(secrets, "HF_TOKEN").sentences[0]
    scope = Scope("work", frozenset({"HF_TOKEN"}))
    assert "carol" in try_out(secrets, "HF_TOKEN", scope=scope).sentences[0]
    assert [asked.token for asked in hub.requests("whoami")] == [READS, FINE]


@pytest.mark.parametrize("value", ["", "two words", "hf_\r\nX-Evil: 1", "ключ"])
def test_what_is_no_token_is_not_sent(hub: FakeHub, secrets: Secrets, value: str) -> None:
    with pytest.raises(WrongInput):
        try_out(secrets, "HF_TOKEN", value=value)
    assert hub.asked == []


def test_one_from_the_environment_that_is_no_token_is_told(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNPOD_API_KEY", "ключ")
    with pytest.raises(WrongInput):
        try_out(secrets, "RUNPOD_API_KEY")


def test_an_unknown_name_is_told(secrets: Secrets) -> None:
    with pytest.raises(NotFound):
        try_out(secrets, "PATH", value=os.environ["PATH"])


def test_a_key_of_runpod(runpod: FakeRunPod, secrets: Secrets) -> None:
    assert try_out(secrets, "RUNPOD_API_KEY", value=KEY) == Outcome(
        True, ["RunPod takes this key.", "No pod runs there now."]
    )
    runpod.rent(cost=0.49)
    assert try_out(secrets, "RUNPOD_API_KEY", value=KEY).sentences[1] == (
        "1 pod runs there now, for $0.49 an hour."
    )
    runpod.rent(cost=0.34)
    runpod.pages = True
    assert try_out(secrets, "RUNPOD_API_KEY", value=KEY).sentences[1] == (
        "At least 2 pods run there now, for $0.83 an hour."
    )


def test_a_key_that_runpod_does_not_know(runpod: FakeRunPod, secrets: Secrets) -> None:
    assert try_out(secrets, "RUNPOD_API_KEY", value="rpa_canaryUnknown").ok is False
    runpod.faults.append(Fault(503))
    assert try_out(secrets, "RUNPOD_API_KEY", value=KEY).ok is None


def test_whoever_quotes_the_token_is_masked(hub: FakeHub, secrets: Secrets) -> None:
    token = "no-prefix-by-which-to-know-it"
    hub.fail("whoami", 418, X_Error_Message=f"{token} is a teapot")
    tested = try_out(secrets, "HF_TOKEN", value=token)
    assert token not in str(tested)
    assert "is a teapot" in str(tested)
