"""Which files of a repository a model needs: often less than half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_WEIGHTS = (".safetensors",)
_OLDER = (".bin", ".pt", ".pth")  # taken where a folder has no others
_TEXTS = (".json", ".txt", ".model", ".jinja")
_VARIANTS = (".fp16.", ".fp8", "non_ema", "consolidated", "flax_", "onnx")

# Folders of a Diffusers model that a type takes from elsewhere, or has no use for.
_UNUSED: Mapping[str, tuple[str, ...]] = {
    "chroma": ("transformer",),
    "ltx-video": ("transformer", "vae"),
    "qwen_image": ("scheduler", "tokenizer", "processor"),  # it has its own
}
_REPLACED = {  # and those that another setting takes the place of
    "transformer_path": "transformer",
    "text_encoder_path": "text_encoder",
    "vae_path": "vae",
}


def chosen(kind: str, paths: Iterable[str], settings: Mapping[str, Any]) -> list[str]:
    """Of the files of a folder, those that are needed; `kind` as in `models`."""
    files = list(paths)
    pick = {
        "diffusers": _diffusers,
        "wan": _wan,
        "hunyuan": _hunyuan,
        "adapter": _adapter,
    }.get(kind, _flat)
    return sorted(set(pick(files, settings)))


def has_weights(file: str) -> bool:
    """By its name."""
    return file.endswith((*_WEIGHTS, *_OLDER))


def _flat(files: list[str], _settings: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_folder([file for file in files if "/" not in file])


def _adapter(files: list[str], settings: Mapping[str, Any]) -> Iterator[str]:
    yield from (file for file in _flat(files, settings) if not file.endswith(".txt"))


def _diffusers(files: list[str], settings: Mapping[str, Any]) -> Iterator[str]:
    """Single-file checkpoints of the same model lie beside its folders: they stay there."""
    unused = set(_UNUSED.get(settings["model"], ()))
    read = MODELS[settings["model"]].keys
    unused |= {folder for name, folder in _REPLACED.items() if name in read and settings[name]}
    yield from (file for file in files if file == "model_index.json")
    folders: dict[str, list[str]] = {}
    for file in files:
        folder, _, name = file.partition("/")
        if name and "/" not in name:
            folders.setdefault(folder, []).append(file)
    for folder, inside in folders.items():
        if folder not in unused and any(file.endswith("config.json") for file in inside):
            yield from _of_folder(inside)


def _wan(files: list[str], settings: Mapping[str, Any]) -> Iterator[str]:
    """What `models/wan` reads of a folder as its makers publish it."""
    for file in files:
        top, _, name = file.rpartition("/")
        if name.startswith("models_t5"):
            wanted = not settings["llm_path"]
        elif name.endswith(_WEIGHTS) or name.endswith(".safetensors.index.json"):
            wanted = (
                top in ("", "low_noise_model", "high_noise_model")
                and not (settings["transformer_path"])
            )
        elif not top:
            wanted = name == "config.json" or name.endswith(".pth")
        else:
            wanted = name.endswith(_TEXTS) and top not in ("assets", "examples")
        if wanted:
            yield file


def _hunyuan(files: list[str], _settings: Mapping[str, Any]) -> Iterator[str]:
    for file in files:
        top = file.partition("/")[0]
        named = top in ("hunyuan-video-t2v-720p", "text_encoder", "text_encoder_2")
        if named and not any(mark in file for mark in ("_fp8", *_VARIANTS)):
            yield file


def _of_folder(files: list[str]) -> Iterator[str]:
    """Its texts, and its weights in one form."""
    plain = [file for file in files if not any(mark in _name(file) for mark in _VARIANTS)]
    yield from (file for file in plain if file.endswith(_TEXTS))
    weights = [file for file in plain if file.endswith(_WEIGHTS)]
    yield from weights or (file for file in plain if file.endswith(_OLDER))


def _name(file: str) -> str:
    return file.rpartition("/")[2]
