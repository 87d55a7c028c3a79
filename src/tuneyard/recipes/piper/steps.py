"""Piper's plan: its steps, its side tasks, and what the lines of its trainer mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import usual
from tuneyard.recipes.piper import rules
from tuneyard.recipes.piper.rules import CAUSES
from tuneyard.runner.step import Needs, Plan, Secret, Seen, Step, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "SPEED", "plan", "seen", "side_tasks"]

# The settings that decide how long a step takes and what memory it needs.
SPEED = ("quality", "batch_size", "precision", "sample_rate", "accelerator")

_PACKAGE = "tuneyard.recipes.piper"

_BASE = Secret("HF_BASE_TOKEN", fallback="HF_TOKEN")

# Measured with piper-tts 1.8.0 (see docs/guide/measured.md): GB of a checkpoint. The
# discriminator alone, which is the same for all, makes more than half a gigabyte of it.
CHECKPOINT_GB = {"tiny": 0.57, "x-low": 0.65, "low": 0.85, "medium": 0.85, "high": 1.0}

# Measured: GB of the trainer's environment, with a torch for the CPU. A torch for
# CUDA brings NVIDIA's libraries along.
ENVIRONMENT_GB = {"cpu": 1.4, "cuda": 7.0}

# What Piper 1.8.0 itself asks for, from the first torch on whose way of loading checkpoints
# we are prepared for. Another copy in each pod would be 7 GB and minutes.
_OF_IMAGE = {"torch": "torch>=2.6,<3"}

_GRACE = 180.0  # seconds that training has to leave a checkpoint: a batch and a write of 0.9 GB

_DATA = ("dataset", "speakers", "shortest_seconds", "longest_seconds")
_VOICE = ("language", "quality", "sample_rate", "trim_silence", "speakers", "voice_name")
_TRAINING = (
    *_VOICE,
    "accelerator",
    "base_use",
    "batch_size",
    "checkpoint_epochs",
    "epochs",
    "keep_last",
    "learning_rate",
    "learning_rate_d",
    "max_hours",
    "precision",
    "seed",
    "until_epoch",
    "validation_split",
    "workers",
)


def plan(job: Mapping[str, Any], place: Mapping[str, Any]) -> Plan:
    """The plan of a job with complete settings; `place` is ``{"gpus": how many}``."""
    results = job["results"]
    settings = {**job["settings"], "language": rules.language(job["settings"])}
    gpu = settings["accelerator"] != "cpu" and bool(place.get("gpus"))
    return Plan(
        recipe="piper",
        module=f"{_PACKAGE}.steps",
        steps=tuple(_steps(settings, results, requirements(place), gpu=gpu)),
        files=_files(job, settings, place),
        needs=_needs(settings, gpu=gpu),
        events="work/train/events.jsonl",
        notes=tuple(_notes(settings, gpu=gpu)),
    )


def seen(line: bytes) -> Seen | None:
    """One line of ``train/events.jsonl``, as our training entry writes it."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    kind = data.pop("event", "")
    if kind == "start":
        ends = {"steps": data["steps"], "epochs": data["epochs"]}
        return Seen(progress={**_place(data), **ends, "epoch_steps": data["batches"]})
    if kind == "step":
        return Seen(metrics=data, progress=_place(data))
    if kind == "val":
        return Seen(metrics=data)
    if kind in {"checkpoint", "interrupted", "end"}:
        return Seen(event={**data, "event": kind})
    return None


def _place(data: Mapping[str, Any]) -> dict[str, Any]:
    """How far it is, for people: they count epochs from 1."""
    return {"step": data["step"], "epoch": data["epoch"] + 1}


def side_tasks(event: Mapping[str, Any], job: Mapping[str, Any]) -> Iterator[Step]:
    """What to do beside training at an event: speak the sentences, push what is new.

    A checkpoint from the middle of an epoch is what a stop leaves: nobody waits to hear it.
    """
    if event["event"] != "checkpoint":
        return
    epochs, step, whole = event["epochs_trained"], event["step"], not event["interrupted"]
    name = f"epoch-{epochs:05d}{'' if whole else f'-step-{step}'}"
    if whole and job["settings"]["samples_while_training"]:
        yield Step(
            name=f"preview-{name}",
            title=f"Speak at epoch {epochs}",
            phase="train",
            command=_trainer("trainer.preview", event["path"]),
            env={"CUDA_VISIBLE_DEVICES": ""},
            nice=10,
        )
    if job["results"]["repository"]:
        what = f"the checkpoint of {f'epoch {epochs}' if whole else f'step {step}'}"
        yield usual.push_early(name, what, _trainer("push", "--checkpoint", event["path"]))


def _steps(
    settings: Mapping[str, Any], results: Mapping[str, Any], needed: list[str], *, gpu: bool
) -> Iterator[Step]:
    def reads(*names: str) -> dict[str, Any]:
        return {name: settings[name] for name in names}

    local = settings["dataset"] if not settings["dataset"].startswith("hf:") else ""
    yield usual.set_up(
        "Set up the trainer",
        {"requirements": needed, **reads("trainer_python")},
        "Piper jobs",
    )
    yield Step(
        name="fetch-data",
        title="Fetch the data",
        phase="prepare",
        command=_trainer("fetch"),
        secrets=(usual.READ,),
        reads=reads(*_DATA),
        inputs=(local,) if local else (),
    )
    yield Step(
        name="check-data",
        title="Check the data",
        phase="prepare",
        command=_trainer("check"),
        reads=reads(*_DATA, *_VOICE),
    )
    yield Step(
        name="fetch-base",
        title="Fetch the base",
        phase="prepare",
        command=_trainer("fetch_base"),
        secrets=(_BASE, usual.READ),
        reads=reads("base", "base_use", "until_epoch", *_VOICE),
        shares={"base.json:path": "train"},
    )
    yield Step(
        name="train",
        title="Train the voice",
        phase="train",
        command=_trainer("trainer.train"),
        reads=reads(*_TRAINING),
        stop=Stop(signal="SIGTERM", grace=_GRACE),
        gpu=gpu,
    )
    yield Step(
        name="export",
        title="Export the voice",
        phase="finish",
        command=_trainer("trainer.export"),
        env={"CUDA_VISIBLE_DEVICES": ""},
        reads=reads("voice_name"),
    )
    yield Step(
        name="speak",
        title="Speak the sentences",
        phase="finish",
        command=_trainer("trainer.speak"),
        env={"CUDA_VISIBLE_DEVICES": ""},
        reads=reads("sentences", "language"),
    )
    yield Step(
        name="card",
        title="Write the model card",
        phase="finish",
        command=_trainer("card"),
        reads={**settings, **results},
        pushes="before",
    )
    yield from usual.push_at_end(results, _trainer("push"))


def _trainer(module: str, *arguments: str) -> tuple[str, ...]:
    return ("${trainer}", "${runner}", "call", f"{_PACKAGE}.{module}", *arguments)


def _files(
    job: Mapping[str, Any], settings: Mapping[str, Any], place: Mapping[str, Any]
) -> dict[str, str]:
    environment = {
        "requirements": requirements(place),
        "python": ">=3.10,<3.14",
        "preferred": place.get("python", ""),
        "named": settings["trainer_python"],
        "imports": ["torch", "piper.train", "monotonic_alignment_search", "huggingface_hub"],
        "size_gb": ENVIRONMENT_GB,
    }
    return usual.in_work(job, settings, environment)


def requirements(place: Mapping[str, Any]) -> list[str]:
    """What the trainer needs, by exact versions; in a pod its image's own torch will do."""
    return usual.requirements(_PACKAGE, _OF_IMAGE if place.get("pod") else {})


def _needs(settings: Mapping[str, Any], *, gpu: bool) -> Needs:
    kept = settings["keep_last"] or _checkpoints(settings)
    # Beside those kept: one that is being written, and one from the middle of an epoch.
    checkpoints = (kept + 2) * CHECKPOINT_GB[settings["quality"]]
    environment = 0.0 if settings["trainer_python"] else ENVIRONMENT_GB["cuda" if gpu else "cpu"]
    return Needs(
        disk_gb=round(checkpoints + environment, 1),
        gpus=1 if gpu else 0,
        source=f"sizes measured with piper-tts 1.8.0: {kept + 2} checkpoints of "
        f"{CHECKPOINT_GB[settings['quality']]} GB and the trainer's environment",
    )


def _checkpoints(settings: Mapping[str, Any]) -> int:
    return max(1, int(settings["epochs"]) // int(settings["checkpoint_epochs"]))


def _notes(settings: Mapping[str, Any], *, gpu: bool) -> Iterator[str]:
    if not gpu:
        yield "Trains on the CPU: that proves a set-up; a real voice needs a GPU or much patience."
    if settings["quality"] == "tiny":
        yield "Quality “tiny” is for trying things out: its voice is noise, however long it trains."
    rate = rules.sample_rate(settings)
    yield f"The voice will speak at {rate:,} Hz."
