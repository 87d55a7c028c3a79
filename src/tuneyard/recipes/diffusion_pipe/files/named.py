"""The paths that settings name: what must lie at each, and which of them a job reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["KINDS", "PATHS", "fused", "kind", "paths", "weighed"]

# What lies at a model's paths. A file is a .safetensors, or what torch saved. “either”: a file,
# or a folder with the same in parts. diffusers: a folder with model_index.json. wan, hunyuan:
# folders as their makers publish them. transformers: a language model with its tokenizer.
# adapter: a folder with one LoRA's .safetensors; for Flux, that file itself will do.
KINDS: Mapping[str, str] = {
    "ckpt_path": "wan",
    "diffusers_path": "diffusers",
    "checkpoint_path": "file",
    "single_file_path": "file",
    "transformer_path": "file",
    "vae_path": "file",
    "text_encoder_path": "file",
    "llm_path": "file",
    "clip_path": "transformers",
    "llama3_path": "transformers",
    "t5_path": "file",
    "byt5_path": "file",
    "llm_adapter_path": "file",
    "diffusion_model": "file",
    "vae": "file",
    "text_encoder": "file",
    "byt5": "file",
    "audio_vae": "file",
    "merge_adapters": "file",
    "init_from_existing": "adapter",
    "fuse_adapters": "adapter",
}

PATHS = tuple(KINDS)

_KINDS: Mapping[tuple[str, str], str] = {
    ("hunyuan-video", "ckpt_path"): "hunyuan",
    ("hunyuan-video", "llm_path"): "transformers",
    ("wan", "transformer_path"): "either",
    ("cosmos_predict2", "llm_path"): "either",
    ("anima", "llm_path"): "either",
    **{
        (model, name): "either"
        for model in ("qwen_image", "hunyuan_image")
        for name in ("transformer_path", "vae_path", "text_encoder_path", "byt5_path")
    },
    **{("auraflow", name): "either" for name in ("vae_path", "text_encoder_path")},
}


def kind(model: str, name: str) -> str:
    """What must lie at a path, for one of the models."""
    return _KINDS.get((model, name), KINDS[name])


def paths(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings that are paths, read by the chosen model and set, with each path.

    Lists come once for each of their files; weights of `fuse_adapters` are cut off.
    """
    read = reads(settings)
    found = []
    for name in PATHS:
        value = settings[name] if name in read else ""
        each = value if isinstance(value, list) else [value]
        found += [(name, weighed(path)[0] if name == "fuse_adapters" else path) for path in each]
    return [(name, path) for name, path in found if path]


def fused(lines: Iterable[str]) -> list[tuple[str, float]]:
    """Paths of adapters and how strongly each counts: ``path`` or ``path=0.8``."""
    return [weighed(line) for line in lines]


def weighed(line: str) -> tuple[str, float]:
    """A path that ends in ``=`` and a number has its weight there; any other counts whole."""
    path, equals, weight = line.rpartition("=")
    try:
        return (path.strip(), float(weight)) if equals and path else (line.strip(), 1.0)
    except ValueError:  # the name itself has a =
        return line.strip(), 1.0
