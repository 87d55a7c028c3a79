from collections.abc import Mapping
from typing import Any

import pytest

from tuneyard.recipes.diffusion_pipe.files.parts import chosen

NONE = dict.fromkeys(("transformer_path", "text_encoder_path", "vae_path", "llm_path"), "")

FLUX = [
    "flux1-dev.safetensors",
    "ae.safetensors",
    "README.md",
    "dev_grid.jpg",
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "text_encoder/model.fp16.safetensors",
    "text_encoder_2/config.json",
    "text_encoder_2/model-00001-of-00002.safetensors",
    "text_encoder_2/model-00002-of-00002.safetensors",
    "text_encoder_2/model.safetensors.index.json",
    "tokenizer/merges.txt",
    "tokenizer/tokenizer_config.json",
    "tokenizer_2/spiece.model",
    "tokenizer_2/tokenizer_config.json",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model-00001-of-00003.safetensors",
    "transformer/diffusion_pytorch_model.safetensors.index.json",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.bin",
]
BESIDE = {"flux1-dev.safetensors", "ae.safetensors", "README.md", "dev_grid.jpg"}
TWICE = {"text_encoder/model.fp16.safetensors", "vae/diffusion_pytorch_model.bin"}
TRANSFORMER = {name for name in FLUX if name.startswith("transformer/")}

SD3 = [
    "sd3.5_medium.safetensors",
    "model_index.json",
    "text_encoders/t5xxl_fp16.safetensors",
    "text_encoders/README.md",
    "text_encoder_3/config.json",
    "text_encoder_3/model.safetensors",
]

WAN = [
    "README.md",
    "assets/logo.png",
    "examples/i2v.jpg",
    "config.json",
    "Wan2.1_VAE.pth",
    "diffusion_pytorch_model-00001-of-00002.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "google/umt5-xxl/spiece.model",
    "google/umt5-xxl/tokenizer.json",
    "models_t5_umt5-xxl-enc-bf16.pth",
]
WEIGHTS = {name for name in WAN if name.startswith("diffusion_pytorch_model")}
T5 = {"models_t5_umt5-xxl-enc-bf16.pth"}
SCENERY = {"README.md", "assets/logo.png", "examples/i2v.jpg"}

WAN22 = [
    "configuration.json",
    "Wan2.1_VAE.pth",
    "google/umt5-xxl/tokenizer.json",
    "high_noise_model/config.json",
    "high_noise_model/diffusion_pytorch_model-00001-of-00006.safetensors",
    "low_noise_model/config.json",
    "low_noise_model/diffusion_pytorch_model-00001-of-00006.safetensors",
    "models_t5_umt5-xxl-enc-bf16.pth",
]

HUNYUAN = [
    "README.md",
    "assets/logo.png",
    "config.json",
    "hunyuan-video-t2v-720p/transformers/mp_rank_00_model_states.pt",
    "hunyuan-video-t2v-720p/transformers/mp_rank_00_model_states_fp8.pt",
    "hunyuan-video-t2v-720p/transformers/mp_rank_00_model_states_fp8_map.pt",
    "hunyuan-video-t2v-720p/vae/config.json",
    "hunyuan-video-t2v-720p/vae/pytorch_model.pt",
]

CLIP = [
    "config.json",
    "model.safetensors",
    "pytorch_model.bin",
    "tf_model.h5",
    "vocab.json",
    "merges.txt",
]
OLD = ["config.json", "pytorch_model.bin", "flax_model.msgpack", "onnx/model.onnx"]

CASES: list[tuple[str, str, list[str], Mapping[str, Any], set[str]]] = [
    ("diffusers", "flux", FLUX, {}, set(FLUX) - BESIDE - TWICE),
    (
        "diffusers",
        "flux",
        FLUX,
        {"transformer_path": "x"},
        set(FLUX) - BESIDE - TWICE - TRANSFORMER,
    ),
    # Flux reads no vae_path: what another model left in the form takes nobody's place.
    ("diffusers", "flux", FLUX, {"vae_path": "x"}, set(FLUX) - BESIDE - TWICE),
    ("diffusers", "chroma", FLUX, {}, set(FLUX) - BESIDE - TWICE - TRANSFORMER),
    ("diffusers", "sd3", SD3, {}, {"model_index.json", *SD3[4:]}),
    ("wan", "wan", WAN, {}, set(WAN) - SCENERY),
    ("wan", "wan", WAN, {"transformer_path": "x"}, set(WAN) - SCENERY - WEIGHTS),
    ("wan", "wan", WAN, {"llm_path": "x"}, set(WAN) - SCENERY - T5),
    (
        "wan",
        "wan",
        WAN22,
        {"transformer_path": "x"},
        {
            "Wan2.1_VAE.pth",
            "google/umt5-xxl/tokenizer.json",
            "high_noise_model/config.json",
            "low_noise_model/config.json",
            "models_t5_umt5-xxl-enc-bf16.pth",
        },
    ),
    ("hunyuan", "hunyuan-video", HUNYUAN, {}, {HUNYUAN[3], HUNYUAN[6], HUNYUAN[7]}),
    (
        "transformers",
        "hunyuan-video",
        CLIP,
        {},
        {"config.json", "model.safetensors", "vocab.json", "merges.txt"},
    ),
    ("transformers", "hidream", OLD, {}, {"config.json", "pytorch_model.bin"}),
    (
        "either",
        "wan",
        ["config.json", "a-1.safetensors", "x/y.safetensors"],
        {},
        {"config.json", "a-1.safetensors"},
    ),
]


@pytest.mark.parametrize(("kind", "model", "files", "settings", "wanted"), CASES)
def test_only_what_is_read_is_taken(
    kind: str, model: str, files: list[str], settings: Mapping[str, Any], wanted: set[str]
) -> None:
    assert chosen(kind, files, {"model": model, **NONE, **settings}) == sorted(wanted)
