"""Whether what lies at the model's paths is what the trainer will look for there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe import models as table
from tuneyard.recipes.diffusion_pipe.data import asked
from tuneyard.recipes.diffusion_pipe.data.at_home import sniff
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Which settings hold the model itself, not something beside it.
_MODELS = ("transformer_path", "diffusion_model", "checkpoint_path", "single_file_path")
_WAN = ("t2v", "i2v", "flf2v", "ti2v")
_ADAPTERS = ("merge_adapters", "init_from_existing", "fuse_adapters")

# Types that one file, or one folder of Diffusers, may stand for beside its own.
_ALSO: Mapping[str, frozenset[str]] = {
    "cosmos_predict2": frozenset({"anima"}),
    "anima": frozenset({"cosmos_predict2"}),
}
_FOLDERS_ALSO: Mapping[str, frozenset[str]] = {"chroma": frozenset({"flux"})}


def problems(settings: Mapping[str, Any], places: Iterable[tuple[str, str]]) -> list[Problem]:
    """`places` are settings with a local path each; those on the Hub are looked at when fetched."""
    return [problem for name, path in places for problem in _at(settings, name, Path(path))]


def _at(settings: Mapping[str, Any], name: str, path: Path) -> Iterator[Problem]:
    kind = table.kind(settings["model"], name) if name in table.KINDS else "either"
    wants_file, wants_folder = kind == "file", kind not in {"file", "either"}
    if not path.exists():
        yield _wrong(name, path, f"There is no {path}.", "Look whether it is spelt right.")
    elif wants_file and path.is_dir():
        yield _wrong(name, path, f"{path} is a folder.", "Name the file in it.")
    elif wants_folder and not path.is_dir():
        yield _wrong(name, path, f"{path} is a file.", "Name the folder that it lies in.")
    elif path.is_dir():
        yield from _folder(settings, name, path, kind)
    else:
        yield from _file(settings, name, path)


def _file(settings: Mapping[str, Any], name: str, path: Path) -> Iterator[Problem]:
    try:
        found = sniff.kind_of(path)
    except OSError as error:
        yield _wrong(name, path, f"{path} can’t be read ({error.strerror}).", "Look who may.")
        return
    model = settings["model"]
    if found.damage:
        yield _wrong(name, path, f"{path.name} can’t be loaded: {found.damage}.", "Fetch it again.")
    elif found.part == "adapter" and name not in _ADAPTERS:
        yield _wrong(name, path, f"{path.name} is a LoRA.", "Name the model that it was made for.")
    elif found.part not in {"adapter", ""} and name in _ADAPTERS:
        yield _wrong(name, path, f"{path.name} is no LoRA.", "Name a LoRA.")
    elif name in _MODELS and found.part in {"vae", "comfy-vae", "text"}:
        what = "a text encoder" if found.part == "text" else "a VAE"
        yield _wrong(name, path, f"{path.name} is {what}.", f"Name the file of {_title(model)}.")
    elif name in _MODELS and found.model and found.model not in {model, *_ALSO.get(model, ())}:
        yield _another(name, path, found.model, model)
    elif found.model and name not in _MODELS and not _holds_all(settings, name):
        yield _wrong(
            name, path, f"{path.name} is {_title(found.model)} itself.", f"Name its {name} here."
        )
    elif found.part == "comfy-vae" and model == "qwen_image" and name == "vae_path":
        yield _wrong(
            name,
            path,
            f"{path.name} is ComfyUI’s VAE, and Qwen-Image needs that of Diffusers.",
            "Take vae/diffusion_pytorch_model.safetensors of Qwen/Qwen-Image.",
        )
    elif found.scaled and table.MODELS[model].loader != "C":
        yield _wrong(
            name,
            path,
            f"{path.name} holds scaled fp8, which the trainer can’t load for {_title(model)}.",
            "Take the file in bf16 or fp16, or one in fp8 that isn’t scaled.",
        )


def _holds_all(settings: Mapping[str, Any], name: str) -> bool:
    """Files with text encoder and VAE packed in may be named for those as well."""
    return name in _ADAPTERS or table.MODELS[settings["model"]].loader == "C"


def _folder(settings: Mapping[str, Any], name: str, path: Path, kind: str) -> Iterator[Problem]:
    model = settings["model"]
    if kind == "diffusers":
        if not (path / "model_index.json").is_file():
            yield _wrong(
                name,
                path,
                f"{path} is no folder of Diffusers: it has no model_index.json.",
                "Name the folder with model_index.json, transformer/, vae/ and so on.",
            )
        found = sniff.pipeline_of(path)
        if found and found not in {model, *_FOLDERS_ALSO.get(model, ())}:
            yield _another(name, path, found, model)
    elif kind == "wan":
        yield from _wan(settings, path)
    elif kind == "transformers" and not (path / "config.json").is_file():
        yield _wrong(
            name, path, f"{path} has no config.json.", "Name a folder as the Hub has it, whole."
        )
    elif kind == "either" and not any(path.glob("*.safetensors")):
        yield _wrong(
            name, path, f"{path} has no .safetensors file.", "Name the file, or its folder."
        )


def _wan(settings: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    transformer = settings["transformer_path"]
    if not transformer.startswith("hf:"):
        config = asked.wan_config(transformer, str(path))
        if not config.is_file():
            step = (
                "Name low_noise_model or high_noise_model in it as transformer_path."
                if (path / "low_noise_model").is_dir() and not transformer
                else "Name the folder as its makers publish it."
            )
            yield _wrong("ckpt_path", path, f"There is no {config}.", step)
            return
        if (kind := asked.wan_type(transformer, str(path))) not in _WAN:
            yield _wrong(
                "ckpt_path",
                path,
                f"{config} says “{kind}”, a kind of Wan that the trainer doesn’t know.",
                f"It trains {', '.join(_WAN[:-1])} and {_WAN[-1]}.",
            )
        if not transformer and not any(path.glob("*.safetensors")):
            yield _missing(path, "*.safetensors", "name a transformer_path")
    vae = (
        "Wan2.2_VAE.pth"
        if asked.rates(settings, {"ckpt_path": str(path)}).rounding == 32
        else ("Wan2.1_VAE.pth")
    )
    needed = [(vae, ""), ("google/umt5-xxl", "")]
    if not settings["llm_path"]:
        needed.append(("models_t5_umt5-xxl-enc-bf16.pth", "name a file as llm_path"))
    for part, otherwise in needed:
        if not (path / part).exists():
            yield _missing(path, part, otherwise)


def _missing(path: Path, part: str, otherwise: str) -> Problem:
    step = f"Fetch it into the folder{f', or {otherwise}' if otherwise else ''}."
    return _wrong("ckpt_path", path, f"{path} has no {part}.", step)


def _another(name: str, path: Path, found: str, model: str) -> Problem:
    return _wrong(
        name,
        path,
        f"{path.name} is {_title(found)}, and the job trains {_title(model)}.",
        f"Choose {found} as the model, or name a file of {_title(model)}.",
    )


def _title(model: str) -> str:
    return table.MODELS[model].title


def _wrong(name: str, path: Path, sentence: str, next_step: str) -> Problem:
    return Problem(sentence, "model-file", name, next_step, place=str(path))
