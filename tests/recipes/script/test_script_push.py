"""Results and checkpoints of scripts go to a Hub on a real socket."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

import jobs_by_hand
from fakes.hub import FakeHub
from recipes.script.scripts import BASH, a_job, events, log, run
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, read_json, write_json
from tuneyard.runner.record import Record
from waiting import wait_for

TOKEN = "hf_canaryWritesScripts"
STEP = """
import sys
from tuneyard.recipes.script.push import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "alice", writes=True)
        for name, value in hub.env.items():
            monkeypatch.setenv(name, value)
        yield hub


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A job's ``work/`` with results, samples, and checkpoints of one file and of several."""
    files = {
        "outputs/model/weights.bin": os.urandom(100_000),
        "outputs/.half.tmp": b"half",
        "samples/script/1.png": os.urandom(1000),
        "samples/script/samples.json": b"{}",
        "work/checkpoints/step-5.pt": os.urandom(50_000),
        "work/ckpt/step-6/model.bin": os.urandom(50_000),
        "work/ckpt/step-6/state.json": b"{}",
    }
    for name, content in files.items():
        path = tmp_path / "job" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "job/work/.tuneyard").mkdir()
    describe(tmp_path / "job/work")
    return tmp_path / "job/work"


def describe(work: Path, **results: Any) -> None:
    wanted = {"repository": "alice/model", "folder": "en", "private": True, **results}
    job = {"id": "1", "name": "My\nmodel", "settings": {}, "results": wanted}
    (work / ".tuneyard/job.json").write_text(json.dumps(job))


def push(hub: FakeHub, work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return hub.python(STEP, *arguments, cwd=work, HF_WRITE_TOKEN=TOKEN)


def test_results_and_samples_are_pushed_with_a_few_words(hub: FakeHub, work: Path) -> None:
    ran = push(hub, work)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    files = hub.files("alice/model")
    record = Record.from_json(json.loads(files.pop("en/tuneyard.json")))
    assert set(files) == {"en/model/weights.bin", "en/samples/script/1.png", "en/README.md"}
    assert (record.job, record.state) == ("1", "succeeded")
    assert {own: file.path for own, file in record.files.items()} == {
        "outputs/model/weights.bin": "en/model/weights.bin",
        "samples/script/1.png": "en/samples/script/1.png",
    }
    assert files["en/README.md"].startswith(b"# My model\n")
    repository = hub.repositories["model", "alice/model"]
    assert repository.private
    assert repository.messages[-1] == "My model: the results, by Tuneyard"


def test_the_words_of_its_owner_stay(hub: FakeHub, work: Path) -> None:
    hub.add("alice/model", {"en/README.md": b"Mine."}, private=True)
    assert push(hub, work).returncode == 0
    assert hub.files("alice/model")["en/README.md"] == b"Mine."


def test_a_script_may_write_them_itself(hub: FakeHub, work: Path) -> None:
    (work.parent / "outputs/README.md").write_text("The script's.")
    assert push(hub, work).returncode == 0
    assert hub.files("alice/model")["en/README.md"] == b"The script's."


@pytest.mark.parametrize(
    ("checkpoint", "pushed"),
    [
        ("checkpoints/step-5.pt", {"en/checkpoints/step-5.pt"}),
        (
            "ckpt/step-6",
            {"en/checkpoints/ckpt/step-6/model.bin", "en/checkpoints/ckpt/step-6/state.json"},
        ),
    ],
)
def test_a_checkpoint_is_pushed_alone(
    hub: FakeHub, work: Path, checkpoint: str, pushed: set[str]
) -> None:
    ran = push(hub, work, "--checkpoint", checkpoint)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    files = hub.files("alice/model")
    record = Record.from_json(json.loads(files.pop("en/tuneyard.json")))
    assert set(files) == {file.path for file in record.checkpoint.values()} == pushed
    assert not (work / ".tuneyard/push").exists()
    assert (work / checkpoint).exists()


def test_a_checkpoint_that_is_gone_is_no_failure(hub: FakeHub, work: Path) -> None:
    ran = push(hub, work, "--checkpoint", "checkpoints/step-1.pt")
    assert (ran.returncode, ran.stdout) == (
        0,
        "checkpoints/step-1.pt is gone: a newer one took its place.\n",
    )
    assert hub.asked == []


def test_without_results_or_a_repository_nothing_is_pushed(hub: FakeHub, work: Path) -> None:
    describe(work, repository="")
    assert "names no repository" in push(hub, work).stdout
    describe(work)
    for path in ("outputs/model/weights.bin", "samples/script/1.png"):
        (work.parent / path).unlink()
    assert push(hub, work).stdout == "There are no results to push.\n"
    assert hub.asked == []


def test_what_the_hub_refuses_is_told(hub: FakeHub, work: Path) -> None:
    ran = hub.python(STEP, cwd=work, HF_WRITE_TOKEN="hf_of_nobody")
    assert ran.returncode == 1
    assert "Problem: " in ran.stdout


def test_a_job_pushes_checkpoints_while_it_runs_and_results_at_its_end(
    hub: FakeHub, manager: Manager, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    script = (
        f"{BASH}mkdir ckpt\necho weights > ckpt/1.pt\n"
        f"while [ ! -e {go} ]; do sleep 0.05; done\necho model > model.bin\n"
    )
    job = a_job(script=script, checkpoints=["ckpt/*"], outputs=["*.bin"], repository="alice/model")
    folder = started(manager, job)

    def pushed() -> bool:
        there = ("model", "alice/model") in hub.repositories
        return there and bool(hub.files("alice/model"))

    wait_for(pushed, 60, what=lambda: log(folder))
    files = hub.files("alice/model")
    record = Record.from_json(json.loads(files.pop("tuneyard.json")))
    assert files == {"checkpoints/ckpt/1.pt": b"weights\n"}
    assert (record.job, record.state) == (folder.id, "training")
    go.touch()
    assert jobs_by_hand.ended(folder, 60)["state"] == "succeeded"
    assert events(folder, "warning") == []
    files = hub.files("alice/model")
    assert files["model.bin"] == b"model\n"
    final = Record.from_json(json.loads(files["tuneyard.json"]))
    assert (final.state, set(final.files)) == ("succeeded", {"outputs/model.bin"})
    assert final.checkpoint == record.checkpoint
    for path in folder.path.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("how", ["save", "now"])
def test_what_a_stop_saves_is_pushed_and_a_stop_at_once_saves_nothing(
    hub: FakeHub, manager: Manager, how: Literal["save", "now"]
) -> None:
    script = (
        f"{BASH}mkdir ckpt\ntrap 'echo saved > ckpt/last.pt; exit 0' TERM\n"
        "echo begun\nwhile :; do sleep 0.05; done\n"
    )
    folder = started(manager, a_job(script=script, checkpoints=["ckpt/*"], repository="alice/m"))
    wait_for(lambda: folder.log.exists() and "begun" in log(folder), 60)
    manager.stop(folder, how)
    assert jobs_by_hand.ended(folder, 60)["state"] == "stopped"
    assert events(folder, "warning") == [], log(folder)
    if how == "now":
        assert hub.asked == []
        return
    files = hub.files("alice/m")
    assert files["checkpoints/ckpt/last.pt"] == b"saved\n"
    record = Record.from_json(json.loads(files["tuneyard.json"]))
    assert (record.job, set(record.checkpoint)) == (folder.id, {"work/ckpt/last.pt"})


def started(manager: Manager, job: jobs.Job) -> JobFolder:
    """With this Python in place of one that is built for pushing."""
    manager.secrets.give({"HF_TOKEN": TOKEN})
    folder = manager.create(job)
    plan = read_json(folder.plan)
    tools = json.loads(plan["files"]["work/.tuneyard/tools.json"])
    tools["named"] = sys.executable
    plan["files"]["work/.tuneyard/tools.json"] = json.dumps(tools)
    write_json(folder.plan, plan)
    manager.launch(folder)
    return folder


def test_a_repository_may_be_named_when_the_job_has_ended(hub: FakeHub, manager: Manager) -> None:
    manager.secrets.give({"HF_TOKEN": TOKEN})
    folder, _ = run(manager, a_job(script=f"{BASH}echo model > model.bin\n", outputs=["*.bin"]))
    write_json(folder.work / ".tuneyard/tools-python.json", {"python": sys.executable})
    manager.push(folder, "alice/later")
    assert jobs_by_hand.ended(folder, 60)["state"] == "succeeded"
    assert events(folder, "warning") == [], log(folder)
    assert set(hub.files("alice/later")) == {"model.bin", "README.md", "tuneyard.json"}
