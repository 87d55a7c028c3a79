"""A voice is pushed at the end of a job, under the real runner, to a Hub on a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from fakes.hub import FakeHub
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held, read_lines, write_json
from tuneyard.runner.states import State
from waiting import wait_for

pytestmark = pytest.mark.trainer

TOKEN = "hf_canaryThatMayWrite"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "alice", writes=True)
        hub.token("hf_canaryThatReads", "alice")
        for name, value in hub.env.items():
            monkeypatch.setenv(name, value)
        yield hub


@pytest.fixture
def manager(home: Path) -> Manager:
    return Manager(home)


@pytest.fixture
def trained(manager: Manager, tmp_path: Path, trainer_python: str) -> JobFolder:
    """A job that has ended well, as far as its folder tells."""
    settings = {"dataset": str(tmp_path), "trainer_python": trainer_python}
    folder = manager.create(jobs.build({"recipe": "piper", "name": "voice", "settings": settings}))
    files: dict[str, Any] = {
        "outputs/voice.onnx": "the voice",
        "outputs/voice.onnx.json": "{}",
        "samples/final/01.wav": "sound",
        "samples/final/samples.json": '{"samples": []}',
        "work/train/config.json": "{}",
        "work/trainer.json": json.dumps({"python": trainer_python}),
        "work/base.json": json.dumps({"path": None, "epoch": 0, "use": "none"}),
        "work/data.json": json.dumps({"speakers": {}, "clips": 1, "seconds": 1.0, "source": {}}),
        "work/train/events.jsonl": "",
    }
    for name, text in files.items():
        path = folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_json(folder.state, {"state": State.SUCCEEDED.value, "attempt": 1})
    return folder


def test_a_failed_push_is_a_warning_and_can_be_pushed_again(
    hub: FakeHub, manager: Manager, trained: JobFolder
) -> None:
    manager.secrets.given["HF_WRITE_TOKEN"] = "hf_canaryThatReads"
    manager.push(trained, "alice/voice")
    assert jobs_by_hand.ended(trained, 120)["state"] == "succeeded"
    (warning,) = [e for e in read_lines(trained.events) if e["event"] == "warning"]
    assert warning["step"] == "push"
    assert warning["cause"]["code"] == "told"
    assert "alice" in warning["cause"]["sentence"]

    manager.secrets.given["HF_WRITE_TOKEN"] = TOKEN
    manager.push(trained)
    assert jobs_by_hand.ended(trained, 120)["state"] == "succeeded"
    pushed = hub.files("alice/voice")
    assert pushed["voice.onnx"] == b"the voice"
    assert pushed["samples/01.wav"] == b"sound"
    assert b"piper" in pushed["README.md"]
    for path in trained.path.rglob("*"):
        assert not path.is_file() or b"hf_canary" not in path.read_bytes()


def test_a_push_asks_for_a_token_that_nobody_holds(
    hub: FakeHub, manager: Manager, trained: JobFolder
) -> None:
    manager.push(trained, "alice/voice")
    wait_for(lambda: manager.state(trained).get("needs") == ["HF_WRITE_TOKEN"], 60)
    wait_for(lambda: not held(trained.runner_lock))
    manager.secrets.given["HF_TOKEN"] = TOKEN
    manager.tend(trained)
    assert jobs_by_hand.ended(trained, 120)["state"] == "succeeded"
    assert "voice.onnx" in hub.files("alice/voice")
