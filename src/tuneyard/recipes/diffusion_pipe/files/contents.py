"""Whether a file holds what the trainer will look for where it is named."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.diffusion_pipe.files.sniff import Kind

# Which settings hold the model itself, not something beside it.
_MODELS = ("transformer_path", "diffusion_model", "checkpoint_path", "single_file_path")
_ADAPTERS = ("merge_adapters", "init_from_existing", "fuse_adapters")

# Types that one file may stand for beside its own.
_ALSO: Mapping[str, frozenset[str]] = {
    "cosmos_predict2": frozenset({"anima"}),
    "anima": frozenset({"cosmos_predict2"}),
}


def misfit(settings: Mapping[str, Any], name: str, place: str, found: Kind) -> Problem | None:
    """What is wrong with a file at `place` for the setting `name`, if anything is known to be."""
    said = _misfit(settings, name, PurePath(place).name, found)
    return Problem(said[0], "model-file", name, said[1], place=place) if said else None


def another(file: str, found: str, model: str) -> tuple[str, str]:
    """What is said of a file or folder of another model."""
    return (
        f"{file} is {_title(found)}, and the job trains {_title(model)}.",
        f"Choose {found} as the model, or name a file of {_title(model)}.",
    )


def _misfit(
    settings: Mapping[str, Any], name: str, file: str, found: Kind
) -> tuple[str, str] | None:
    model = settings["model"]
    if found.damage:
        return f"{file} can’t be loaded: {found.damage}.", "Fetch it again."
    if found.part == "adapter" and name not in _ADAPTERS:
        return f"{file} is a LoRA.", "Name the model that it was made for."
    if found.part not in {"adapter", ""} and name in _ADAPTERS:
        return f"{file} is no LoRA.", "Name a LoRA."
    if name in _MODELS and found.part in {"vae", "comfy-vae", "text"}:
        what = "a text encoder" if found.part == "text" else "a VAE"
        return f"{file} is {what}.", f"Name the file of {_title(model)}."
    if name in _MODELS and found.model and found.model not in {model, *_ALSO.get(model, ())}:
        return another(file, found.model, model)
    if found.model and name not in _MODELS and not _holds_all(settings, name):
        return f"{file} is {_title(found.model)} itself.", f"Name its {name} here."
    if found.part == "comfy-vae" and model == "qwen_image" and name == "vae_path":
        return (
            f"{file} is ComfyUI’s VAE, and Qwen-Image needs that of Diffusers.",
            "Take vae/diffusion_pytorch_model.safetensors of Qwen/Qwen-Image.",
        )
    if found.scaled and MODELS[model].loader != "C":
        return (
            f"{file} holds scaled fp8, which the trainer can’t load for {_title(model)}.",
            "Take the file in bf16 or fp16, or one in fp8 that isn’t scaled.",
        )
    return None


def _holds_all(settings: Mapping[str, Any], name: str) -> bool:
    """Files with text encoder and VAE packed in may be named for those as well."""
    return name in _ADAPTERS or MODELS[settings["model"]].loader == "C"


def _title(model: str) -> str:
    return MODELS[model].title
