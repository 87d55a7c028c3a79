import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from jobs_by_hand import ended, launch, make, shell
from tuneyard.runner import pack
from tuneyard.runner.folder import read_json, read_lines, write_json
from tuneyard.runner.record import Record
from tuneyard.runner.step import Stop
from waiting import wait_for

TOKEN = "hf_canaryWrites"
STEP = """
import sys
from tuneyard.recipes.piper.push import main
sys.exit(main(sys.argv[1:]))
"""
CHECKPOINT = "train/checkpoints/epoch=9-step=60.ckpt"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "alice", writes=True)
        hub.token("hf_canaryReads", "alice")
        yield hub


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A job's ``work/`` with a voice, two samples and a checkpoint."""
    files = {
        "outputs/voice.onnx": os.urandom(500_000),
        "outputs/voice.onnx.json": b'{"audio": {}}',
        "outputs/README.md": b"---\nlanguage: en\n---\n# Voice\n",
        "samples/final/01.wav": os.urandom(2_000),
        "samples/final/02.wav": os.urandom(2_000),
        "samples/final/samples.json": b"{}",
        "samples/epoch-00010/01.wav": os.urandom(2_000),
        "work/train/config.json": b'{"num_symbols": 256}',
        f"work/{CHECKPOINT}": os.urandom(700_000),
        "work/job.json": b'{"id": "1", "name": "My\\nvoice"}',
    }
    for name, content in files.items():
        path = tmp_path / "job" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    results(tmp_path / "job" / "work")
    return tmp_path / "job" / "work"


def results(work: Path, **changed: object) -> None:
    wanted = {"repository": "alice/voice", "folder": "en", "private": True, **changed}
    (work / "results.json").write_text(json.dumps(wanted))


def run(
    hub: FakeHub, work: Path, *arguments: str, token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    secrets = {"HF_WRITE_TOKEN": token} if token else {}
    return hub.python(STEP, *arguments, cwd=work, **secrets)


def test_the_voice_and_what_belongs_to_it_is_pushed(hub: FakeHub, work: Path) -> None:
    ran = run(hub, work)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    job = work.parent
    files = hub.files("alice/voice")
    record = Record.from_json(json.loads(files.pop("en/tuneyard.json")))
    assert files == {
        "en/README.md": (job / "outputs/README.md").read_bytes(),
        "en/config.json": (work / "train/config.json").read_bytes(),
        "en/samples/01.wav": (job / "samples/final/01.wav").read_bytes(),
        "en/samples/02.wav": (job / "samples/final/02.wav").read_bytes(),
        "en/voice.onnx": (job / "outputs/voice.onnx").read_bytes(),
        "en/voice.onnx.json": (job / "outputs/voice.onnx.json").read_bytes(),
    }
    repository = hub.repositories["model", "alice/voice"]
    assert repository.private
    assert repository.messages == ["initial commit", "My voice: the voice, by Tuneyard"]
    assert (record.job, record.state, dict(record.checkpoint)) == ("1", "succeeded", {})
    assert {own: file.path for own, file in record.files.items()} == {
        "outputs/README.md": "en/README.md",
        "outputs/voice.onnx": "en/voice.onnx",
        "outputs/voice.onnx.json": "en/voice.onnx.json",
        "samples/final/01.wav": "en/samples/01.wav",
        "samples/final/02.wav": "en/samples/02.wav",
    }


def test_without_a_folder_it_lies_at_the_top_and_public_if_wished(hub: FakeHub, work: Path) -> None:
    results(work, folder="", private=False)

    assert run(hub, work).returncode == 0

    assert "voice.onnx" in hub.files("alice/voice")
    assert not hub.repositories["model", "alice/voice"].private


def test_again_it_pushes_nothing(hub: FakeHub, work: Path) -> None:
    run(hub, work)
    commits = len(hub.repositories["model", "alice/voice"].commits)

    ran = run(hub, work)

    assert ran.returncode == 0
    assert "Nothing new" in ran.stdout
    assert len(hub.repositories["model", "alice/voice"].commits) == commits


def test_a_checkpoint_is_pushed_alone(hub: FakeHub, work: Path) -> None:
    ran = run(hub, work, "--checkpoint", CHECKPOINT)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    content = (work / CHECKPOINT).read_bytes()
    files = hub.files("alice/voice")
    record = Record.from_json(json.loads(files.pop("en/tuneyard.json")))
    assert files == {"en/checkpoints/epoch=9-step=60.ckpt": content}
    assert list(record.checkpoint) == [f"work/{CHECKPOINT}"]
    messages = hub.repositories["model", "alice/voice"].messages
    assert messages == ["initial commit", "My voice: epoch=9-step=60, by Tuneyard"]


def test_a_checkpoint_that_was_replaced_meanwhile_is_no_failure(hub: FakeHub, work: Path) -> None:
    ran = run(hub, work, "--checkpoint", "train/checkpoints/epoch=1-step=6.ckpt")

    assert ran.returncode == 0
    assert ran.stdout == "epoch=1-step=6.ckpt is gone: a newer one took its place.\n"
    assert hub.asked == []


def test_a_stop_pushes_what_it_saves_in_the_middle_of_an_epoch(hub: FakeHub, home: Path) -> None:
    checkpoint = "train/checkpoints/epoch=4-step=57-interrupted.ckpt"
    saved = {"event": "checkpoint", "path": checkpoint, "epoch": 4, "step": 57}
    end = {"event": "interrupted", "path": checkpoint, "epoch": 4, "step": 57}
    wanted = {"repository": "alice/voice", "folder": "", "private": True}
    texts: dict[str, Any] = {
        "job.json": {"id": "of-a-voice", "name": "voice"},
        "results.json": wanted,
        "trainer.json": {"python": sys.executable},
    }
    said = [{**saved, "epochs_trained": 4, "interrupted": True}, end]
    script = (
        "save() { printf weights > $CHECKPOINT; cat said >> train/events.jsonl; exit 143; }\n"
        "mkdir -p train/checkpoints; trap save TERM; touch begun; while :; do sleep 0.05; done"
    )
    folder = make(
        home,
        [shell("train", script, env={"CHECKPOINT": checkpoint}, stop=Stop(grace=30))],
        module="tuneyard.recipes.piper.steps",
        events="work/train/events.jsonl",
        files={
            "work/said": "".join(f"{json.dumps(line)}\n" for line in said),
            **{f"work/{name}": json.dumps(text) for name, text in texts.items()},
        },
    )
    pack.pack(folder.runner, "tuneyard.recipes.piper")
    job = read_json(folder.job)
    write_json(folder.job, {**job, "settings": {"samples_while_training": True}, "results": wanted})
    launch(folder, {**hub.env, "HF_WRITE_TOKEN": TOKEN})
    wait_for((folder.work / "begun").exists)

    folder.stop.write_text("save")

    assert ended(folder, 60)["state"] == "stopped"
    happened = [line["event"] for line in read_lines(folder.events)]
    assert "warning" not in happened, folder.log.read_text()
    assert happened.count("checkpoint") == 1, happened
    files = hub.files("alice/voice")
    record = Record.from_json(json.loads(files.pop("tuneyard.json")))
    assert files == {"checkpoints/epoch=4-step=57-interrupted.ckpt": b"weights"}
    assert (record.job, list(record.checkpoint)) == ("of-a-voice", [f"work/{checkpoint}"])
    assert [path.stem for path in folder.path.glob("steps/side-*.json")] == [
        "side-push-epoch-00004-step-57"
    ]


def test_without_a_repository_nothing_is_pushed(hub: FakeHub, work: Path) -> None:
    results(work, repository="")

    ran = run(hub, work, token="")

    assert ran.returncode == 0
    assert ran.stdout == "Nothing is pushed: the job names no repository.\n"
    assert hub.asked == []


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("", "This needs a token that may write to the model alice/voice, and there is none."),
        ("hf_canaryUnknown", "The Hub doesn't know this token"),
        ("hf_canaryReads", "This token may not write to the model alice/voice."),
    ],
)
def test_a_refusal_is_told_in_words(hub: FakeHub, work: Path, token: str, sentence: str) -> None:
    ran = run(hub, work, token=token)

    assert ran.returncode == 1
    assert f"Problem: {sentence}" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("Next step: ")
    assert ran.stderr == ""


def test_a_voice_that_is_missing_is_told_in_words(hub: FakeHub, work: Path) -> None:
    (work.parent / "outputs" / "voice.onnx").unlink()

    ran = run(hub, work)

    assert ran.returncode == 1
    assert "Problem: There is no voice to push" in ran.stdout


def test_a_token_is_in_no_line_and_no_file(hub: FakeHub, work: Path) -> None:
    hub.cut("PUT /large/", 1_000)
    hub.fail("/preupload/", 500)

    ran = run(hub, work)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "hf_canary" not in ran.stdout + ran.stderr
    files = [path for path in work.parent.rglob("*") if path.is_file()]
    assert not [path for path in files if b"hf_canary" in path.read_bytes()]
