"""A script with files of this computer's, in a pod that is rehearsed here."""

import json
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from rented import Rented, events
from tuneyard.jobs.job import build
from tuneyard.runner.folder import read_lines

TRAIN = """
import json, os, sys
from parts import NAME

os.makedirs("ckpt")
for step in range(1, 4):
    sys.stderr.write(f"\\r{step}/3 loss: {1 / step:.2f}")
    print(f"step {step}/3 loss: {1 / step:.2f}")
    open(f"ckpt/{step}.pt", "w").write("x" * step)
known = {name: value for name, value in os.environ.items() if "TOKEN" in name or "KEY" in name}
print("given", json.dumps(known))
open("model.bin", "w").write(NAME + os.environ["SIZE"])
"""


def test_it_takes_its_files_along_and_brings_its_results_home(
    rented: Rented, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_READ_TOKEN", "hf_canaryThatTravels")
    code = tmp_path / "code"
    code.mkdir()
    (code / "train.py").write_text(TRAIN)
    (code / "parts.py").write_text("NAME = 'model of size '\n")
    settings = {
        "source": "folder",
        "files": str(code),
        "environment": {"SIZE": 7},
        "secrets": ["HF_DATASET_TOKEN=HF_READ_TOKEN"],
        "outputs": ["*.bin"],
        "checkpoints": ["ckpt/*.pt"],
    }
    job = {"recipe": "script", "name": "far", "settings": settings, "compute": {"name": "runpod"}}
    folder = rented.manager.start(build(job))
    state = rented.ended(folder)
    assert state["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "model.bin").read_text() == "model of size 7"
    assert [line["loss"] for line in read_lines(folder.metrics)] == [1.0, 0.5, 0.33]
    assert {event["path"] for event in events(folder, "checkpoint")} == {
        "ckpt/1.pt",
        "ckpt/2.pt",
        "ckpt/3.pt",
    }
    said = folder.log.read_text()
    (given,) = (line for line in said.splitlines() if line.startswith("given"))
    assert json.loads(given.removeprefix("given ")) == {"HF_DATASET_TOKEN": "*" * 20}


def test_what_came_home_can_be_pushed_from_here(
    rented: Rented, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = rented.start('echo voice > "$TUNEYARD_OUTPUTS/voice.txt"')
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    with FakeHub(tmp_path / "hub") as hub:
        hub.token("hf_writes0123456789", "me", writes=True)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_WRITE_TOKEN", "hf_writes0123456789")
        rented.manager.push(folder, "me/voice")
        state = rented.ended(folder, 120)
    assert state["state"] == "succeeded", rented.story(folder)
    assert [event["cause"] for event in events(folder, "warning")] == [], rented.story(folder)
    assert hub.files("me/voice")["voice.txt"] == b"voice\n"
    assert len(rented.practice.world.ended) == 1, "no pod was rented for it"
