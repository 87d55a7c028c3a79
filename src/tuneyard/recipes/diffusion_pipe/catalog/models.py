"""The models that diffusion-pipe trains: which settings each reads, which it can't do without.

Read from upstream's code at the revision that `settings` names: ``train.py``, ``models/*.py``.
Names are those of the settings. Those of ComfyUI's loaders (`loader` C) become the table
``text_encoders`` of the trainer: see `config.writing`. Every model reads ``dtype`` as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FUSING", "MODELS", "OWN_LOSS", "Model", "reads"]


class Model(NamedTuple):
    """One of the trainer's types.

    `one_of`: alternatives, of which all names of one must be set. `loader`: whose files it
    takes: A reads ``transformer_dtype``, C (ComfyUI's) ``diffusion_model_dtype``, "" neither.
    `swap`: how many blocks may wait in the computer's memory: at most a number, True for a
    limit that its file decides, None for none at all. `fps`: what videos are resampled to,
    None where its code takes none; with `stills` it does, and the model makes pictures alone.
    `rounding`: of the sides of buckets; `pixels`: of what is encoded; `frames`: clips have a
    multiple of so many, plus one (`whole`: without the one). `edit`: takes control
    pictures. `full`: a full fine-tune can be saved. `format`: of its LoRA. `te`: the type of its
    text encoder.
    """

    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    loader: str = "A"
    swap: int | bool | None = None
    fps: int | None = None
    stills: bool = False
    rounding: int = 16
    pixels: int = 16
    frames: int = 4
    whole: bool = False
    edit: bool = False
    full: bool = True
    format: str = "ComfyUI"
    te: str = ""

    @property
    def video(self) -> bool:
        return self.fps is not None and not self.stills

    @property
    def loads(self) -> str:
        """Where its LoRA works."""
        return _LOADS.get(self.format, "ComfyUI")

    def folders(self, *, lora: bool) -> str:
        """Where to put what is saved, of programs that load it; a whole SDXL is a checkpoint."""
        kohya = self.format == "Kohya"
        if lora:
            return "ComfyUI’s models/loras" + (" or Forge’s models/Lora" if kohya else "")
        if kohya:
            return "ComfyUI’s models/checkpoints or Forge’s models/Stable-diffusion"
        return "ComfyUI’s models/diffusion_models"

    @property
    def keys(self) -> frozenset[str]:
        """All settings that it reads."""
        alternatives = [name for names in self.one_of for name in names]
        return frozenset({"dtype", *self.required, *self.optional, *alternatives})

    @property
    def reads_precision(self) -> str:
        """The setting that stores its weights in fewer bits; "" where there is none."""
        return {"A": "transformer_dtype", "C": "diffusion_model_dtype"}.get(self.loader, "")


_LOADS = {
    "Diffusers": "Diffusers and ComfyUI",
    "Kohya": "ComfyUI, Forge and whatever else reads the files of Kohya’s sd-scripts",
}
_TIMES = ("timestep_sample_method", "sigmoid_scale")
_SHIFTS = (*_TIMES, "shift", "flux_shift")
_OWN = ("transformer_dtype", *_SHIFTS)  # most loaders of diffusers' or the model's own files
_COMFY = ("diffusion_model_dtype", "merge_adapters", *_SHIFTS)
_COMFY_FILES = ("diffusion_model", "vae", "text_encoder")
_COSMOS2 = (
    *("llm_adapter_path", "cache_text_embeddings", "multiscale_loss_weight"),
    *("self_attn_lr", "cross_attn_lr", "mlp_lr", "mod_lr", "llm_adapter_lr"),
    *_OWN,
)


def _comfy(title: str, te: str, *, more: tuple[str, ...] = (), **others: Any) -> Model:
    optional = (*others.pop("optional", ()), *_COMFY)
    return Model(
        title,
        (*_COMFY_FILES, *more),
        optional,
        loader="C",
        swap=others.pop("swap", True),
        te=te,
        **others,
    )


MODELS: Mapping[str, Model] = {
    "sdxl": Model(
        "SDXL",
        ("checkpoint_path",),
        (
            *("v_pred", "min_snr_gamma", "debiased_estimation_loss"),
            *("unet_lr", "text_encoder_1_lr", "text_encoder_2_lr"),
        ),
        loader="",
        format="Kohya",
    ),
    "flux": Model(
        "Flux.1",
        ("diffusers_path",),
        ("transformer_path", "guidance", "bypass_guidance_embedding", *_OWN),
        swap=34,  # of 19 double and 38 single blocks; n // 2 doubles and (n - n // 2) * 2 + 1 singles
        edit=True,
        format="Diffusers",
    ),
    "wan": Model(
        "Wan 2.1, 2.2",
        ("ckpt_path",),
        (
            *("transformer_path", "llm_path", "min_t", "max_t"),
            *("text_encoder_fp8", "cache_text_embeddings", *_OWN),
        ),
        swap=38,  # of 40 blocks in 14B; 1.3B and 5B have 30
        fps=16,  # 24 for Wan 2.2 5B and SkyReels: see `data`
    ),
    "qwen_image": Model(
        "Qwen-Image",
        (),
        _OWN,
        (("diffusers_path",), ("transformer_path", "text_encoder_path", "vae_path")),
        swap=58,  # of 60
        edit=True,
    ),
    "z_image": _comfy("Z-Image", "lumina2"),
    "hunyuan-video": Model(
        "HunyuanVideo",
        (),
        ("transformer_dtype", "guidance", *_TIMES, "shift"),
        (("ckpt_path",), ("transformer_path", "vae_path", "llm_path", "clip_path")),
        swap=36,  # of 20 double and 40 single blocks
        fps=24,
        full=False,
        format="Diffusers-style",
    ),
    "flux2": _comfy(
        "Flux.2",
        "flux2",
        edit=True,
    ),
    "krea2": _comfy("Krea 2", "krea2"),
    "chroma": Model(
        "Chroma",
        ("diffusers_path", "transformer_path"),
        _OWN,
        swap=34,  # blocks as Flux
    ),
    "hidream": Model(
        "HiDream",
        ("diffusers_path", "llama3_path"),
        ("llama3_4bit", "max_llama3_sequence_length", *_OWN),
        swap=28,  # of 16 double and 32 single blocks
        full=False,
    ),
    "sd3": Model(
        "Stable Diffusion 3",
        ("diffusers_path",),
        _OWN,
        full=False,
        format="Diffusers",
    ),
    "lumina_2": Model(
        "Lumina Image 2.0",
        ("transformer_path", "llm_path", "vae_path"),
        ("lumina_shift", "shift", *_TIMES),
        loader="",
    ),
    "auraflow": Model(
        "AuraFlow",
        ("transformer_path", "text_encoder_path", "vae_path", "max_sequence_length"),
        _OWN,
        swap=30,  # of 32 single blocks
        full=False,
        format="Diffusers",
    ),
    "omnigen2": Model("OmniGen2", ("diffusers_path",), _SHIFTS, loader="", full=False),
    "hunyuan_image": Model(
        "HunyuanImage 2.1",
        ("transformer_path", "vae_path", "text_encoder_path", "byt5_path"),
        _OWN,
        swap=36,  # of 20 double and 40 single blocks
        rounding=32,
    ),
    "cosmos_predict2": Model(
        "Cosmos-Predict2",
        ("transformer_path", "vae_path"),
        ("text_encoder_nf4", "text_encoder_fp8", *_COSMOS2),
        (("t5_path",), ("llm_path",)),
        swap=True,
        fps=16,
    ),
    # The code of cosmos_predict2; with a t5_path, which comes first there, it would be none.
    "anima": Model(
        "Anima",
        ("transformer_path", "vae_path", "llm_path"),
        _COSMOS2,
        swap=True,
        fps=16,
        stills=True,
    ),
    "ernie_image": _comfy("Ernie-Image", "flux2"),
    "ideogram4": _comfy("Ideogram 4", "ideogram4"),
    "hunyuan_video_15": _comfy("HunyuanVideo 1.5", "hunyuan_video_15", more=("byt5",), fps=24),
    "ltx-video": Model(
        "LTX-Video",
        ("diffusers_path", "single_file_path"),
        ("transformer_dtype", "first_frame_conditioning_p", *_TIMES),
        fps=25,
        rounding=32,
        pixels=32,
        frames=8,
        full=False,
    ),
    "ltx2": Model(
        "LTX 2.3",
        ("diffusion_model", "text_encoder"),  # its file holds the VAE
        _COMFY,
        loader="C",
        swap=46,
        fps=24,
        pixels=32,
        frames=8,
    ),
    "minimax_h3": _comfy(
        "MiniMax H3",
        "minimax",
        more=("audio_vae",),
        optional=("cfg", "image_shift"),
        swap=48,
        fps=24,
        pixels=32,
        frames=17,
        whole=True,
    ),
    "cosmos": Model(
        "Cosmos 1.0",
        ("transformer_path", "vae_path", "text_encoder_path"),
        (),
        loader="",
        fps=24,
        frames=8,
        full=False,
    ),
}

FUSING = ("flux", "chroma")  # melt LoRAs into themselves first
OWN_LOSS = ("sdxl", "cosmos", "ltx-video")  # whose code reads neither of the other losses


def reads(settings: Mapping[str, Any]) -> frozenset[str]:
    """Settings of the tables model and adapter that matter with these."""
    model, adapter = settings["model"], settings["adapter"]
    keys = MODELS[model].keys
    if adapter == "none":
        return keys
    keys |= {"rank", "adapter_dtype", "init_from_existing"}
    if model != "sdxl":  # its own code makes its LoRA
        keys |= {"exclude_modules"}
    if model in FUSING:
        keys |= {"fuse_adapters"}
    return keys | ({"dropout"} if adapter == "lora" else {"decompose_factor", "rank_dropout"})
