"""Which model a file holds, by the names and shapes in its head: nothing else of it is read.

The signs are those by which ComfyUI's loaders, and so the trainer's, tell models apart. A file
without any is unknown, never taken for another.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SUFFIXES = (".safetensors", ".sft")

_LARGEST_HEAD = 100_000_000  # bytes, of the format itself

# ComfyUI's scaled files, and the names by which the trainer's own loaders refuse them.
_SCALED = (".scale_weight", ".scale_input", ".weight_scale", ".input_scale", "scaled_fp8")
_ADAPTER = (".lora_A.", ".lora_B.", ".lora_down.", ".lora_up.", ".lokr_w", ".hada_w", ".lora_mid.")
_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.model.", "net.", "model.")

# In order: the model (of ours, or a name in words), keys it has, keys it hasn't.
_SIGNS: Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]] = (
    ("sd3", ("joint_blocks.0.context_block.attn.qkv.weight",), ()),
    ("auraflow", ("double_layers.0.attn.w1q.weight",), ()),
    (
        "hunyuan_video_15",
        ("txt_in.individual_token_refiner.blocks.0.norm1.weight", "vision_in.proj.0.weight"),
        (),
    ),
    ("hunyuan-video", ("txt_in.individual_token_refiner.blocks.0.norm1.weight",), ()),
    ("", ("nerf_blocks.0.norm.scale",), ()),  # another kind of Chroma
    ("chroma", ("distilled_guidance_layer.norms.0.scale", "double_blocks.0.img_mlp.0.weight"), ()),
    (
        "flux2",
        (
            "double_stream_modulation_img.lin.weight",
            "double_blocks.0.img_attn.norm.key_norm.scale",
        ),
        (),
    ),
    ("flux", ("double_blocks.0.img_attn.norm.key_norm.scale", "img_in.weight"), ()),
    ("minimax_h3", ("video_patch_proj.weight", "audio_patch_proj.weight"), ()),
    (
        "ltx2",
        (
            "adaln_single.emb.timestep_embedder.linear_1.bias",
            "audio_adaln_single.linear.weight",
        ),
        ("pos_embed.proj.bias",),
    ),
    (
        "ltx-video",
        ("adaln_single.emb.timestep_embedder.linear_1.bias", "patchify_proj.weight"),
        ("pos_embed.proj.bias",),
    ),
    (
        "lumina_2",
        ("cap_embedder.1.weight", "layers.0.attention.qkv.weight"),
        ("dec_net.cond_embed.weight", "clip_text_pooled_proj.0.weight"),
    ),
    ("", ("vace_patch_embedding.weight",), ()),  # of Wan, and not for the trainer
    ("", ("control_adapter.conv.weight",), ()),
    ("wan", ("head.modulation", "blocks.0.cross_attn.k.weight"), ()),
    ("hidream", ("caption_projection.0.linear.weight",), ()),
    ("cosmos", ("blocks.block0.blocks.0.block.attn.to_q.0.weight",), ()),
    ("anima", ("blocks.0.mlp.layer1.weight", "llm_adapter.blocks.0.cross_attn.q_proj.weight"), ()),
    ("cosmos_predict2", ("blocks.0.mlp.layer1.weight", "x_embedder.proj.1.weight"), ()),
    ("omnigen2", ("time_caption_embed.timestep_embedder.linear_1.bias",), ()),
    (
        "qwen_image",
        ("txt_norm.weight", "transformer_blocks.0.img_mod.1.weight", "img_in.weight"),
        (),
    ),
    ("ideogram4", ("embed_image_indicator.weight", "llm_cond_proj.weight"), ()),
    ("krea2", ("txtfusion.projector.weight",), ()),
    ("ernie_image", ("layers.0.mlp.linear_fc2.weight", "final_linear.weight"), ()),
    ("sdxl", ("input_blocks.0.0.weight", "label_emb.0.0.weight"), ()),
)

# What a folder of Diffusers says of itself, in model_index.json.
_PIPELINES: Mapping[str, str] = {
    **dict.fromkeys(("FluxPipeline", "FluxKontextPipeline"), "flux"),
    **dict.fromkeys(("Flux2Pipeline", "Flux2KleinPipeline"), "flux2"),
    **dict.fromkeys(
        ("QwenImagePipeline", "QwenImageEditPipeline", "QwenImageEditPlusPipeline"), "qwen_image"
    ),
    **dict.fromkeys(
        ("LTXPipeline", "LTXConditionPipeline", "LTXImageToVideoPipeline"), "ltx-video"
    ),
    **dict.fromkeys(("WanPipeline", "WanImageToVideoPipeline"), "wan"),
    "StableDiffusion3Pipeline": "sd3",
    "StableDiffusionXLPipeline": "sdxl",
    "ChromaPipeline": "chroma",
    "HiDreamImagePipeline": "hidream",
    "OmniGen2Pipeline": "omnigen2",
    "HunyuanVideoPipeline": "hunyuan-video",
    "Lumina2Pipeline": "lumina_2",
    "AuraFlowPipeline": "auraflow",
    "ZImagePipeline": "z_image",
}


class Kind(NamedTuple):
    """What a file is. `model`: its type, "" where unknown.

    `part`: ``model``, ``vae``, ``comfy-vae`` (of the kind that the Diffusers' loaders refuse),
    ``text``, ``adapter``, or "". `scaled`: ComfyUI's fp8 with scales. `damage`: why it can't be
    loaded at all.
    """

    model: str = ""
    part: str = ""
    dtypes: tuple[str, ...] = ()
    scaled: bool = False
    damage: str = ""


class Damaged(ValueError):
    """A head that can't be; the sentence says why."""


def kind_of(path: Path) -> Kind:
    """Of a ``.safetensors`` file; of any other kind, nothing is known. Raises OSError."""
    if path.suffix not in SUFFIXES:
        return Kind()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        return kind_in(file, size)


def kind_in(file: BinaryIO, size: int) -> Kind:
    """Of a ``.safetensors`` file of so many bytes, of which no more is read than its head."""
    try:
        tensors = head(file, size)
    except Damaged as error:
        return Kind(damage=str(error))
    dtypes = tuple(sorted({str(tensor.get("dtype", "")) for tensor in tensors.values()}))
    scaled = any(name.endswith(_SCALED) for name in tensors)
    if any(mark in name for name in tensors for mark in _ADAPTER):
        return Kind(part="adapter", dtypes=dtypes)
    if model := _model(_own(tensors)):
        return Kind(model, "model", dtypes, scaled)
    return Kind("", _part(tensors), dtypes, scaled)


def head(file: BinaryIO, size: int) -> dict[str, dict[str, Any]]:
    """Each tensor with its ``dtype`` and ``shape``. Raises Damaged, and OSError."""
    length = int.from_bytes(file.read(8), "little")
    if size < 10 or not 2 <= length <= min(_LARGEST_HEAD, size - 8):
        raise Damaged("it is no complete .safetensors file")
    data = file.read(length)
    if len(data) < length:
        raise OSError("it ended early")
    try:
        tensors = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Damaged("its beginning is no list of tensors") from error
    if not isinstance(tensors, dict):
        raise Damaged("its beginning is no list of tensors")
    tensors.pop("__metadata__", None)
    end = max((_end(tensor) for tensor in tensors.values()), default=0)
    if end > (there := size - 8 - length):
        raise Damaged(f"it is cut off: {there:,} of {end:,} bytes are there")
    return tensors


def sees(path: Path) -> bool:
    """Whether a file holds the part of Wan 2.1 that looks at pictures."""
    try:
        with path.open("rb") as file:
            names = head(file, path.stat().st_size)
    except (OSError, Damaged):
        return False
    return any(name.endswith("blocks.0.cross_attn.k_img.weight") for name in names)


def pipeline_of(folder: Path) -> str:
    """The type of a folder of Diffusers, "" where unknown."""
    try:
        data = json.loads((folder / "model_index.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return ""
    name = data.get("_class_name") if isinstance(data, dict) else ""
    return _PIPELINES.get(name, "") if isinstance(name, str) else ""


def _end(tensor: Any) -> int:
    """Where a tensor's bytes end."""
    offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
    shape = tensor.get("shape") if isinstance(tensor, dict) else None
    if (
        not isinstance(offsets, list)
        or len(offsets) != 2
        or not all(isinstance(number, int) and number >= 0 for number in offsets)
        or not isinstance(shape, list)
        or not all(isinstance(side, int) and side >= 0 for side in shape)
    ):
        raise Damaged("its beginning is no list of tensors")
    return int(offsets[1])


def _own(tensors: Mapping[str, Any]) -> dict[str, list[int]]:
    """Shapes of the diffusion model's tensors, by their names without what stands before all."""
    counts = {prefix: sum(name.startswith(prefix) for name in tensors) for prefix in _PREFIXES}
    # The first that more than a handful have: “model.” begins the others as well.
    prefix = next((prefix for prefix in _PREFIXES if counts[prefix] > 5), "")
    return {
        name[len(prefix) :]: tensor["shape"]
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _model(shapes: Mapping[str, list[int]]) -> str:
    # Newer files name the norms' scales as weights.
    names = {*shapes, *(f"{name[:-7]}.scale" for name in shapes if name.endswith("norm.weight"))}
    names |= {
        f"{name[:-7]}.scale"
        for name in shapes
        if name.startswith("distilled_guidance_layer.norms.") and name.endswith(".weight")
    }
    found = next(
        (
            model
            for model, has, lacks in _SIGNS
            if names.issuperset(has) and names.isdisjoint(lacks)
        ),
        "",
    )
    return _REFINED.get(found, lambda _: found)(shapes)


def _hunyuan(shapes: Mapping[str, list[int]]) -> str:
    """Of pictures, patches have two sides; of videos three."""
    sides = len(shapes.get("img_in.proj.weight", ()))
    return {4: "hunyuan_image", 5: "hunyuan-video"}.get(sides, "")


def _flux(shapes: Mapping[str, list[int]]) -> str:
    """Those that paint into pictures take more than 64 numbers a patch."""
    return "flux" if shapes["img_in.weight"][1:] in ([64], [196]) else ""


def _lumina(shapes: Mapping[str, list[int]]) -> str:
    width = (*shapes["cap_embedder.1.weight"], 0)[0]
    return {2304: "lumina_2", 3840: "z_image"}.get(width, "")


def _unet(shapes: Mapping[str, list[int]]) -> str:
    """Its first layer takes 4 numbers a pixel, and what comes with the words is 2816 wide."""
    plain = shapes["input_blocks.0.0.weight"][1:2] == [4]
    return "sdxl" if plain and shapes["label_emb.0.0.weight"][1:] == [2816] else ""


_REFINED = {"hunyuan-video": _hunyuan, "flux": _flux, "lumina_2": _lumina, "sdxl": _unet}


def _part(tensors: Mapping[str, Any]) -> str:
    """What else it is, where it is no diffusion model."""
    names = tensors.keys()
    if {
        "encoder.conv1.weight",
        "decoder.conv1.weight",
        "decoder.middle.0.residual.0.gamma",
    } <= names:
        return "comfy-vae"
    if any(name.startswith("decoder.") for name in names) and any(
        name.startswith("encoder.conv_in.") for name in names
    ):
        return "vae"
    texts = ("text_model.", "model.embed_tokens.", "model.layers.0.self_attn.", "encoder.block.0.")
    return "text" if any(name.startswith(texts) for name in names) else ""
