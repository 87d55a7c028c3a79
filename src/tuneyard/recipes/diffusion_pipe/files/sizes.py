"""How large things are, in GB: as documented by upstream and the Hub's pages, or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Measured on 2026-11-22: the requirements with a torch for CUDA, and the same without what
# only CUDA needs.
ENVIRONMENT = {"cpu": 1.9, "cuda": 5.9}

# What is fetched of a model, with all that goes with it, by the setting that names its main
# part. Those of 14B and of Qwen-Image are as people report them, the others as pages say.
MODELS: Mapping[str, Mapping[str, float]] = {
    "ckpt_path": {
        "hf:Wan-AI/Wan2.1-T2V-1.3B": 17.6,
        "hf:Wan-AI/Wan2.1-T2V-14B": 69.0,
        "hf:Wan-AI/Wan2.2-T2V-A14B": 69.0,
    },
    "diffusers_path": {"hf:black-forest-labs/FLUX.1-dev": 33.7, "hf:Qwen/Qwen-Image": 58.0},
    "checkpoint_path": {
        "hf:stabilityai/stable-diffusion-xl-base-1.0/sd_xl_base_1.0_0.9vae.safetensors": 6.9
    },
    "vae_path": {"hf:Kijai/HunyuanVideo_comfy/hunyuan_video_vae_bf16.safetensors": 31.0},
    "diffusion_model": {
        "hf:Comfy-Org/z_image_turbo/split_files/diffusion_models/z_image_turbo_bf16.safetensors": 21.0
    },
}
