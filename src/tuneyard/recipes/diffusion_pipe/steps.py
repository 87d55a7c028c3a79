"""diffusion-pipe's plan: its steps, its side tasks, and what the lines of its trainer mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes import usual
from tuneyard.recipes.diffusion_pipe.files import sizes
from tuneyard.recipes.diffusion_pipe.files.named import PATHS, paths
from tuneyard.recipes.diffusion_pipe.rules import CAUSES
from tuneyard.recipes.diffusion_pipe.trainer.events import seen
from tuneyard.runner.step import Needs, Plan, Secret, Step, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "SPEED", "plan", "seen", "side_tasks"]

# The settings that decide how long a step takes and what memory it needs.
SPEED = (
    *("model", *PATHS, "adapter", "rank", "dtype", "transformer_dtype", "diffusion_model_dtype"),
    *("resolutions", "frame_buckets", "size_buckets", "enable_ar_bucket"),
    *("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu", "gradient_accumulation_steps"),
    *("activation_checkpointing", "blocks_to_swap", "compile", "gpus", "pipeline_stages"),
    *("optimizer", "optimizer_options", "gradient_release"),
)

_PACKAGE = "tuneyard.recipes.diffusion_pipe"

_WANDB = Secret("WANDB_API_KEY", required=True)

# In a pod the image's own torch will do: another copy would be 4 GB and minutes. torchaudio up
# to 2.10 says which torch it is for.
_OF_IMAGE = {
    "torch": "torch>=2.9,<3",
    "torchvision": "torchvision",
    "torchaudio": "torchaudio<2.11",
}

_IMPORTS = ("torch", "torchvision", "torchaudio", "deepspeed", "diffusers", "huggingface_hub")

# Seconds that a stop has: a step may take minutes, so may a checkpoint; for a LoRA of that
# very step the model is then loaded once more.
_GRACE = 3600.0

_PLACES = ("path", "control_path", "mask_path", "default_mask_file")


def plan(job: Mapping[str, Any], place: Mapping[str, Any]) -> Plan:
    """The plan of a job with complete settings; `place` is ``{"gpus": how many}``."""
    settings = job["settings"]
    return Plan(
        recipe="diffusion-pipe",
        module=f"{_PACKAGE}.steps",
        steps=tuple(_steps(job, requirements(place))),
        files=_files(job, place),
        needs=_needs(settings),
        events="work/train/events.jsonl",
        notes=tuple(_notes(settings)),
    )


def side_tasks(event: Mapping[str, Any], job: Mapping[str, Any]) -> Iterator[Step]:
    """What to do beside training: push what was saved, if the job has a repository."""
    if not job["results"]["repository"]:
        return
    if event["event"] == "saved":
        name, what = event["name"], event["name"]
        yield usual.push_early(name, what, _trainer("finish.push", "--saved", event["file"]))
    elif event["event"] == "checkpoint":
        name, what = f"step-{event['step']}", f"the checkpoint of step {event['step']}"
        yield usual.push_early(name, what, _trainer("finish.push", "--checkpoint", event["path"]))


def _steps(job: Mapping[str, Any], needed: list[str]) -> Iterator[Step]:
    settings, results = job["settings"], job["results"]

    def reads(*names: str) -> dict[str, Any]:
        return {name: settings[name] for name in names}

    folders = [*settings["directories"], *settings["evaluation"]]
    yield usual.set_up(
        "Set up the trainer",
        {"requirements": needed, **reads("trainer_python")},
        "jobs of this recipe",
    )
    yield Step(
        name="vendor",
        title="Fetch the trainer's code",
        phase="prepare",
        command=("${python}", "${runner}", "call", f"{_PACKAGE}.prepare.vendor"),
        reads=reads("repository", "revision"),
        note="Once, then shared by all jobs of this revision.",
        shares={"vendor.json:path": "train"},
    )
    yield Step(
        name="prove",
        title="See that the trainer starts",
        phase="prepare",
        command=_trainer("prepare.prove"),
        reads=reads("model", "optimizer"),
    )
    yield Step(
        name="fetch-data",
        title="Fetch the data",
        phase="prepare",
        command=_trainer("prepare.fetch_data"),
        secrets=(usual.READ,),
        reads={"folders": [folder["path"] for folder in folders]},
        inputs=tuple(_contents(folders)),
        shares={"data.json:directories": "train", "data.json:evaluation": "train"},
    )
    yield Step(
        name="fetch-models",
        title="Fetch the model",
        phase="prepare",
        command=_trainer("prepare.fetch_models"),
        secrets=(usual.READ,),
        reads=reads("model", "adapter", *PATHS),
        inputs=tuple(path for _, path in paths(settings) if not path.startswith("hf:")),
        note="Once, then shared by all jobs.",
        shares={f"models.json:{name}": "train" for name, _ in paths(settings)},
    )
    yield Step(
        name="check-data",
        title="Check the data",
        phase="prepare",
        command=_trainer("check"),
        reads=dict(settings),
    )
    yield Step(
        name="train",
        title="Train" if settings["adapter"] == "none" else "Train the LoRA",
        phase="train",
        command=_trainer("trainer.train"),
        secrets=(_WANDB,) if settings["wandb"] else (),
        reads=dict(settings),
        stop=Stop(signal="SIGTERM", grace=_GRACE),
        save="train/save",
        gpu=True,
    )
    yield Step(
        name="collect",
        title="Collect what was saved",
        phase="finish",
        command=_trainer("finish.collect"),
        reads={"name": job["name"]},
    )
    yield Step(
        name="card",
        title="Write the model card",
        phase="finish",
        command=_trainer("finish.card"),
        reads={**settings, **results},
        pushes="before",
    )
    yield from usual.push_at_end(results, _trainer("finish.push"))


def _contents(folders: list[Mapping[str, Any]]) -> Iterator[str]:
    """The files of local folders, without the cache that the trainer keeps in them."""
    for folder in folders:
        for name in _PLACES:
            path = folder[name]
            if path and not path.startswith("hf:"):
                yield path if name == "default_mask_file" else f"{path}/*"


def _trainer(module: str, *arguments: str) -> tuple[str, ...]:
    return ("${trainer}", "${runner}", "call", f"{_PACKAGE}.{module}", *arguments)


def _files(job: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, str]:
    settings = job["settings"]
    environment = {
        "requirements": requirements(place),
        "python": ">=3.12,<3.13",
        "preferred": place.get("python", ""),
        "named": settings["trainer_python"],
        # Of one that is there already, `prove` tries them: loading them takes half a minute.
        "imports": [] if settings["trainer_python"] else list(_IMPORTS),
        "size_gb": sizes.ENVIRONMENT,
    }
    texts = usual.in_work(job, settings, environment)
    return {**texts, **{f"work/{name}": text for name, text in _preview(job).items()}}


def _preview(job: Mapping[str, Any]) -> dict[str, str]:
    """The trainer's own files, to look at; {} in a pod, where nobody looks."""
    try:
        from tuneyard.recipes.diffusion_pipe.at_home import preview  # noqa: PLC0415
    except ImportError:
        return {}
    return preview.texts(job)


def requirements(place: Mapping[str, Any]) -> list[str]:
    """What the trainer needs, by exact versions; in a pod its image's own torch will do."""
    return usual.requirements(_PACKAGE, _OF_IMAGE if place.get("pod") else {})


def _needs(settings: Mapping[str, Any]) -> Needs:
    gpus = settings["gpus"]
    if not (known := _known()):
        return Needs(gpus=gpus)
    disk, memory = known
    gb, source = disk.needed(settings)
    gpu_gb, gpu_source = memory.needed(settings)
    return Needs(
        disk_gb=gb,
        gpus=gpus,
        gpu_memory_gb=gpu_gb,
        source=source,
        gpu_memory_source=gpu_source,
    )


def _known() -> tuple[Any, Any] | None:
    """What is known of disks and of GPUs' memory; None in a pod, which has been chosen."""
    try:
        from tuneyard.recipes.diffusion_pipe.at_home import disk, memory  # noqa: PLC0415
    except ImportError:
        return None
    return disk, memory


def _notes(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["adapter"] == "none":
        yield "Trains all of the model, not a LoRA: each save is as large as the model."
    if known := _known():
        yield from known[1].notes(settings)
    yield "The trainer makes no previews: try each saved file as it comes."
