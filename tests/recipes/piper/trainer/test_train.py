"""The real training, as short as it gets: a tiny net, a few clips, one or two epochs."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.trainer


def warm_base(path: Path, use: str = "warm-start") -> dict[str, Any]:
    return {"path": str(path), "epoch": 2, "use": use}


def test_two_epochs(trained: Any) -> None:
    kinds = [event["event"] for event in trained.events]
    epoch = ["step", "step", "val", "checkpoint"]
    assert kinds == ["start", *epoch, *epoch, "end"]
    start, *_, end = trained.events
    assert {name: start[name] for name in ("epoch", "step", "steps", "epochs", "batches")} == {
        "epoch": 0,
        "step": 0,
        "steps": 4,
        "epochs": 2,
        "batches": 2,
    }
    assert (end["epoch"], end["step"], end["reason"]) == (1, 4, "epochs")
    steps = trained.events_of("step")
    assert [(step["epoch"], step["step"]) for step in steps] == [(0, 1), (0, 2), (1, 3), (1, 4)]
    assert all({"loss_g", "loss_d", "train_mel"} <= step.keys() for step in steps)
    assert all("val_mel" in val for val in trained.events_of("val"))


def test_each_checkpoint_is_there_and_has_its_size(trained: Any) -> None:
    for event in trained.events_of("checkpoint"):
        assert (trained.work / event["path"]).stat().st_size == event["bytes"]
    assert trained.checkpoints == ["epoch=0-step=2.ckpt", "epoch=1-step=4.ckpt"]


def test_piper_reads_what_it_was_told(trained: Any) -> None:
    config = json.loads((trained.work / "train" / "config.json").read_text())
    assert config["espeak"]["voice"] == "en-us"
    assert config["audio"]["sample_rate"] == 22050
    assert list((trained.work / "train").rglob("events.out.tfevents.*"))


def test_a_stop_in_an_epoch_leaves_a_checkpoint_and_resumes_to_the_end(
    make_job: Callable[..., Any],
) -> None:
    job = make_job(clips=9, batch_size=2, epochs=2, keep_last=1)
    process = job.start("train")
    code = job.signal_when(process, lambda: job.events_of("step"), signal.SIGTERM)
    assert code == 143, job.log
    (left,) = job.events_of("checkpoint")
    assert left["interrupted"]
    assert left["epochs_trained"] == 0
    assert job.events[-1]["event"] == "interrupted"
    assert job.events[-1]["path"] == left["path"] == f"train/checkpoints/{job.checkpoints[0]}"

    assert job.run("train") == 0, job.log
    start = job.events_of("start")[1]
    assert start["resumed"] == left["path"]
    assert (start["step"], start["steps"]) == (left["step"], 8)
    assert [step["step"] for step in job.events_of("step")] == list(range(1, 9))
    assert job.checkpoints == ["epoch=1-step=8.ckpt"]
    assert job.events[-1]["reason"] == "epochs"


def test_a_stop_before_the_first_batch_claims_nothing(make_job: Callable[..., Any]) -> None:
    job = make_job(epochs=1)
    process = job.start("train")
    cached = job.work / "cache"
    code = job.signal_when(process, lambda: len(list(cached.glob("*.pt"))) > 1, signal.SIGTERM)
    assert code == 143, job.log
    assert [event["event"] for event in job.events] == ["interrupted"]
    assert job.events[0]["path"] is None


def test_a_kill_while_caching_spoils_no_later_attempt(make_job: Callable[..., Any]) -> None:
    job = make_job(clips=6, epochs=1)
    process = job.start("train")
    cached = job.work / "cache"
    job.signal_when(process, lambda: len(list(cached.glob("*.pt"))) > 3, signal.SIGKILL)
    spoilt = min(cached.glob("*.pt"))
    os.truncate(spoilt, 100)  # as a kill in the middle of torch.save leaves it
    assert job.run("train") == 0, job.log
    assert "its files are made again" in job.log


def test_a_finished_training_is_not_done_twice(trained: Any) -> None:
    before = trained.events
    assert trained.run("train") == 0
    assert "already has its 2 epochs" in trained.log
    assert trained.events == before


def test_nothing_to_train_is_never_a_success(make_job: Callable[..., Any], newest: Path) -> None:
    job = make_job(until_epoch=2, base=warm_base(newest, "resume"))
    assert job.run("train") == 64
    assert "There is nothing to train: the checkpoint already has 2 epochs" in job.log
    assert job.events == []


def test_two_speakers_from_a_base_of_one(make_job: Callable[..., Any], newest: Path) -> None:
    job = make_job(
        epochs=1, speakers="several", names=("anna", "ben"), base=warm_base(newest), workers=0
    )
    assert job.run("train") == 0, job.log
    assert job.events_of("start")[0]["epoch"] == 0
    assert "[warmstart] Copied 694 parameters" in job.log
    config = json.loads((job.work / "train" / "config.json").read_text())
    assert config["speaker_id_map"] == {"anna": 0, "ben": 1}

    assert job.run("export") == 0, job.log
    assert job.run("speak") == 0, job.log
    listing = json.loads((job.folder / "samples" / "final" / "samples.json").read_text())
    assert [sample["speaker"] for sample in listing["samples"]] == ["anna", "ben"]


def test_a_warm_start_from_another_net_is_refused(
    make_job: Callable[..., Any], newest: Path
) -> None:
    job = make_job(clips=2, epochs=1, quality="x-low", sample_rate=22050, base=warm_base(newest))
    assert job.run("train") == 65, job.log
    assert "The base doesn't fit this voice" in job.log


def test_resuming_takes_the_new_settings_and_steps_over_a_damaged_checkpoint(
    make_job: Callable[..., Any], newest: Path, in_trainer: Callable[..., str]
) -> None:
    job = make_job(epochs=3, batch_size=6, learning_rate=1e-5, validation_split=0.0)
    job.put_checkpoint(newest, "epoch=1-step=4.ckpt")
    damaged = job.work / "train" / "checkpoints" / "epoch=2-step=6.ckpt"
    with newest.open("rb") as file:
        damaged.write_bytes(file.read(100_000))
    assert job.run("train") == 0, job.log
    assert "epoch=2-step=6.ckpt is damaged" in job.log
    (start,) = job.events_of("start")
    assert (start["epoch"], start["step"], start["batches"]) == (2, 4, 2)
    assert "epoch=2-step=6.ckpt.damaged" in job.checkpoints
    assert not job.events_of("val")
    rates = in_trainer(
        "import json, sys, torch\n"
        "loaded = torch.load(sys.argv[1], weights_only=True, mmap=True)\n"
        "print(json.dumps([s['param_groups'][0]['lr'] for s in loaded['optimizer_states']]))",
        damaged,
    )
    assert json.loads(rates) == pytest.approx([1e-5, 1e-4])


def test_the_most_hours_end_it_with_a_checkpoint(make_job: Callable[..., Any]) -> None:
    job = make_job(clips=4, batch_size=1, epochs=1, max_hours=1e-9, validation_split=0.0)
    assert job.run("train") == 0, job.log
    assert job.checkpoints == ["epoch=0-step=1-interrupted.ckpt"]
    assert job.events[-1]["reason"] == "max_hours"
