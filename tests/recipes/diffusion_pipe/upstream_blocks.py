"""What upstream's documents show how to configure, in places of our own.

One entry for each [model] table of its docs/supported_models.md (with what is commented out
there taken in where it can be), and its example files. Facts alone: which keys stand
together with which values.
"""

from typing import Any

M = "/models"
_FP8 = {"transformer_dtype": "float8"}
_NORMAL = {"timestep_sample_method": "logit_normal"}


def _comfy(kind: str, text: str, te: str = "", **others: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "diffusion_model": f"{M}/{kind}.safetensors",
        "vae": f"{M}/vae.safetensors",
        "text_encoders": [{"path": f"{M}/{text}.safetensors", "type": te or kind}],
        **others,
    }


MODELS: dict[str, dict[str, Any]] = {
    "sdxl": {
        "type": "sdxl",
        "checkpoint_path": f"{M}/sdxl.safetensors",
        "v_pred": True,
        "min_snr_gamma": 5,
        "debiased_estimation_loss": True,
        "unet_lr": 4e-5,
        "text_encoder_1_lr": 2e-5,
        "text_encoder_2_lr": 2e-5,
    },
    "flux": {"type": "flux", "diffusers_path": f"{M}/flux", **_FP8, "flux_shift": True},
    "flux, another transformer": {
        "type": "flux",
        "diffusers_path": f"{M}/flux",
        "transformer_path": f"{M}/dedistilled.safetensors",
        **_FP8,
        "flux_shift": True,
        "bypass_guidance_embedding": True,
    },
    "ltx-video": {
        "type": "ltx-video",
        "diffusers_path": f"{M}/ltx",
        "single_file_path": f"{M}/ltx/2b.safetensors",
        **_FP8,
        **_NORMAL,
        "first_frame_conditioning_p": 1.0,
    },
    "hunyuan-video, its folder": {
        "type": "hunyuan-video",
        "ckpt_path": f"{M}/ckpts",
        **_FP8,
        **_NORMAL,
    },
    "hunyuan-video, files": {
        "type": "hunyuan-video",
        "transformer_path": f"{M}/hv.safetensors",
        "vae_path": f"{M}/hv-vae.safetensors",
        "llm_path": f"{M}/llava",
        "clip_path": f"{M}/clip",
        **_FP8,
        **_NORMAL,
    },
    "cosmos": {
        "type": "cosmos",
        "transformer_path": f"{M}/cosmos.pt",
        "vae_path": f"{M}/cv.safetensors",
        "text_encoder_path": f"{M}/oldt5.safetensors",
    },
    "lumina_2": {
        "type": "lumina_2",
        "transformer_path": f"{M}/lumina.safetensors",
        "llm_path": f"{M}/gemma.safetensors",
        "vae_path": f"{M}/ae.safetensors",
        "lumina_shift": True,
    },
    "wan 2.1": {"type": "wan", "ckpt_path": f"{M}/Wan2.1-T2V-1.3B", **_NORMAL},
    "wan 2.1, files": {
        "type": "wan",
        "ckpt_path": f"{M}/Wan2.1-T2V-1.3B",
        "transformer_path": f"{M}/wan.safetensors",
        "llm_path": f"{M}/umt5.safetensors",
        **_FP8,
        **_NORMAL,
    },
    "wan 2.2, low noise": {
        "type": "wan",
        "ckpt_path": f"{M}/Wan2.2-T2V-A14B",
        "transformer_path": f"{M}/Wan2.2-T2V-A14B/low_noise_model",
        **_FP8,
        "min_t": 0,
        "max_t": 0.875,
    },
    "wan 2.2, high noise": {
        "type": "wan",
        "ckpt_path": f"{M}/Wan2.2-T2V-A14B",
        "transformer_path": f"{M}/Wan2.2-T2V-A14B/high_noise_model",
        **_FP8,
        "min_t": 0.875,
        "max_t": 1,
    },
    "wan 2.2, files": {
        "type": "wan",
        "ckpt_path": f"{M}/Wan2.2-T2V-A14B",
        "transformer_path": f"{M}/wan22-low.safetensors",
        "llm_path": f"{M}/umt5.safetensors",
        **_FP8,
    },
    "chroma": {
        "type": "chroma",
        "diffusers_path": f"{M}/flux",
        "transformer_path": f"{M}/chroma.safetensors",
        **_FP8,
        "flux_shift": True,
    },
    "hidream": {
        "type": "hidream",
        "diffusers_path": f"{M}/hidream",
        "llama3_path": f"{M}/llama",
        "llama3_4bit": True,
        **_FP8,
        "max_llama3_sequence_length": 128,
        "flux_shift": True,
    },
    "sd3": {"type": "sd3", "diffusers_path": f"{M}/sd35", **_FP8, "flux_shift": True},
    "cosmos_predict2": {
        "type": "cosmos_predict2",
        "transformer_path": f"{M}/predict2.pt",
        "vae_path": f"{M}/wan-vae.safetensors",
        "t5_path": f"{M}/oldt5.safetensors",
        "transformer_dtype": "float8_e5m2",
    },
    "omnigen2": {"type": "omnigen2", "diffusers_path": f"{M}/omnigen2", "flux_shift": True},
    "flux kontext": {
        "type": "flux",
        "diffusers_path": f"{M}/flux",
        "transformer_path": f"{M}/kontext.safetensors",
        **_FP8,
    },
    "qwen_image": {"type": "qwen_image", "diffusers_path": f"{M}/qwen", **_FP8, **_NORMAL},
    "qwen_image, files": {
        "type": "qwen_image",
        "transformer_path": f"{M}/qwen.safetensors",
        "text_encoder_path": f"{M}/qwen-vl.safetensors",
        "vae_path": f"{M}/qwen/vae/diffusion_pytorch_model.safetensors",
        **_FP8,
        **_NORMAL,
    },
    "qwen_image edit": {
        "type": "qwen_image",
        "diffusers_path": f"{M}/qwen",
        "transformer_path": f"{M}/qwen-edit.safetensors",
        **_FP8,
        **_NORMAL,
    },
    "hunyuan_image": {
        "type": "hunyuan_image",
        "transformer_path": f"{M}/hi.safetensors",
        "vae_path": f"{M}/hi-vae.safetensors",
        "text_encoder_path": f"{M}/qwen-vl.safetensors",
        "byt5_path": f"{M}/byt5.safetensors",
        **_FP8,
    },
    "auraflow": {
        "type": "auraflow",
        "transformer_path": f"{M}/pony.safetensors",
        "text_encoder_path": f"{M}/umt5.safetensors",
        "vae_path": f"{M}/sdxl-vae.safetensors",
        **_FP8,
        **_NORMAL,
        "max_sequence_length": 768,
    },
    "z_image": _comfy(
        "z_image",
        "qwen3-4b",
        "lumina2",
        merge_adapters=[f"{M}/turbo-adapter.safetensors"],
        diffusion_model_dtype="float8",
    ),
    "hunyuan_video_15": {
        "type": "hunyuan_video_15",
        "diffusion_model": f"{M}/hv15.safetensors",
        "vae": f"{M}/hv15-vae.safetensors",
        "text_encoders": [
            {
                "paths": [f"{M}/qwen-vl.safetensors", f"{M}/byt5.safetensors"],
                "type": "hunyuan_video_15",
            }
        ],
        "diffusion_model_dtype": "float8",
        **_NORMAL,
        "shift": 3,
    },
    "flux2 dev": _comfy("flux2", "mistral", diffusion_model_dtype="float8", shift=3, **_NORMAL),
    "flux2 klein 4b": _comfy("flux2", "qwen3-4b", shift=3, **_NORMAL),
    "flux2 klein 9b": _comfy("flux2", "qwen3-8b", diffusion_model_dtype="float8", shift=3),
    "anima": {
        "type": "anima",
        "transformer_path": f"{M}/anima.safetensors",
        "vae_path": f"{M}/qwen-vae.safetensors",
        "llm_path": f"{M}/qwen3-06b.safetensors",
        "llm_adapter_lr": 0,
    },
    "ernie_image": _comfy(
        "ernie_image", "ministral", "flux2", diffusion_model_dtype="float8", shift=3, **_NORMAL
    ),
    "ltx2": {
        "type": "ltx2",
        "diffusion_model": f"{M}/ltx23.safetensors",
        "text_encoder": f"{M}/gemma3.safetensors",
        "diffusion_model_dtype": "float8",
        **_NORMAL,
        "shift": 1,
    },
    "ideogram4": _comfy(
        "ideogram4", "qwen3vl-8b", diffusion_model_dtype="float8", shift=3, **_NORMAL
    ),
    "krea2": _comfy("krea2", "qwen3vl-4b", diffusion_model_dtype="float8", **_NORMAL),
    "minimax_h3": _comfy(
        "minimax_h3",
        "qwen3vl-32b",
        "minimax",
        audio_vae=f"{M}/audio-vae.safetensors",
        timestep_sample_method="uniform",
        shift=8,
        cfg=4,
    ),
    "minimax_h3, its example": _comfy(
        "minimax_h3",
        "qwen3vl-32b",
        "minimax",
        audio_vae=f"{M}/audio-vae.safetensors",
        timestep_sample_method="uniform",
        shift=8,
        image_shift=1,
        merge_adapters=[f"{M}/adapter.safetensors"],
    ),
}

# Tables of its examples: [adapter], [optimizer], and top levels of whole files.
ADAPTERS: list[dict[str, Any]] = [
    {"type": "lora", "rank": 32, "dtype": "bfloat16"},
    {"type": "lora", "rank": 32, "dtype": "bfloat16", "init_from_existing": "/runs/epoch50"},
    {
        "type": "lora",
        "rank": 32,
        "dtype": "bfloat16",
        "fuse_adapters": [{"path": "/loras/some.safetensors", "weight": 1.0}],
    },
    {"type": "lokr", "rank": 1_000_000, "decompose_factor": 4, "dtype": "bfloat16"},
]

_BETAS = {"betas": [0.9, 0.99], "weight_decay": 0.01}
OPTIMIZERS: list[dict[str, Any]] = [
    {"type": "adamw_optimi", "lr": 2e-5, **_BETAS, "eps": 1e-8},
    {"type": "AdamW8bitKahan", "lr": 2e-5, **_BETAS, "eps": 1e-8, "stabilize": False},
    {"type": "automagic", "weight_decay": 0.01},
    {"type": "Prodigy", "lr": 1, **_BETAS},
    {"type": "adamw8bitkahan", "lr": 5e-6, **_BETAS, "eps": 1e-8, "gradient_release": True},
]

TOPS: dict[str, dict[str, Any]] = {
    "main": {
        "epochs": 1000,
        "max_steps": 5000,
        "micro_batch_size_per_gpu": [[512, 4], [1024, 1]],
        "image_micro_batch_size_per_gpu": 4,
        "pipeline_stages": 1,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": 1.0,
        "warmup_steps": 100,
        "force_constant_lr": 1e-5,
        "lr_scheduler": "linear",
        "blocks_to_swap": 20,
        "eval_every_n_epochs": 1,
        "eval_every_n_steps": 100,
        "eval_every_n_examples": 1000,
        "eval_before_first_step": True,
        "eval_micro_batch_size_per_gpu": 1,
        "eval_image_micro_batch_size_per_gpu": 4,
        "eval_gradient_accumulation_steps": 1,
        "disable_block_swap_for_eval": True,
        "save_every_n_epochs": 2,
        "save_every_n_steps": 100,
        "save_every_n_examples": 1000,
        "checkpoint_every_n_epochs": 1,
        "checkpoint_every_n_minutes": 120,
        "activation_checkpointing": True,
        "reentrant_activation_checkpointing": True,
        "save_dtype": "bfloat16",
        "caching_batch_size": 1,
        "map_num_proc": 32,
        "compile": True,
        "steps_per_print": 1,
        "video_clip_mode": "single_beginning",
        "x_axis_examples": True,
    },
    "two GPUs": {
        "pipeline_stages": 3,
        "partition_method": "manual",
        "partition_split": [10, 20],
    },
    "wan on 24 GB": {
        "epochs": 1000,
        "warmup_steps": 10,
        "save_every_n_epochs": 5,
        "checkpoint_every_n_minutes": 120,
        "activation_checkpointing": "unsloth",
        "blocks_to_swap": 32,
    },
    "qwen_image on 24 GB": {
        "gradient_accumulation_steps": 4,
        "activation_checkpointing": True,
        "caching_batch_size": 8,
        "blocks_to_swap": 8,
    },
    "minimax_h3 on 24 GB": {
        "image_micro_batch_size_per_gpu": 8,
        "blocks_to_swap": 48,
        "compile": True,
    },
}

_RANGE = {"enable_ar_bucket": True, "min_ar": 0.5, "max_ar": 2.0}
DATASETS: dict[str, dict[str, Any]] = {
    "usual": {
        "resolutions": [512],
        **_RANGE,
        "num_ar_buckets": 7,
        "frame_buckets": [1, 33],
        "directory": [{"path": "/d/one", "num_repeats": 1}, {"path": "/d/two", "num_repeats": 5}],
    },
    "pairs": {
        "resolutions": [[1280, 720]],
        "enable_ar_bucket": True,
        "ar_buckets": [[512, 512], [448, 576]],
        "frame_buckets": [1, 33, 65, 97],
        "cache_shuffle_num": 10,
        "cache_shuffle_delimiter": ";",
        "skip_empty_caption": False,
        "directory": [
            {
                "path": "/d/one",
                "mask_path": "/d/masks",
                "ar_buckets": [[448, 576]],
                "resolutions": [[448, 576]],
                "frame_buckets": [1],
            }
        ],
    },
    "numbers": {
        "resolutions": [512, 1024],
        "enable_ar_bucket": True,
        "ar_buckets": [1.0, 1.5],
        "caption_prefix": "A system’s prompt <Prompt Start> ",
        "directory": [{"path": "/d/one"}],
    },
    "cosmos": {
        "size_buckets": [[960, 960, 1], [1280, 704, 1]],
        "directory": [{"path": "/d/one", "num_repeats": 10}],
    },
    "kontext": {
        "resolutions": [512],
        **_RANGE,
        "num_ar_buckets": 9,
        "num_repeats": 1,
        "directory": [{"path": "/d/target", "control_path": "/d/control"}, {"path": "/d/plain"}],
    },
    "minimax_h3": {
        "resolutions": [768],
        **_RANGE,
        "num_ar_buckets": 9,
        "frame_buckets": [1, 34, 68, 102, 136],
        "num_repeats": 8,
        "directory": [{"path": "/d/videos", "resolutions": [512]}, {"path": "/d/images"}],
    },
}
