"""The real trainer, from a dataset to a voice that speaks: under the runner, as users have it."""

import json
import shutil
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder, read_json, read_lines
from waiting import wait_for

pytestmark = pytest.mark.trainer

EXAMPLE = Path(__file__).parents[2] / "examples" / "first-voice"
CLIPS = 12
MINUTES = 60.0


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """The first clips of the example."""
    return a_dataset(tmp_path / "dataset")


def a_dataset(folder: Path) -> Path:
    return _dataset(folder, [""] * CLIPS)


def _dataset(folder: Path, speakers: list[str]) -> Path:
    """The example's first clips, each with its speaker's column if it has a name."""
    folder.mkdir()
    rows = (EXAMPLE / "metadata.csv").read_text(encoding="utf-8").splitlines()
    made = []
    for row, speaker in zip(rows, speakers, strict=False):
        name, text = row.split("|", 1)
        (source,) = EXAMPLE.rglob(f"{Path(name).stem}.*")
        shutil.copy(source, folder / source.name)
        made.append("|".join([source.name, *([speaker] if speaker else []), text]))
    (folder / "metadata.csv").write_text("\n".join(made) + "\n", encoding="utf-8")
    return folder


def a_job(dataset: Path, trainer_python: str, **settings: Any) -> jobs.Job:
    chosen = {
        "dataset": str(dataset),
        "quality": "tiny",
        "epochs": 2,
        "checkpoint_epochs": 1,
        "keep_last": 2,
        "batch_size": 4,
        "accelerator": "cpu",
        "sentences": ["The quick brown fox jumps over the lazy dog."],
        "trainer_python": trainer_python,
        **settings,
    }
    return jobs.build({"recipe": "piper", "name": "e2e", "settings": chosen})


def end(folder: JobFolder) -> dict[str, Any]:
    state = jobs_by_hand.ended(folder, 20 * MINUTES)
    tail = folder.log.read_bytes()[-4000:].decode(errors="replace")
    assert state["state"] in {"succeeded", "stopped"}, f"{state}\n{tail}"
    return state


def speaks(path: Path) -> bool:
    """Whether a sound file has a second of sound that is not silence."""
    with wave.open(str(path)) as file:
        samples = array("h", file.readframes(file.getnframes()))
        loudest = max(map(abs, samples), default=0)
        return len(samples) > file.getframerate() / 2 and loudest > 500


def test_a_voice_is_trained_stopped_resumed_and_speaks(
    home: Path, dataset: Path, trainer_python: str
) -> None:
    manager = Manager(home)
    folder = manager.start(a_job(dataset, trainer_python, epochs=3))
    wait_for(
        lambda: _epochs(folder) and max(_epochs(folder)) >= 1, 15 * MINUTES, "the second epoch"
    )
    manager.stop(folder, "save")
    assert end(folder)["state"] == "stopped"
    assert process.of_job(folder) == []
    saved = [e for e in read_lines(folder.events) if e["event"] == "interrupted"]
    assert len(saved) == 1
    trained = list(read_lines(folder.metrics))

    manager.resume(folder, {"batch_size": 3})
    state = end(folder)
    assert state["state"] == "succeeded"
    lines = list(read_lines(folder.metrics))
    assert lines[: len(trained)] == trained
    assert max(_epochs(folder)) == 2
    steps = [line["step"] for line in lines if "loss_g" in line]
    assert steps == sorted(steps)
    assert state["progress"]["epoch"] == state["progress"]["epochs"] == 3
    assert read_json(folder.finished("3"))["attempt"] == 1  # the data was not checked twice

    assert (folder.outputs / "voice.onnx").stat().st_size > 100_000
    config = json.loads((folder.outputs / "voice.onnx.json").read_text(encoding="utf-8"))
    assert config["audio"]["sample_rate"] == 22050
    assert config["espeak"]["voice"] == "en-us"
    assert 'library_name: "piper"' in (folder.outputs / "README.md").read_text(encoding="utf-8")
    samples = sorted(path.parent.name for path in folder.samples.rglob("01.wav"))
    assert samples[-1] == "final"
    assert samples[-3:] == ["epoch-00002", "epoch-00003", "final"]
    assert all(speaks(path) for path in folder.samples.rglob("*.wav"))
    assert not [e for e in read_lines(folder.events) if e["event"] == "warning"]


def test_two_speakers_make_one_voice_that_a_third_job_starts_from(
    home: Path, tmp_path: Path, trainer_python: str
) -> None:
    manager = Manager(home)
    dataset = _dataset(tmp_path / "two", ["ada", "bob"] * (CLIPS // 2))
    first = manager.start(a_job(dataset, trainer_python, speakers="several", epochs=1))
    assert end(first)["state"] == "succeeded"
    config = json.loads((first.outputs / "voice.onnx.json").read_text(encoding="utf-8"))
    assert config["speaker_id_map"] == {"ada": 0, "bob": 1}
    assert config["num_speakers"] == 2
    assert len(list((first.samples / "final").glob("*.wav"))) == 2

    (base, *_) = sorted((first.work / "train" / "checkpoints").glob("epoch=*.ckpt"))
    job = a_job(dataset, trainer_python, speakers="several", epochs=1, base=str(base))
    second = manager.start(job)
    assert end(second)["state"] == "succeeded"
    assert b"warmstart" in second.log.read_bytes()
    assert speaks(second.samples / "final" / "01.wav")


def test_an_epoch_that_is_already_passed_is_refused_in_words(
    home: Path, dataset: Path, trainer_python: str
) -> None:
    manager = Manager(home)
    folder = manager.start(a_job(dataset, trainer_python, epochs=1, samples_while_training=False))
    end(folder)
    (base, *_) = sorted((folder.work / "train" / "checkpoints").glob("epoch=*.ckpt"))
    job = a_job(dataset, trainer_python, base=str(base), base_use="resume", until_epoch=1)
    other = manager.start(job)
    state = jobs_by_hand.ended(other, 15 * MINUTES)
    assert state["state"] == "failed"
    assert "until_epoch" in state["cause"]["next_step"]


def test_data_that_would_spoil_the_training_ends_the_job_before_it(
    home: Path, dataset: Path, trainer_python: str
) -> None:
    (dataset / "metadata.csv").write_text("nothing.wav|Hello there.\n", encoding="utf-8")
    folder = Manager(home).start(a_job(dataset, trainer_python))
    state = jobs_by_hand.ended(folder, 15 * MINUTES)
    assert state["state"] == "failed"
    assert state["step"]["name"] in {"fetch-data", "check-data"}
    assert "nothing.wav" in folder.log.read_text(encoding="utf-8")


def _epochs(folder: JobFolder) -> list[int]:
    return [line["epoch"] for line in read_lines(folder.metrics) if "epoch" in line]
