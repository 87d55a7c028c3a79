"""The model, and where its files lie."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from tuneyard.fields import setting
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.files.named import KINDS
from tuneyard.recipes.diffusion_pipe.settings.asking import readers

GROUP = "Model"

Type = Literal[
    "sdxl",
    "flux",
    "wan",
    "qwen_image",
    "z_image",
    "hunyuan-video",
    "flux2",
    "krea2",
    "chroma",
    "hidream",
    "sd3",
    "lumina_2",
    "auraflow",
    "omnigen2",
    "hunyuan_image",
    "cosmos_predict2",
    "anima",
    "ernie_image",
    "ideogram4",
    "hunyuan_video_15",
    "ltx-video",
    "ltx2",
    "minimax_h3",
    "cosmos",
]


def _path(name: str, title: str, text: str, *, importance: str = "basic") -> Any:
    """A file or folder of the model: here, or ``hf:owner/name/path`` on the Hub."""
    folder = KINDS[name] in {"wan", "diffusers", "transformers"}
    return setting(
        "",
        title,
        text,
        importance="basic" if importance == "basic" else "advanced",
        group=GROUP,
        widget="model-folder" if folder else "model-file",
        shown_when=readers(name),
    )


class Files(BaseModel):
    model: Type = setting(
        "sdxl",
        "Model",
        "What to train. Each model has its own files, below; a preset names them for you.",
        importance="basic",
        group=GROUP,
        widget="names",
        choices={name: model.title for name, model in MODELS.items()},
    )
    ckpt_path: str = _path(
        "ckpt_path",
        "Model's folder",
        "As its makers publish it: hf:Wan-AI/Wan2.1-T2V-1.3B, say, or a folder here.",
    )
    diffusers_path: str = _path(
        "diffusers_path",
        "Diffusers folder",
        "A folder with a model_index.json, here or on the Hub: hf:black-forest-labs/FLUX.1-dev, say, for Flux.",
    )
    checkpoint_path: str = _path(
        "checkpoint_path",
        "Checkpoint",
        "One .safetensors file with the whole model, here or as hf:owner/name/file.",
    )
    single_file_path: str = _path(
        "single_file_path",
        "Single file",
        "The .safetensors file with transformer and VAE; the folder gives the text encoder.",
    )
    transformer_path: str = _path(
        "transformer_path",
        "Transformer",
        "The file of the model proper. Where the folder above has one already, this one is taken instead.",
    )
    vae_path: str = _path(
        "vae_path",
        "VAE",
        "The file that turns pictures into what the model works on. For Qwen-Image: the one of Diffusers.",
    )
    text_encoder_path: str = _path(
        "text_encoder_path", "Text encoder", "The file of the model that reads the captions."
    )
    llm_path: str = _path(
        "llm_path",
        "Language model",
        "What reads the captions: a file, or for HunyuanVideo a folder. Wan needs it only where its folder has none.",
    )
    clip_path: str = _path(
        "clip_path", "CLIP folder", "A folder such as hf:openai/clip-vit-large-patch14."
    )
    llama3_path: str = _path(
        "llama3_path",
        "Llama 3.1 folder",
        "The folder of Meta-Llama-3.1-8B-Instruct, which reads the captions.",
    )
    t5_path: str = _path(
        "t5_path",
        "T5 file",
        "The older T5 that ComfyUI names oldt5_xxl; not the one of most other models.",
    )
    byt5_path: str = _path(
        "byt5_path", "ByT5 file", "The small model that reads what is to be written in a picture."
    )
    diffusion_model: str = _path(
        "diffusion_model",
        "Diffusion model",
        "The file of the model proper, as ComfyUI takes it.",
    )
    vae: str = _path(
        "vae",
        "VAE",
        "The file that turns pictures into what the model works on, as ComfyUI takes it.",
    )
    text_encoder: str = _path(
        "text_encoder",
        "Text encoder",
        "The file of the model that reads the captions, as ComfyUI takes it. It must be this model's own.",
    )
    byt5: str = _path(
        "byt5", "ByT5 file", "The second text encoder: what is to be written in a picture."
    )
    audio_vae: str = _path(
        "audio_vae", "Audio VAE", "The file that turns sound into what the model works on."
    )
    llm_adapter_path: str = _path(
        "llm_adapter_path",
        "Adapter of the language model",
        "A file, where the transformer's own has none.",
        importance="advanced",
    )
    merge_adapters: list[str] = setting(
        [],
        "Merge before training",
        "LoRA files that become part of the model first. Z-Image Turbo needs its training adapter here.",
        group=GROUP,
        widget="model-file",
        shown_when=readers("merge_adapters"),
        max_length=20,
    )
