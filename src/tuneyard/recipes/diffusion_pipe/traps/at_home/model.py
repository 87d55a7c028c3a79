"""The model, its files and its adapter."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.at_home import documented
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS, reads
from tuneyard.recipes.diffusion_pipe.files.named import KINDS, fused
from tuneyard.recipes.diffusion_pipe.traps.at_home.words import warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.problems import Problem


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unread(settings)
    yield from _distilled(settings)
    yield from _noise(settings)
    yield from _of_one_model(settings)
    yield from _adapter(settings)


def _unread(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    read = reads(settings)
    ignored = [name for name in KINDS if settings[name] and name not in read]
    if ignored:
        yield warning(
            f"{model.title} doesn’t read {', '.join(f'“{name}”' for name in ignored)}: left out.",
            "unread",
            ignored[0],
            "Empty it, or choose the model that it is meant for.",
        )


def _distilled(settings: Mapping[str, Any]) -> Iterator[Problem]:
    file = PurePosixPath(settings["diffusion_model"]).name.lower()
    if settings["model"] == "z_image" and "turbo" in file and not settings["merge_adapters"]:
        yield warning(
            "Z-Image Turbo is distilled: training it as it is undoes that.",
            "turbo",
            "merge_adapters",
            "Merge its training adapter first: one of hf:ostris/zimage_turbo_training_adapter.",
        )
    if settings["model"] == "flux2" and "klein" in file and "base" not in file:
        yield warning(
            "This Klein is distilled, and doesn’t train well.",
            "distilled",
            "diffusion_model",
            "Take the file with “base” in its name.",
        )


def _noise(settings: Mapping[str, Any]) -> Iterator[Problem]:
    keys = MODELS[settings["model"]].keys
    for name in ("flux_shift", "lumina_shift"):
        if name in keys and settings[name] and settings["shift"]:
            yield warning(
                f"“shift” is set, so “{name}” is not looked at.",
                "shift",
                name,
                "Choose one of them.",
            )
    low = settings["min_t"] or 0
    which = settings["transformer_path"] if settings["model"] == "wan" else ""
    if "high_noise" in which and not low:
        yield _half(
            "high noise", "Set “min_t” to 0.875, or 0.9 for clips that begin with a picture."
        )
    elif "low_noise" in which and low >= 0.5:
        yield _half("low noise", "Set “min_t” to 0 and “max_t” to 0.875.")


def _half(which: str, step: str) -> Problem:
    return warning(
        f"The transformer is Wan 2.2’s for {which}, and it would train on other noise than it is used for.",
        "noise-half",
        "min_t",
        step,
    )


def _of_one_model(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings["model"] == "cosmos_predict2":
        if settings["transformer_dtype"] in ("float8", "float8_e4m3fn"):
            yield warning(
                "Cosmos-Predict2 doesn’t work well in this kind of 8 bits.",
                "precision-kind",
                "transformer_dtype",
                "Take float8_e5m2.",
            )
        for name in ("text_encoder_nf4", "text_encoder_fp8"):
            if settings[name] and not settings["t5_path"]:
                yield warning(
                    f"“{name}” is for the T5 alone, and there is none.",
                    "unread",
                    name,
                    "Switch it off.",
                )
    guided = settings["model"] == "minimax_h3" and (settings["cfg"] or 1) > 1
    if guided and settings["merge_adapters"]:
        yield warning(
            "Guidance while training and a training adapter both keep what was distilled.",
            "guided-twice",
            "cfg",
            "Take one of them.",
        )


def _adapter(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    if settings["adapter"] == "none" and model.full:
        found = documented.of(settings)
        enough = f" {found.gb} GB are {found.source}." if found else ""
        yield warning(
            "This trains the whole model, not a LoRA: weights, gradients and what the optimizer remembers "
            "all have to fit into the GPU’s memory, several times the model’s size, and each save is as "
            f"large as the model.{enough}",
            "full",
            "adapter",
            "Set it to lora if a LoRA is meant. Else adamw8bitkahan and gradient_release save memory.",
        )
    melted = fused(settings["fuse_adapters"])
    chroma = settings["model"] == "chroma" and settings["adapter"] != "none"
    if chroma and any(weight != 1 for _, weight in melted):
        yield warning(
            "Chroma’s LoRAs are melted in whole: weights are not looked at.",
            "fuse-weight",
            "fuse_adapters",
            "Leave the weights out.",
        )
