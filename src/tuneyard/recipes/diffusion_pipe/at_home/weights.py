"""What surely lies in a GPU's memory: weights, as many as the makers' own files have.

They are counted in the models as these are configured, and weigh what the settings choose for
them. What else training takes comes on top, and is not reckoned. GB are those by which GPUs are
called: 2**30 bytes; on a disk 10**9. Expressions are read as `tuneyard.site.recipes` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Weights(NamedTuple):
    """Of a model's files: billions of weights in a block of `blocks` alike, and in the `rest`.

    `encoder`: of its text encoder, if all of that lies on the GPU while captions are prepared.
    Without `blocks` nobody knows here what is left where some are swapped.
    """

    jobs: Mapping[str, str]
    rest: float
    blocks: int = 0
    block: float = 0.0
    encoder: float = 0.0


_T5, _UMT5 = 4.76, 5.68

# Counted in the models as their makers configure them.
WEIGHTS = (
    # The U-Net, and both text encoders, which are trained with it.
    Weights({"model": "sdxl", "checkpoint_path": "hf:stabilityai/stable-diffusion-xl.*"}, 3.385),
    Weights(
        {
            "model": "flux",
            "diffusers_path": r"hf:black-forest-labs/FLUX\.1.*",
            "transformer_path": "",
        },
        11.90,
        encoder=_T5,
    ),
    Weights({"model": "wan", "ckpt_path": r".*1\.3B[^/]*/?"}, 0.026, 30, 0.0464, encoder=_UMT5),
    Weights({"model": "wan", "ckpt_path": r".*14B[^/]*/?"}, 0.233, 40, 0.3514, encoder=_UMT5),
    Weights({"model": "wan", "ckpt_path": r".*TI2V-5B[^/]*/?"}, 0.090, 30, 0.1637, encoder=_UMT5),
    Weights(
        {"model": "qwen_image", "diffusers_path": "hf:Qwen/Qwen-Image.*"},
        *(0.0405, 60, 0.3398),
        encoder=8.29,
    ),
    Weights({"model": "z_image", "diffusion_model": "hf:Comfy-Org/z_image.*"}, 6.15),
)

_GB = 1e9 / 2**30
_BYTES = {
    "float8": 1,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "bfloat16": 2,
    "float16": 2,
    "float32": 4,
}
_BASE = {"by": {"setting": "dtype"}, "is": _BYTES, "else": 2}


def _precision(name: str) -> dict[str, Any]:
    """Bytes of a weight, as the setting of this name has it."""
    return {"by": {"setting": name}, "is": {**_BYTES, "": _BASE}, "else": _BASE} if name else _BASE


def encoder(weights: Weights) -> dict[str, Any]:
    """GB of its text encoder. Of Wan's, part stays in 16 bits even if the rest has 8."""
    stored = {"cases": [[{"model": "wan", "text_encoder_fp8": "true"}, 1]], "else": _BASE}
    return {"rounded": [{"product": [weights.encoder * _GB, stored]}, 1]}


def on_one(weights: Weights) -> dict[str, Any]:
    """GB of the model on one GPU: of several stages one has the mean at least.

    Where all of it is trained, each weight has its gradient beside it.
    """
    model = MODELS[weights.jobs["model"]]
    each = _precision(model.reads_precision)
    gradients = {"cases": [[{"adapter": "none", "gradient_release": "false"}, 2]], "else": 1}
    held: dict[str, Any]
    if weights.blocks:
        kept = {"sum": [weights.blocks, {"product": [-1, {"setting": "blocks_to_swap"}]}]}
        left = {"cases": [[{"adapter": "none"}, weights.blocks]], "else": {"most": [0, kept]}}
        blocks = {"product": [weights.block * _GB, left, each]}
        held = {"sum": [blocks, {"product": [weights.rest * _GB, _BASE]}]}
    else:
        held = {"product": [weights.rest * _GB, each]}
    share = {"quotient": [{"product": [held, gradients]}, {"setting": "pipeline_stages"}]}
    if weights.blocks or model.swap is None:
        return {"rounded": [share, 1]}
    swapped = {"adapter": "lora|lokr", "blocks_to_swap": r"[1-9]\d*"}
    return {"cases": [[swapped, None]], "else": {"rounded": [share, 1]}}


# -- of the chosen model, on a disk; 0 where they aren't known ------------------------


def _stored(weights: Weights) -> dict[str, Any]:
    """GB of all of them, in the precision in which they are trained."""
    each = _precision(MODELS[weights.jobs["model"]].reads_precision)
    if not weights.blocks:
        return {"product": [weights.rest, each]}
    blocks = {"product": [round(weights.blocks * weights.block, 4), each]}
    return {"sum": [blocks, {"product": [weights.rest, _BASE]}]}


def _billions(weights: Weights) -> float:
    return round(weights.blocks * weights.block + weights.rest, 4)


BILLIONS = {"cases": [[dict(each.jobs), _billions(each)] for each in WEIGHTS], "else": 0}
STORED = {"cases": [[dict(each.jobs), _stored(each)] for each in WEIGHTS], "else": 0}
_CHOSEN = {"product": [BILLIONS, {"by": {"setting": "save_dtype"}, "is": _BYTES, "else": 0}]}
AS_SAVED = {"cases": [[{"save_dtype": ""}, STORED]], "else": _CHOSEN}

_BY_LOADER = {
    name: "|".join(model for model, each in MODELS.items() if each.reads_precision == name)
    for name in ("transformer_dtype", "diffusion_model_dtype")
}
# Bytes of most of the chosen model's weights.
PRECISION = {
    "cases": [[{"model": models}, _precision(name)] for name, models in _BY_LOADER.items()],
    "else": _BASE,
}
