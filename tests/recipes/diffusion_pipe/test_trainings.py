"""Whole trainings with the scripted trainer, under the real runner."""

import os
import re
from pathlib import Path

import pytest

from fakes.diffusion_pipe import making
from recipes.diffusion_pipe.trainings import LONG, Make
from tuneyard.runner.folder import read_json


def test_a_training_runs_to_its_end(lora: Make) -> None:
    job = lora()
    state = job.run()
    assert state["state"] == "succeeded", job.log()[-3000:]
    steps = job.metrics()
    assert [line["step"] for line in steps] == list(range(1, 25))
    assert [line["epoch"] for line in steps] == [1] * 8 + [2] * 8 + [3] * 8
    for line in steps:
        assert line["lr"] == pytest.approx(job.settings["learning_rate"])
        assert line["samples_per_second"] > 0
    assert job.progress()["steps"] == 24
    assert job.progress()["epochs"] == 3
    assert [event["name"] for event in job.events("saved")] == ["epoch1", "epoch2", "epoch3"]
    assert [event["step"] for event in job.events("saved")] == [8, 16, 24]
    assert [event["step"] for event in job.events("checkpoint")] == [24]
    (end,) = job.events("end")
    assert (end["reason"], end["step"]) == ("epochs", 24)
    assert job.outputs() == {
        "First-LoRA-epoch1.safetensors": "weights of epoch1",
        "First-LoRA-epoch2.safetensors": "weights of epoch2",
        "First-LoRA-epoch3.safetensors": "weights of epoch3",
        "adapter.safetensors": "weights of epoch3",
    }
    assert "Traceback" not in job.log()
    assert "Detected VISIBLE_DEVICES" not in job.log()


def test_evaluations_checkpoints_and_other_figures_are_followed(lora: Make, tmp_path: Path) -> None:
    cats = {"name": "cats", "path": str(making.pictures(tmp_path / "cats", 2))}
    dogs = {"name": "dogs", "path": str(making.pictures(tmp_path / "dogs", 3))}
    job = lora(
        settings={
            "evaluation": [cats, dogs],
            "eval_every_n_epochs": 1,
            "save_every_n_steps": 5,
            "checkpoint_every_n_epochs": 1,
            "x_axis_examples": True,
            "gradient_accumulation_steps": 2,
        },
        steps_per_epoch=4,
    )
    job.steer(step_seconds=0.15)
    assert job.run()["state"] == "succeeded", job.log()[-3000:]
    found = [line for line in job.evaluations() if "eval/cats/loss" in line]
    assert [line["step"] for line in found] == [0, 4, 8, 12]
    assert all(0 < line["eval/cats/loss"] < 3 for line in found)
    epochs = [line for line in job.evaluations() if "epoch_loss" in line]
    assert [(line["epoch"], line["step"]) for line in epochs] == [(1, 4), (2, 8), (3, 12)]
    names = {name for line in job.evaluations() for name in line}
    assert names == {"t", "step", "epoch", "epoch_loss", "eval/cats/loss", "eval/dogs/loss"}
    checkpoints = job.events("checkpoint")
    assert [(event["step"], event["epoch"]) for event in checkpoints] == [(4, 1), (8, 2), (12, 3)]
    there = [(job.folder.work / event["path"]).is_dir() for event in checkpoints]
    assert there == [False, True, True]  # as `keep_last` is
    removed = f"Removed {checkpoints[0]['path']} (0.0 MB): the newest 2 checkpoints are kept."
    assert removed in job.log()
    saved = {event["name"]: event["step"] for event in job.events("saved")}
    assert saved == {"epoch1": 4, "step5": 5, "epoch2": 8, "step10": 10, "epoch3": 12}
    assert all((job.folder.work / event["file"]).is_file() for event in job.events("saved"))


def test_the_end_is_learnt_from_the_first_epoch_where_nobody_counted(lora: Make) -> None:
    job = lora(steps_per_epoch=None)
    assert job.run()["state"] == "succeeded"
    assert job.progress()["steps"] == 24


def test_what_is_prepared_is_told_once_and_never_again(lora: Make) -> None:
    job = lora(**LONG)
    job.steer(cache_seconds=0.3)
    job.start()
    told = job.until(lambda: job.progress().get("caching"))
    assert set(told) == {"what", "where", "done", "of"}
    assert (told["what"], told["where"]) == ("latents", "train")
    assert 0 <= told["done"] <= told["of"] == 40
    assert job.stop("save")["state"] == "stopped"
    assert job.events("interrupted")[0]["path"] is None
    assert "stopped before it had a checkpoint" in job.log()
    assert not (job.folder.work / "train/runs").joinpath("latest").exists()
    job.steer()
    assert job.resume()["state"] == "succeeded"
    assert job.progress()["caching"] is None


def test_a_checkpoint_is_left_now_and_the_training_goes_on(lora: Make) -> None:
    job = lora(**LONG)
    job.steer(step_seconds=0.3, slow_from=3)
    job.start()
    job.until_step(2)
    (job.folder.work / "train/save").touch()
    job.until(lambda: job.events("checkpoint"))
    assert not (job.folder.work / "train/save").exists()
    assert not job.outputs()  # the trainer saves no model then
    job.steer()
    assert job.ended()["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))


def test_it_trains_on_the_gpus_that_the_runner_gave_and_meets_at_its_own_port(lora: Make) -> None:
    job = lora(settings={"gpus": 2, "pipeline_stages": 2})
    (job.place / "home/gpus").mkdir(parents=True)
    job.environment["TUNEYARD_GPUS"] = "gpu-a,gpu-b,gpu-c"
    job.environment["CUDA_VISIBLE_DEVICES"] = "7"
    job.environment["PYTHONPATH"] = str(job.place / "vendor/submodules/ComfyUI")
    assert job.run()["state"] == "succeeded", job.log()[-3000:]
    said = job.log()
    assert "Setting CUDA_VISIBLE_DEVICES=0,1" in said
    assert "num_local_procs=2" in said
    assert "Detected VISIBLE_DEVICES" not in said
    assert "'--master_port', '29500'" not in said
    assert "'--master_port', '29" in said


def test_cards_without_links_are_told_so(lora: Make) -> None:
    job = lora(settings={"nccl": "off", "expandable_segments": True})
    assert job.run()["state"] == "succeeded"
    assert "0 NCCL_P2P_DISABLE=1" in job.log()
    assert "0 NCCL_IB_DISABLE=1" in job.log()


def test_two_jobs_train_at_once_on_their_own_gpus(lora: Make) -> None:
    jobs = [lora(id=f"20261122-12000{n}-lora-{os.getpid()}", **LONG) for n in (1, 2)]
    for job in jobs:
        job.steer(hang_at=2)
        job.start()
    for job in jobs:
        job.until_step(1)
    assert {read_json(job.folder.state)["state"] for job in jobs} == {"training"}
    job.steer()  # both: they are steered by one file
    for job in jobs:
        assert job.ended()["state"] == "succeeded", job.log()[-3000:]
        assert [line["step"] for line in job.metrics()] == list(range(1, 41))
    devices = {line for job in jobs for line in job.log().splitlines() if "Setting CUDA" in line}
    assert len({line.partition("CUDA_VISIBLE_DEVICES=")[2] for line in devices}) == 2
    # The second one has its cache elsewhere: two trainers must not write into one.
    assert sum("is being used by another job" in job.log() for job in jobs) == 1


def test_another_port_is_tried_where_one_was_taken_meanwhile(lora: Make) -> None:
    job = lora()
    job.steer(port_taken=2)
    assert job.run()["state"] == "succeeded", job.log()[-3000:]
    assert job.log().count("was taken meanwhile; another one is tried.") == 2
    assert len(set(re.findall(r"--master_port (\d+)", job.log()))) == 3
    assert len(job.metrics()) == 24


def test_a_port_that_is_always_taken_ends_it_in_words(lora: Make) -> None:
    job = lora()
    job.steer(port_taken=100)
    state = job.run()
    assert (state["state"], state["cause"]["code"]) == ("failed", "port-taken")


def test_a_port_that_was_taken_once_is_not_blamed_for_what_comes_after(lora: Make) -> None:
    job = lora()
    job.steer(port_taken=1, memory_at=2)
    state = job.run()
    assert "another one is tried." in job.log()
    assert (state["state"], state["cause"]["code"]) == ("failed", "gpu-memory")


def test_the_key_of_weights_and_biases_is_nowhere(lora: Make) -> None:
    job = lora(settings={"wandb": True}, secrets=["WANDB_API_KEY"])
    job.environment["WANDB_API_KEY"] = "wandb-canary-0123456789"
    assert job.run()["state"] == "succeeded", job.log()[-3000:]
    assert "wandb: Currently logged in" in job.log()
    told = read_json(job.run_folder / "wandb/run.json")
    assert (told["wandb_tracker_name"], told["wandb_run_name"]) == ("First LoRA", job.id)
    searched = [
        path for path in job.place.rglob("*") if path.is_file() and path.name != "runner.pyz"
    ]
    assert len(searched) > 40
    for path in searched:
        assert b"canary" not in path.read_bytes(), path


def test_without_weights_and_biases_nothing_asks_for_it(lora: Make) -> None:
    job = lora()
    assert job.run()["state"] == "succeeded"
    assert "wandb: " not in job.log()
    assert not (job.run_folder / "wandb").exists()


def test_a_full_training_leaves_whole_models(lora: Make) -> None:
    job = lora(settings={"adapter": "none", "epochs": 1})
    assert job.run()["state"] == "succeeded"
    assert job.outputs() == {
        "First-LoRA-epoch1.safetensors": "weights of epoch1",
        "model.safetensors": "weights of epoch1",
    }
