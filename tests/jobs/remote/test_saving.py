"""A trainer of pictures in a pod that is rehearsed here: what it saves is at home before its end."""

import os
from pathlib import Path

import pytest

from cli.calling import Tuneyard
from fakes.diffusion_pipe import making
from rented import Rent, Rented, events, seen_by_pods
from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.jobs.job import build
from tuneyard.jobs.remote.mirror.checkpoints import newest_checkpoint
from tuneyard.runner.folder import JobFolder, read_json, read_lines
from waiting import wait_for

EPOCH = 8  # steps


def begun(rented: Rented, place: Path) -> JobFolder:
    """A training that goes on until it is stopped: a LoRA whenever it has seen all pictures."""
    trainer = making.found(place / "git")
    settings = {
        "model": "sdxl",
        "checkpoint_path": str(making.model(place / "sdxl.safetensors")),
        "directories": [{"path": str(making.pictures(place / "data", EPOCH))}],
        "resolutions": ["64"],
        "epochs": 1000,
        "save_every_n_epochs": 1,
        "checkpoint_every_n_minutes": 0,
        "warmup_steps": 0,
        "optimizer": "AdamW",
        "repository": str(trainer.path),
        "revision": trainer.revision,
        "trainer_python": str(place / "python" / "bin" / "python"),
    }
    job = {"recipe": "diffusion-pipe", "name": "far", "settings": settings}
    return rented.manager.start(build({**job, "compute": {"name": "runpod"}}))


def test_loras_and_a_checkpoint_come_home_and_stay_when_the_pod_vanishes(
    rent: Rent,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tuneyard = Tuneyard(capsys, monkeypatch)
    place = tmp_path / f"scripted-{os.getpid()}"
    making.repository(place / "git", step_seconds=0.25)
    python = making.whole_python(place / "python", copied=True)
    with rent(Faults(gpus=True), kept=(str(place), *seen_by_pods(str(python)))) as rented:
        folder = begun(rented, place)

        def home(name: str) -> None:
            wait_for((folder.outputs / name).exists, 120, lambda: rented.story(folder))

        home("far-epoch1.safetensors")
        home("adapter.safetensors")
        assert read_json(folder.state)["state"] == "training"

        rented.end_attendants()
        said = tuneyard("save", folder.id).out
        (saved,) = events(folder, "checkpoint")
        assert f"Saved at step {saved['step']}. The training goes on." in said
        wait_for(lambda: newest_checkpoint(folder, 2), 120, lambda: rented.story(folder))
        checkpoint = newest_checkpoint(folder, 2)
        assert checkpoint is not None
        assert checkpoint[0] == f"work/{saved['path']}"
        epochs = range(1, saved["step"] // EPOCH + 2)  # the last of them ended after that
        for epoch in epochs:
            home(f"far-epoch{epoch}.safetensors")
        assert events(folder, "warning") == []

        (pod,) = rented.practice.pods
        pod.end()
        assert rented.ended(folder)["state"] == "lost", rented.story(folder)
        steps = [line["step"] for line in read_lines(folder.metrics) if "loss" in line]
        assert steps == [*range(1, len(steps) + 1)]
        loras = {path.name: path.read_bytes() for path in folder.outputs.iterdir()}
        for epoch in epochs:
            assert loras[f"far-epoch{epoch}.safetensors"].endswith(f"of epoch{epoch}".encode())
        newest = loras.pop("adapter.safetensors")
        assert newest in loras.values()
        assert newest != loras["far-epoch1.safetensors"]
