import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from tuneyard.runner.record import NAME, Record

TOKEN = "hf_canaryWrites"
STEP = """
import sys
from tuneyard.recipes.diffusion_pipe.finish.push import main
sys.exit(main(sys.argv[1:]))
"""
SAVED = "outputs/cat-epoch5.safetensors"
CHECKPOINT = "train/runs/20261122_10-00-00/global_step40"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "alice", writes=True)
        yield hub


@pytest.fixture
def work(tmp_path: Path) -> Path:
    files = {
        SAVED: os.urandom(50_000),
        "outputs/adapter.safetensors": os.urandom(50_000),
        "outputs/README.md": b"# cat\n",
        f"work/{CHECKPOINT}/layer_00-model_states.pt": os.urandom(3_000),
        f"work/{CHECKPOINT}/mp_rank_00_model_states.pt": os.urandom(3_000),
        "work/job.json": json.dumps({"format": 1, "id": "job-1", "name": "My\ncat"}).encode(),
    }
    for name, content in files.items():
        path = tmp_path / "job" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    to(tmp_path / "job" / "work", "alice/cat")
    return tmp_path / "job" / "work"


def to(work: Path, repository: str) -> None:
    results = {"format": 1, "repository": repository, "folder": "lora", "private": True}
    (work / "results.json").write_text(json.dumps(results))


def push(hub: FakeHub, work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ran = hub.python(STEP, *arguments, cwd=work, HF_WRITE_TOKEN=TOKEN)
    assert TOKEN not in ran.stdout + ran.stderr
    return ran


def record(hub: FakeHub) -> Record:
    return Record.from_json(json.loads(hub.files("alice/cat")[f"lora/{NAME}"]))


def test_what_was_saved_goes_where_the_results_go(hub: FakeHub, work: Path) -> None:
    ran = push(hub, work, "--saved", f"../{SAVED}")
    assert ran.returncode == 0, ran.stdout
    assert set(hub.files("alice/cat")) == {"lora/cat-epoch5.safetensors"}
    hub.asked.clear()
    ran = push(hub, work)
    assert ran.returncode == 0, ran.stdout
    assert set(hub.files("alice/cat")) == {
        "lora/cat-epoch5.safetensors",
        "lora/adapter.safetensors",
        "lora/README.md",
        f"lora/{NAME}",
    }
    assert "lora/cat-epoch5.safetensors" not in ran.stdout  # not sent once more
    assert SAVED in record(hub).files


def test_a_checkpoint_is_told_as_what_another_pod_goes_on_from(hub: FakeHub, work: Path) -> None:
    ran = push(hub, work, "--checkpoint", CHECKPOINT)
    assert ran.returncode == 0, ran.stdout
    names = {path.name for path in (work / CHECKPOINT).iterdir()}
    assert record(hub).checkpoint.keys() == {f"work/{CHECKPOINT}/{name}" for name in names}
    push(hub, work, "--saved", f"../{SAVED}")
    assert record(hub).checkpoint  # a LoRA is none to go on from
    place = "lora/checkpoints/20261122_10-00-00/global_step40/layer_00-model_states.pt"
    assert place in hub.files("alice/cat")


def test_a_checkpoint_that_is_gone_is_no_failure(hub: FakeHub, work: Path) -> None:
    ran = push(hub, work, "--checkpoint", "train/runs/x/global_step1")
    assert ran.returncode == 0
    assert "global_step1 is gone" in ran.stdout


def test_without_a_model_there_is_nothing_to_push(hub: FakeHub, work: Path) -> None:
    for path in (work.parent / "outputs").glob("*.safetensors"):
        path.unlink()
    ran = push(hub, work)
    assert ran.returncode == 1
    assert "There is nothing to push" in ran.stdout


def test_without_a_repository_nothing_is_pushed(hub: FakeHub, work: Path) -> None:
    to(work, "")
    ran = push(hub, work)
    assert ran.returncode == 0
    assert "Nothing is pushed" in ran.stdout
    assert hub.asked == []
