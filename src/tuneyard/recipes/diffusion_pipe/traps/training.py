"""Steps, batches, GPUs, memory and saving."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.recipes.diffusion_pipe.traps.dataset import mistyped
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BATCHES = (
    *("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu"),
    *("eval_micro_batch_size_per_gpu", "eval_image_micro_batch_size_per_gpu"),
)

_COMMIT = re.compile(r"[0-9a-f]{40}")


def problems(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Problem]:
    wrong = list(_batches(settings))
    yield from wrong
    yield from _saving(settings, 1 if wrong else batch(settings))
    yield from _gpus(settings, place)
    yield from _swapping(settings)
    if not place.get("pod"):
        yield from _places(settings)
    if not settings["repository"].strip():
        yield Problem(
            "“repository” is empty.", "trainer", "repository", "Leave it as it was at first."
        )
    if not _COMMIT.fullmatch(settings["revision"]):
        yield Problem(
            "“revision” is no commit: a branch would change under a job that goes on.",
            "trainer",
            "revision",
            "Give all 40 digits of one, as git rev-parse shows them.",
        )


def _places(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Of this computer, that the settings name: where it is the one to train."""
    python = settings["trainer_python"]
    if python and not _is(python, lambda path: os.access(path, os.X_OK)):
        yield Problem(
            f"There is no Python {python}, or it can’t be run.",
            "no-python",
            "trainer_python",
            "Correct the path, or empty it: Tuneyard then builds one.",
        )
    repository = settings["repository"].strip()
    if repository.startswith(("/", "~")) and not _is(repository, Path.is_dir):
        yield Problem(
            f"There is no folder {repository}.",
            "no-repository",
            "repository",
            "Correct the path, or name an address such as https://….",
        )


def _is(name: str, so: Callable[[Path], bool]) -> bool:
    """Whether that is so of a path; not of what can't be one: a home of nobody, a null byte."""
    try:
        return so(Path(name).expanduser())
    except (ValueError, RuntimeError):
        return False


def _batches(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name in _BATCHES:
        if settings[name] or name == _BATCHES[0]:
            try:
                shapes.batches(settings[name])
            except ValueError as error:
                yield mistyped(error, "batch", name)


def batch(settings: Mapping[str, Any]) -> int:
    """Pictures or clips in one step, over all GPUs, as the trainer counts it to save by examples."""
    first = shapes.batches(settings[_BATCHES[0]])[0][1]
    side_by_side = max(settings["gpus"] // settings["pipeline_stages"], 1)
    return first * int(settings["gradient_accumulation_steps"]) * int(side_by_side)


def _saving(settings: Mapping[str, Any], size: int) -> Iterator[Problem]:
    examples = settings["save_every_n_examples"]
    if not any(settings[f"save_every_n_{unit}"] for unit in ("epochs", "steps", "examples")):
        yield Problem(
            "It isn’t said how often to save, and the trainer insists.",
            "save-missing",
            "save_every_n_epochs",
            "Set “save_every_n_epochs” or “save_every_n_steps”.",
        )
    elif examples and examples < size:
        yield Problem(
            f"A step has {size} examples, more than the {examples} to save after: the trainer "
            "would divide by zero.",
            "save-examples",
            "save_every_n_examples",
            f"Set it to {size} or more, or save by steps.",
        )


def _gpus(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Problem]:
    wanted, stages, there = settings["gpus"], settings["pipeline_stages"], place.get("gpus")
    if there == 0:
        yield Problem(
            "diffusion-pipe needs an NVIDIA GPU, and there is none.",
            "no-gpu",
            "gpus",
            "Choose a rented GPU (RunPod), or run `tuneyard doctor`.",
        )
    elif there is not None and wanted > there:
        yield Problem(
            f"{wanted} GPUs are asked for, and there {'is 1' if there == 1 else f'are {there}'}.",
            "gpus",
            "gpus",
            "Rent more, or lower it." if place.get("pod") else "Lower it.",
        )
    if wanted % stages:
        yield Problem(
            f"{wanted} GPUs can’t be shared by copies of the model that take {stages} each.",
            "stages",
            "pipeline_stages",
            "Set it to a number that divides the GPUs: 1, or all of them.",
        )
    elif settings["gradient_release"] and wanted > stages:
        yield Problem(
            "Gradients can’t be released with several copies of the model side by side.",
            "release-side-by-side",
            "gradient_release",
            f"Set “pipeline_stages” to {wanted}, or switch it off.",
        )
    split = settings["partition_split"]
    if stages > 1 and settings["partition_method"] == "manual":
        rising = split == sorted(set(split)) and all(each > 0 for each in split)
        if len(split) != stages - 1 or not rising:
            yield Problem(
                f"For {stages} GPUs the model is cut {stages - 1} times, each after the one before.",
                "split",
                "partition_split",
                "Name the layer with which each further GPU begins.",
            )


def _swapping(settings: Mapping[str, Any]) -> Iterator[Problem]:
    blocks, model = settings["blocks_to_swap"], MODELS[settings["model"]]
    most = model.swap
    if not blocks:
        return
    if most is None:
        sentence = f"{model.title} can’t swap blocks."
    elif settings["adapter"] == "none":
        sentence = "Blocks are swapped for a LoRA alone, not for the whole model."
    elif settings["pipeline_stages"] > 1:
        sentence = "Blocks can’t be swapped where the model is spread over several GPUs."
    elif most is not True and blocks > most:
        sentence = f"At most {most} blocks of {model.title} can be swapped."
    else:
        return
    step = f"Set it to {most} or less." if sentence.startswith("At most") else "Set it to 0."
    yield Problem(sentence, "swap", "blocks_to_swap", step)
