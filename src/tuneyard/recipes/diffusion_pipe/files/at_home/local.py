"""Whether what lies at the model's paths is what the trainer will look for there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.files import contents, named, sniff, wan
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_WAN = ("t2v", "i2v", "flf2v", "ti2v")
# By which Wan 2.1 looks at the picture that a clip begins with.
_SIGHT = ("models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth", "xlm-roberta-large")
# Types that a folder of Diffusers may stand for beside its own.
_FOLDERS_ALSO: Mapping[str, frozenset[str]] = {"chroma": frozenset({"flux"})}


def problems(settings: Mapping[str, Any], places: Iterable[tuple[str, str]]) -> list[Problem]:
    """`places` are settings with a local path each; a file of the Hub is looked at when its turn comes."""
    return [problem for name, path in places for problem in _at(settings, name, Path(path))]


def _at(settings: Mapping[str, Any], name: str, path: Path) -> Iterator[Problem]:
    kind = named.kind(settings["model"], name) if name in named.KINDS else "either"
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
    if problem := contents.misfit(settings, name, str(path), found):
        yield problem


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
            yield _wrong(name, path, *contents.another(path.name, found, model))
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
    kind = wan.kind(transformer, str(path))
    if not transformer.startswith("hf:"):
        config = wan.config(transformer, str(path))
        if not config.is_file():
            step = (
                "Name low_noise_model or high_noise_model in it as transformer_path."
                if (path / "low_noise_model").is_dir() and not transformer
                else "Name the folder as its makers publish it."
            )
            yield _wrong("ckpt_path", path, f"There is no {config}.", step)
            return
        if kind not in _WAN:
            yield _wrong(
                "ckpt_path",
                path,
                f"{config} says “{kind}”, a kind of Wan that the trainer doesn’t know.",
                f"It trains {', '.join(_WAN[:-1])} and {_WAN[-1]}.",
            )
        if not transformer and not any(path.glob("*.safetensors")):
            yield _missing(path, "*.safetensors", "name a transformer_path")
    vae = "Wan2.2_VAE.pth" if wan.is_5b(kind, str(path)) else "Wan2.1_VAE.pth"
    needed = [(vae, ""), ("google/umt5-xxl", "")]
    if not settings["llm_path"]:
        needed.append(("models_t5_umt5-xxl-enc-bf16.pth", "name a file as llm_path"))
    if _sees(transformer or str(path), kind):
        needed += [(part, "") for part in _SIGHT]
    for part, otherwise in needed:
        if not (path / part).exists():
            yield _missing(path, part, otherwise)


def _sees(transformer: str, kind: str) -> bool:
    """Whether it looks at the first picture of a clip, which Wan 2.2 doesn't."""
    place = Path(transformer)
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else [place]
    return kind == "flf2v" or (kind == "i2v" and any(map(sniff.sees, files)))


def _missing(path: Path, part: str, otherwise: str) -> Problem:
    step = f"Fetch it into the folder{f', or {otherwise}' if otherwise else ''}."
    return _wrong("ckpt_path", path, f"{path} has no {part}.", step)


def _wrong(name: str, path: Path, sentence: str, next_step: str) -> Problem:
    return Problem(sentence, "model-file", name, next_step, place=str(path))
