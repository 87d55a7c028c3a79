"""Pushes of a job: what they say of it, and how they fare beside a training that goes on."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import WRITES, Ran
from tuneyard.recipes.hub import pushed
from tuneyard.runner.record import Record, Stored

PUSH = """
import json, sys
from pathlib import Path
from tuneyard.recipes import hub
kind, results, *paths = sys.argv[1:]
job = {"id": "20261122-120000-voice", "name": "My\\nvoice"}
files = {Path(path).name: Path(path) for path in paths}
try:
    if kind == "results":
        hub.push_results(job, json.loads(results), files, "the voice")
    else:
        print("there", hub.push_checkpoint(job, json.loads(results), files, "a checkpoint"))
except hub.HubError as error:
    sys.exit(f"code {error.problem.code}")
"""
CHECKPOINT = "train/last.ckpt"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    files = {
        "work/train/last.ckpt": os.urandom(30_000),
        "work/train/config.json": b"{}",
        "outputs/voice.onnx": os.urandom(20_000),
    }
    for name, content in files.items():
        path = tmp_path / "job" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "job/work"


def push(there: FakeHub, work: Path, kind: str, *paths: str, **changed: object) -> Ran:
    wanted = {"repository": "alice/voice", "folder": "/en/", "private": True, **changed}
    return there.python(PUSH, kind, json.dumps(wanted), *paths, cwd=work, HF_WRITE_TOKEN=WRITES)


def stored(path: Path, place: str) -> Stored:
    content = path.read_bytes()
    return Stored(place, len(content), hashlib.sha256(content).hexdigest())


def record(
    there: FakeHub, repository: str = "alice/voice", name: str = "en/tuneyard.json"
) -> Record:
    return Record.from_json(json.loads(there.files(repository)[name]))


def test_a_checkpoint_is_pushed_with_its_record_in_one_commit(there: FakeHub, work: Path) -> None:
    ran = push(there, work, "checkpoint", CHECKPOINT)

    assert "there True" in ran.stdout, ran.stdout + ran.stderr
    place = stored(work / CHECKPOINT, "en/last.ckpt")
    checkpoint = {"work/train/last.ckpt": place}
    assert record(there) == Record("20261122-120000-voice", "training", {}, checkpoint)
    assert len(there.requests("/commit/")) == 1
    assert there.repositories["model", "alice/voice"].messages[-1] == (
        "My voice: a checkpoint, by Tuneyard"
    )


def test_results_are_recorded_with_the_checkpoint_that_was_pushed_last(
    there: FakeHub, work: Path
) -> None:
    push(there, work, "checkpoint", CHECKPOINT)
    there.asked.clear()

    ran = push(there, work, "results", "../outputs/voice.onnx", "train/config.json")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = record(there)
    assert found.state == "succeeded"
    voice = stored(work.parent / "outputs/voice.onnx", "en/voice.onnx")
    assert found.files == {"outputs/voice.onnx": voice}  # no result: the training's own settings
    assert found.checkpoint == {"work/train/last.ckpt": stored(work / CHECKPOINT, "en/last.ckpt")}
    assert set(there.files("alice/voice")) == {
        "en/config.json",
        "en/last.ckpt",
        "en/tuneyard.json",
        "en/voice.onnx",
    }
    assert len(there.requests("/commit/")) == 1


def test_another_repository_has_no_such_checkpoint(there: FakeHub, work: Path) -> None:
    push(there, work, "checkpoint", CHECKPOINT)

    push(there, work, "results", "../outputs/voice.onnx", repository="alice/other")
    push(there, work, "results", "../outputs/voice.onnx", folder="fr")

    assert record(there, "alice/other").checkpoint == {}
    assert record(there, name="fr/tuneyard.json").checkpoint == {}
    assert record(there).state == "training"


def test_a_later_checkpoint_takes_the_place_of_the_one_before(there: FakeHub, work: Path) -> None:
    push(there, work, "results", "../outputs/voice.onnx")
    (work / "train/later.ckpt").write_bytes(b"later")

    push(there, work, "checkpoint", CHECKPOINT)
    push(there, work, "checkpoint", "train/later.ckpt")

    later = {"work/train/later.ckpt": stored(work / "train/later.ckpt", "en/later.ckpt")}
    assert record(there) == Record("20261122-120000-voice", "training", {}, later)


def test_a_push_that_failed_is_not_remembered(there: FakeHub, work: Path) -> None:
    there.fail("/commit/", 403, times=9, X_Error_Message="Private storage limit reached")
    assert push(there, work, "checkpoint", CHECKPOINT).stderr == "code hub-quota\n"
    there.faults.clear()

    push(there, work, "results", "../outputs/voice.onnx")

    assert record(there).checkpoint == {}
    assert set(there.files("alice/voice")) == {"en/tuneyard.json", "en/voice.onnx"}


def test_the_same_again_sends_nothing(there: FakeHub, work: Path) -> None:
    push(there, work, "checkpoint", CHECKPOINT)
    there.asked.clear()

    ran = push(there, work, "checkpoint", CHECKPOINT)

    assert "Nothing new" in ran.stdout
    assert not there.requests("/commit/")


def test_a_checkpoint_that_is_gone_is_not_pushed(there: FakeHub, work: Path) -> None:
    ran = push(there, work, "checkpoint", CHECKPOINT, "train/gone.ckpt")
    assert (ran.returncode, ran.stdout) == (0, "there False\n")
    assert push(there, work, "checkpoint").stdout == "there False\n"
    assert there.asked == []
    assert list((work / ".tuneyard").iterdir()) == []


def test_a_checkpoint_that_training_deletes_is_held_while_it_is_sent(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    content = Path(CHECKPOINT).read_bytes()

    with pushed._held({"last.ckpt": Path(CHECKPOINT)}) as held:
        Path(CHECKPOINT).unlink()
        assert held["last.ckpt"].read_bytes() == content

    assert list(Path(".tuneyard").iterdir()) == []


def test_a_push_that_was_killed_is_no_obstacle(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    Path(".tuneyard/push/train").mkdir(parents=True)
    Path(".tuneyard/push", CHECKPOINT).write_bytes(b"of before")

    with pushed._held({"last.ckpt": Path(CHECKPOINT)}) as held:
        assert held["last.ckpt"].read_bytes() == Path(CHECKPOINT).read_bytes()


def test_a_file_system_without_links_pushes_all_the_same(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError

    monkeypatch.chdir(work)
    monkeypatch.setattr(os, "link", refuse)

    with pushed._held({"last.ckpt": Path(CHECKPOINT)}) as held:
        assert held == {"last.ckpt": Path(CHECKPOINT)}

    assert Path(CHECKPOINT).exists()
