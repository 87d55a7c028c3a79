"""Rules across Piper's settings, and what a resume may change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import bases, languages
from tuneyard.recipes.piper.causes import RULES as CAUSES
from tuneyard.recipes.results import problems as of_results
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "CHANGEABLE", "language", "problems", "sample_rate"]

# What a further attempt of the same job may set anew. The rest makes another
# voice, or doesn't fit the checkpoint: for that one starts a new job.
CHANGEABLE = frozenset(
    {
        "accelerator",
        "batch_size",
        "checkpoint_epochs",
        "epochs",
        "keep_last",
        "learning_rate",
        "learning_rate_d",
        "max_hours",
        "precision",
        "samples_while_training",
        "sentences",
        "trainer_python",
        "until_epoch",
        "workers",
    }
)

_HUB_DATASET = re.compile(r"hf:[\w.-]+/[\w.-]+(@[\w./-]+)?")


def language(settings: Mapping[str, Any]) -> str:
    """The language as Piper's espeak-ng knows it: ``en-gb``, which others understand, is ``en``."""
    found = languages.get(settings["language"])
    return str(settings["language"]) if found is None else found.id


def sample_rate(settings: Mapping[str, Any]) -> int:
    """The voice's sample rate in Hz: as chosen, else as its quality is customarily made for."""
    chosen = settings["sample_rate"]
    if chosen is not None:
        return int(chosen)
    return bases.SAMPLE_RATES[settings["quality"]]


def problems(
    settings: Mapping[str, Any], results: Mapping[str, Any], place: Mapping[str, Any]
) -> list[Problem]:
    """What is wrong with complete settings, seen without the data.

    `place` says where it will run: ``{"gpus": how many}``.
    """
    return [
        *_dataset(settings),
        *_language(settings),
        *_base(settings),
        *_training(settings, place),
        *of_results(results),
    ]


def _dataset(settings: Mapping[str, Any]) -> Iterator[Problem]:
    dataset = settings["dataset"]
    if not dataset:
        yield Problem(
            "No dataset is named.",
            code="dataset-missing",
            field="dataset",
            next_step="Name a folder or .zip with recordings and a metadata.csv, or hf:owner/name.",
        )
    elif dataset.startswith("hf:") and not _HUB_DATASET.fullmatch(dataset):
        yield Problem(
            f"“{dataset}” is no dataset on the Hugging Face Hub.",
            code="dataset-name",
            field="dataset",
            next_step="Write hf:owner/name, or hf:owner/name@revision.",
        )
    if settings["shortest_seconds"] >= settings["longest_seconds"]:
        yield Problem(
            "The shortest clip is not shorter than the longest: no clip would be left.",
            code="clip-bounds",
            field="shortest_seconds",
            next_step="Lower the shortest or raise the longest.",
        )


def _language(settings: Mapping[str, Any]) -> Iterator[Problem]:
    language = settings["language"]
    found = languages.get(language)
    if found is not None and found.speaks:
        return
    near = [other.id for other in languages.find(language) if other.speaks][:5]
    yield Problem(
        f"Piper has no language “{language}”.",
        code="language-unknown",
        field="language",
        next_step=f"Did you mean {', '.join(near)}?"
        if near
        else "Choose one of `tuneyard recipes show piper`.",
    )


def _base(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if not settings["base"]:
        return
    base = bases.get(settings["base"])
    if base is not None:
        yield from _base_of_the_table(settings, base)
    elif not is_place(settings["base"]):
        near = [found.id for found in bases.find(settings["language"])][:5]
        yield Problem(
            f"There is no base “{settings['base']}” in the table.",
            code="base-unknown",
            field="base",
            next_step=f"For this language there are {', '.join(near)}."
            if near
            else "Choose one of `tuneyard recipes show piper`, a .ckpt file or an address.",
        )


def _base_of_the_table(settings: Mapping[str, Any], base: bases.Base) -> Iterator[Problem]:
    if base.quality != settings["quality"]:
        yield Problem(
            f"The base {base.id} is of quality {base.quality}, the job of {settings['quality']}: "
            "their sizes differ.",
            code="base-quality",
            field="quality",
            next_step=f"Set quality to {base.quality}, or choose another base.",
        )
    if base.sample_rate != sample_rate(settings):
        yield Problem(
            f"The base {base.id} speaks at {base.sample_rate} Hz, the job asks for "
            f"{sample_rate(settings)} Hz.",
            code="base-rate",
            field="sample_rate",
            next_step=f"Set the sample rate to {base.sample_rate}, or leave it empty.",
        )
    spoken = languages.get(settings["language"])
    if not base.generic and spoken is not None and base.language != spoken.id:
        yield Problem(
            f"The base speaks {base.language}, the data is {settings['language']}.",
            code="base-language",
            field="base",
            next_step="That can work: its sounds are learnt anew. A base of the language is better.",
            severity="warning",
        )
    if settings["until_epoch"] is not None and base.epoch is not None:
        yield from until_problem(settings["until_epoch"], base.epoch + 1)  # it counts from 0


def is_place(base: str) -> bool:
    """Whether a base is named by an address or a file rather than by the table."""
    return "://" in base or base.endswith(".ckpt") or base.startswith(("/", ".", "~"))


def until_problem(until: int, epoch: int) -> Iterator[Problem]:
    """An end that the base has already passed would train nothing."""
    if until <= epoch:
        yield Problem(
            f"The base has already been trained for {epoch} epochs: until epoch {until} there is "
            "nothing left to train.",
            code="until-epoch",
            field="until_epoch",
            next_step=f"Set until_epoch above {epoch}, or leave it empty and use epochs to add.",
        )


def _training(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Problem]:
    gpus = place.get("gpus")
    on_cpu = settings["accelerator"] == "cpu" or (settings["accelerator"] == "auto" and gpus == 0)
    if settings["accelerator"] == "gpu" and gpus == 0:
        yield Problem(
            "A GPU is asked for, and none was found here.",
            code="no-gpu",
            field="accelerator",
            next_step="Run `tuneyard doctor`, or set accelerator to auto.",
        )
    if on_cpu and settings["precision"] == "16-mixed":
        yield Problem(
            "16-bit precision needs a GPU, and this would train on the CPU.",
            code="precision-cpu",
            field="precision",
            next_step="Set precision to 32-true.",
        )
    if settings["until_epoch"] is None and settings["checkpoint_epochs"] > settings["epochs"]:
        yield Problem(
            f"With a checkpoint every {settings['checkpoint_epochs']} epochs and {settings['epochs']} "
            "epochs in all, only the end is saved.",
            code="no-checkpoint",
            field="checkpoint_epochs",
            next_step="Lower checkpoint_epochs if training may be interrupted.",
            severity="warning",
        )
