"""The whole plan under the real runner: git, the trainer's imports, the data, a training, a card."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from fakes.diffusion_pipe import making
from recipes.diffusion_pipe.trainings import QUICK, complete
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.storage.disk import Disk
from tuneyard.jobs.storage.uploads import Uploads
from tuneyard.jobs.view import view
from tuneyard.recipes.diffusion_pipe import steps
from tuneyard.runner import pack
from tuneyard.runner.folder import JobFolder, read_json, read_lines, write_json
from tuneyard.runner.process import kill_all
from waiting import wait_for


@pytest.fixture
def job(tmp_path: Path) -> dict[str, Any]:
    """A LoRA of eight pictures by a trainer that lies in a git repository of this disk."""
    python = making.whole_python(tmp_path / "python")
    repository = making.repository(tmp_path / "git")
    making.pictures(tmp_path / "data", 8)
    model = making.model(tmp_path / "sdxl.safetensors")
    settings = complete(
        directories=[{"path": str(tmp_path / "data")}],
        repository=str(repository.path),
        revision=repository.revision,
        trainer_python=str(python),
        **{**QUICK, "checkpoint_path": str(model)},
    )
    name = f"20261122-120000-whole-{os.getpid()}"
    results = {"repository": "", "folder": "", "private": True}
    return {"id": name, "name": "First LoRA", "settings": settings, "results": results}


@pytest.fixture
def folder(tmp_path: Path, job: dict[str, Any]) -> Iterator[JobFolder]:
    plan = steps.plan(job, {"gpus": 1})
    folder = jobs_by_hand.make(
        tmp_path / "home",
        plan.steps,
        job_id=job["id"],
        module=plan.module,
        events=plan.events,
        gpus=plan.needs.gpus,
        files=plan.files,
    )
    pack.pack(folder.runner, "tuneyard.recipes.diffusion_pipe")
    write_json(folder.job, {**read_json(folder.job), **job, "recipe": "diffusion-pipe"})
    yield folder
    kill_all(folder)


def run(folder: JobFolder) -> dict[str, Any]:
    jobs_by_hand.launch(folder, {"TUNEYARD_GPUS": "gpu-a"})
    return jobs_by_hand.ended(folder, 120)


def log(folder: JobFolder) -> str:
    return folder.log.read_text()


@pytest.mark.usefixtures("under_each_python")
def test_a_lora_from_the_first_step_to_the_last(folder: JobFolder, job: dict[str, Any]) -> None:
    state = run(folder)
    assert state["state"] == "succeeded", log(folder)
    revision = job["settings"]["revision"]
    vendor = folder.home / "vendor" / "diffusion-pipe" / revision[:12]
    assert read_json(folder.work / "vendor.json")["path"] == str(vendor)
    assert (vendor / "submodules" / "ComfyUI" / "comfy").is_dir()
    names = {path.name for path in folder.outputs.iterdir()}
    assert {"README.md", "adapter.safetensors", "First-LoRA-epoch3.safetensors"} <= names
    card = (folder.outputs / "README.md").read_text()
    assert "after 24 steps" in card
    assert "First-LoRA-epoch3.safetensors" in card


def test_nothing_is_done_twice_by_a_further_attempt(folder: JobFolder) -> None:
    run(folder)
    before = log(folder)
    write_json(folder.attempt(2), {})
    assert run(folder)["state"] == "succeeded"
    again = log(folder).removeprefix(before)
    assert "Fetching" not in again
    assert "Trying the trainer's imports" not in again
    assert "steps:" not in again


def test_a_checkpoint_is_saved_on_request_and_gone_on_from_after_the_trainer_was_cleaned(
    folder: JobFolder, tmp_path: Path
) -> None:
    manager, steering = Manager(folder.home), tmp_path / "steering.json"
    steering.write_text(json.dumps({"step_seconds": 0.3}))
    environment = {"TUNEYARD_GPUS": "gpu-a", "FAKE_TRAINER": str(steering)}
    jobs_by_hand.launch(folder, environment)
    wait_for(lambda: view(manager, folder)["can_save"], 60, lambda: log(folder))
    manager.save(folder)
    assert view(manager, folder)["saving"]

    def saved() -> list[dict[str, Any]]:
        return [line for line in read_lines(folder.events) if line["event"] == "checkpoint"]

    wait_for(saved, 60, lambda: log(folder))
    wait_for(lambda: view(manager, folder)["saving"] is None, what="news of the checkpoint")
    assert view(manager, folder)["warnings"] == []
    disk, vendor = Disk(manager, Uploads(folder.home)), read_json(folder.work / "vendor.json")
    (item,) = [f"vendor/diffusion-pipe/{vendor['revision'][:12]}"]
    assert disk.clean([item])["refused"]  # it trains
    manager.stop(folder, "now")
    assert jobs_by_hand.ended(folder)["state"] == "stopped"

    assert disk.clean([item])["items"] == [item]
    assert not Path(vendor["path"]).exists()
    before = log(folder)
    steering.write_text("{}")
    folder.stop.unlink()
    write_json(folder.attempt(2), {})
    jobs_by_hand.launch(folder, environment)
    assert jobs_by_hand.ended(folder, 120)["state"] == "succeeded", log(folder)
    again = log(folder).removeprefix(before)
    assert "Fetching the trainer's code" in again
    steps_again = [line["step"] for line in read_lines(folder.metrics)]
    assert steps_again[-1] == 24
    assert saved()[0]["step"] > 0
    assert f"global_step{saved()[0]['step']}" in again


def test_a_damaged_trainer_is_found_before_anything_is_trained(
    folder: JobFolder, job: dict[str, Any]
) -> None:
    (packages,) = folder.home.parent.glob("python/lib/*/site-packages")
    (packages / "utils").mkdir()
    (packages / "utils" / "__init__.py").touch()
    state = run(folder)
    assert state["state"] == "failed"
    assert state["cause"]["code"] == "told"
    assert "Another package is called utils" in state["cause"]["sentence"]
    assert not (folder.work / "train").exists()
    assert job["settings"]["trainer_python"]
