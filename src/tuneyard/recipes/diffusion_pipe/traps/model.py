"""The model and its files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.files.named import KINDS, kind, paths
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# hf:owner/name, a revision without slashes, and a path in it.
_HUB = re.compile(r"hf:[\w.-]+/[\w.-]+(@[\w.-]+)?(/[^/].*)?")
_FOLDERS = {"wan", "hunyuan", "diffusers", "transformers", "adapter"}


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _missing(settings)
    yield from _addresses(settings)
    yield from _unread(settings)
    yield from _files(settings)
    yield from _of_one_model(settings)


def _missing(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    for name in model.required:
        if not settings[name]:
            yield Problem(
                f"{model.title} needs “{name}”, and it is empty.",
                "model-file-missing",
                name,
                _what_to_name(settings["model"], name),
            )
    if model.one_of and not any(all(settings[n] for n in names) for names in model.one_of):
        ways = [" and ".join(f"“{name}”" for name in names) for names in model.one_of]
        begun = [n for names in model.one_of for n in names if not settings[n]]
        yield Problem(
            f"{model.title} has no files yet.",
            "model-file-missing",
            begun[0],
            f"Set {', or '.join(ways)}.",
        )


def _what_to_name(model: str, name: str) -> str:
    if name not in KINDS:
        return "Set it to 768 for Pony V7, 256 for AuraFlow itself."  # max_sequence_length
    if kind(model, name) in _FOLDERS:
        return "Name a folder here, or hf:owner/name on the Hugging Face Hub."
    return "Name a file here, or hf:owner/name/file.safetensors on the Hugging Face Hub."


def _addresses(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name, path in paths(settings):
        found = _HUB.fullmatch(path)
        if path.startswith("hf:") and not found:
            yield Problem(
                f"“{path}” is no place on the Hugging Face Hub.",
                "model-address",
                name,
                "Write hf:owner/name/path/in/it; a revision follows the name: hf:owner/name@main/path.",
            )
        elif found and not found[2] and kind(settings["model"], name) == "file":
            yield Problem(
                f"“{path}” names a whole repository, and one file of it is needed.",
                "model-address",
                name,
                "Add the file: hf:owner/name/path/to/file.safetensors.",
            )


def _unread(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    for name in ("transformer_dtype", "diffusion_model_dtype"):
        if settings[name] and name != model.reads_precision:
            right = model.reads_precision
            yield Problem(
                f"{model.title} doesn’t read “{name}”: its weights would stay large, without a word.",
                "precision-key",
                name,
                f"Set “{right}” in its place." if right else "Empty it.",
            )


def _files(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    for name, path in paths(settings):
        file = PurePosixPath(path).name
        if model.loader != "C" and "scaled" in file.lower():
            yield Problem(
                f"{file} has scaled 8-bit weights, which {model.title} can’t read.",
                "scaled",
                name,
                "Take the file in bf16. “transformer_dtype” makes 8 bits of it in memory.",
            )


def _of_one_model(settings: Mapping[str, Any]) -> Iterator[Problem]:
    model = settings["model"]
    if model == "wan":
        yield from _wan(settings)
    elif model == "cosmos_predict2" and settings["t5_path"] and settings["llm_path"]:
        yield Problem(
            "There are two text encoders, and the trainer takes the T5.",
            "two-encoders",
            "llm_path",
            "Empty one of “t5_path” and “llm_path”.",
        )
    elif model == "minimax_h3" and (settings["cfg"] or 1) > 1 and settings["pipeline_stages"] > 1:
        yield Problem(
            "Guidance while training doesn’t work where the model is spread over several GPUs.",
            "guided-stages",
            "pipeline_stages",
            "Set it to 1, or “cfg” to 1.",
        )


def _wan(settings: Mapping[str, Any]) -> Iterator[Problem]:
    low, high = settings["min_t"] or 0, settings["max_t"]
    folder, transformer = settings["ckpt_path"], settings["transformer_path"]
    if low >= (1 if high is None else high):
        yield Problem(
            "The noise to train from is not below the noise to train to: nothing would be left.",
            "noise-range",
            "min_t",
            "For Wan 2.2’s low noise set 0 and 0.875, for high noise 0.875 and 1.",
        )
    if re.fullmatch(r"hf:Wan-AI/Wan2\.2-\w+-A14B(@.*)?", folder) and not transformer:
        yield Problem(
            "Wan 2.2 A14B is two models, and it isn’t said which of them to train.",
            "wan-half",
            "transformer_path",
            f"Set it to {folder}/low_noise_model or {folder}/high_noise_model.",
        )
    named = f"{PurePosixPath(folder).name} {transformer}".lower()
    longest = max(settings["frame_buckets"], default=1)
    if re.search("(?<!t)i2v|flf2v", named) and not settings["size_buckets"] and longest < 2:
        yield Problem(
            "This Wan goes on from a picture, and trains on clips alone: there is no length for them.",
            "clips-only",
            "frame_buckets",
            "Add a length such as 33. Pictures among the clips would stop the trainer.",
        )
