import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.trainer


@pytest.fixture(scope="module")
def exported(trained: Any) -> Path:
    assert trained.run("export") == 0, trained.log
    return Path(trained.folder / "outputs")


def test_the_newest_checkpoint_becomes_the_voice(trained: Any, exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == ["voice.onnx", "voice.onnx.json"]
    assert "Exported train/checkpoints/epoch=1-step=4.ckpt" in trained.log
    config = json.loads((exported / "voice.onnx.json").read_text())
    assert config["audio"] == {"sample_rate": 22050, "quality": "tiny"}
    assert config["dataset"] == "test"


def test_the_voice_speaks(trained: Any, exported: Path) -> None:
    assert exported.exists()
    assert trained.run("speak", "--out", "../samples/final") == 0, trained.log
    samples = trained.folder / "samples" / "final"
    (sample,) = json.loads((samples / "samples.json").read_text())["samples"]
    assert sample["text"] == "The kettle is on."
    assert not sample["silent"]
    assert sample["rms"] > 0.01
    assert (samples / sample["file"]).stat().st_size > 2000


def test_spoken_again_replaces_the_folder(trained: Any, exported: Path) -> None:
    assert exported.exists()
    samples = trained.folder / "samples" / "again"
    samples.mkdir(parents=True)
    (samples / "07.wav").touch()
    assert trained.run("speak", "--out", "../samples/again") == 0, trained.log
    assert sorted(path.name for path in samples.iterdir()) == ["01.wav", "samples.json"]
    assert [path for path in samples.parent.iterdir() if path.name.startswith(".")] == []


def test_without_a_checkpoint_it_says_so(make_job: Callable[..., Any]) -> None:
    job = make_job()
    (job.work / "train").mkdir()
    (job.work / "train" / "config.json").write_text("{}")
    assert job.run("export") == 1
    assert "There is no checkpoint to export yet." in job.log


def test_without_a_voice_speaking_says_so(make_job: Callable[..., Any]) -> None:
    job = make_job()
    assert job.run("speak") == 1
    assert "There is no voice at ../outputs/voice.onnx yet." in job.log


def test_a_voice_that_cannot_be_heard_is_a_failure(
    trained: Any, exported: Path, in_trainer: Callable[..., str]
) -> None:
    silent = exported.parent / "silent" / "voice.onnx"
    silent.parent.mkdir()
    in_trainer(
        "import sys, onnx\n"
        "from onnx import helper, numpy_helper\n"
        "model = onnx.load(sys.argv[1])\n"
        "graph = model.graph\n"
        "last = graph.output[0].name\n"
        "for node in graph.node:\n"
        "    node.output[:] = ['loud' if name == last else name for name in node.output]\n"
        "graph.initializer.append(helper.make_tensor('zero', 1, [], [0.0]))\n"
        "graph.node.append(helper.make_node('Mul', ['loud', 'zero'], [last]))\n"
        "onnx.save(model, sys.argv[2])",
        exported / "voice.onnx",
        silent,
    )
    Path(f"{silent}.json").write_bytes((exported / "voice.onnx.json").read_bytes())
    code = trained.run("speak", "--voice", str(silent), "--out", "../samples/silent")
    assert code == 1, trained.log
    assert "Not one of the samples can be heard" in trained.log


def test_a_preview_of_a_checkpoint(trained: Any) -> None:
    for _ in range(2):  # safe to repeat
        assert trained.run("preview", "train/checkpoints/epoch=0-step=2.ckpt") == 0, trained.log
    samples = trained.folder / "samples" / "epoch-00001"
    listing = json.loads((samples / "samples.json").read_text())
    assert listing["checkpoint"] == "train/checkpoints/epoch=0-step=2.ckpt"
    assert (listing["epoch"], listing["step"]) == (0, 2)
    assert len(listing["samples"]) == 1
    assert not (trained.work / "train" / "preview").exists()


def test_a_preview_of_a_checkpoint_that_is_gone(trained: Any) -> None:
    assert trained.run("preview", "train/checkpoints/epoch=7-step=80.ckpt") == 0
    assert "epoch=7-step=80.ckpt has been replaced by newer checkpoints" in trained.log
