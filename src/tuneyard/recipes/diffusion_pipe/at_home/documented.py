"""What upstream documents of the GPU's memory, and what it presupposes of a job for that.

In docs/supported_models.md, docs/minimax_h3_notes.md and examples, at the revision that `settings`
names, and for HunyuanVideo in its issue 82.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.diffusion_pipe.at_home.reckoning import fits
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.recipes.diffusion_pipe.data import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.recipes.diffusion_pipe.data.buckets import Sorting

_LORA = {"adapter": "lora|lokr", "pipeline_stages": "1"}
_FULL = {"adapter": "none", "pipeline_stages": "1"}
_SEVERAL = r"[2-9]|1\d+"
_NONE, _SOME = "0", r"[1-9]\d*"  # blocks that are swapped
_FLOAT8 = "float8.*"


class Documented(NamedTuple):
    """GPUs of `gb` are documented for these jobs: settings, each with the pattern of its text.

    `asks` is what the documents say it takes besides: of `side`, `frames`, `rank` and `batch` no
    more, of `blocks_to_swap` no less, and of other settings a text that fits a pattern.
    """

    gb: int
    kind: str
    jobs: Mapping[str, str]
    words: str = ""
    asks: Mapping[str, Any] = {}

    @property
    def source(self) -> str:
        return f"documented for {self.words or self.kind}"


DOCUMENTED = (
    Documented(48, "all of the model", {"model": "sdxl", **_FULL}),
    Documented(
        24,
        "all of the model, on two GPUs",
        {"model": "sdxl", "adapter": "none", "pipeline_stages": _SEVERAL},
    ),
    Documented(
        24,
        "a LoRA of 14B",
        {"model": "wan", "ckpt_path": r".*14B[^/]*/?", **_LORA},
        "clips of 512×512 and 81 frames at rank 32, with 8 bits, 32 blocks swapped, the optimizer "
        "adamw8bitkahan and unsloth’s checkpointing",
        {
            "side": 512,
            "frames": 81,
            "rank": 32,
            "batch": 1,
            "transformer_dtype": _FLOAT8,
            "blocks_to_swap": 32,
            "optimizer": "adamw8bitkahan",
            "activation_checkpointing": "unsloth",
        },
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "qwen_image", **_LORA},
        "pictures of 640 at rank 32, with 8 bits, 8 blocks swapped and expandable segments",
        {
            "side": 640,
            "rank": 32,
            "batch": 1,
            "transformer_dtype": _FLOAT8,
            "blocks_to_swap": 8,
            "expandable_segments": "true",
        },
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "hunyuan-video", **_LORA},
        "clips of 512×512 and 33 frames at rank 32 with 8 bits, which “just barely” fit",
        {"side": 512, "frames": 33, "rank": 32, "batch": 1, "transformer_dtype": _FLOAT8},
    ),
    Documented(
        48,
        "a LoRA of dev, no blocks swapped",
        {
            "model": "flux2",
            "diffusion_model": r".*flux[-_.]?2[-_]dev.*",
            "blocks_to_swap": _NONE,
            **_LORA,
        },
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "krea2", **_LORA},
        "a LoRA of rank 32 at 512 with 8 bits",
        {"side": 512, "rank": 32, "batch": 1, "diffusion_model_dtype": _FLOAT8},
    ),
    Documented(
        48,
        "a LoRA, no blocks swapped",
        {"model": "hidream", "blocks_to_swap": _NONE, **_LORA},
    ),
    Documented(
        24,
        "a LoRA, enough blocks swapped",
        {"model": "hidream", "blocks_to_swap": _SOME, **_LORA},
    ),
    Documented(
        24,
        "a LoRA, on two GPUs",
        {"model": "hidream", "adapter": "lora|lokr", "pipeline_stages": _SEVERAL},
    ),
    Documented(
        24,
        "all of the model",
        {"model": "lumina_2", **_FULL},
        "all of the model at 1024, with the optimizer adamw8bitkahan and gradient release",
        {"side": 1024, "optimizer": "adamw8bitkahan", "gradient_release": "true"},
    ),
    Documented(
        24,
        "a LoRA of 14B",
        {"model": "cosmos_predict2", "transformer_path": ".*14B.*", **_LORA},
        "a LoRA of 14B, which needs float8_e5m2 for that",
        {"transformer_dtype": "float8_e5m2"},
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "ideogram4", **_LORA},
        "a LoRA with 8 bits",
        {"batch": 1, "diffusion_model_dtype": _FLOAT8},
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "ltx2", **_LORA},
        "a LoRA with 46 blocks swapped, if size, length and rank are low; even then it may not fit",
        {"blocks_to_swap": 46, "diffusion_model_dtype": _FLOAT8},
    ),
    Documented(
        24,
        "a LoRA",
        {"model": "minimax_h3", **_LORA},
        "a LoRA of rank 32 with 48 blocks swapped, int8 files and unsloth’s checkpointing",
        {"rank": 32, "blocks_to_swap": 48, "activation_checkpointing": "unsloth"},
    ),
)


def of(settings: Mapping[str, Any]) -> Documented | None:
    """What is documented for jobs of its kind."""
    return next((each for each in DOCUMENTED if fits(each.jobs, settings)), None)


def beyond(documented: Documented, settings: Mapping[str, Any]) -> Iterator[str]:
    """What in a job is more than is documented, or otherwise, in words."""
    try:
        extent = _extent(settings)
    except ValueError:
        return  # that a size can't be read is a problem of the settings, see rules.py
    for name, asked_for in documented.asks.items():
        if name in extent:
            as_said = extent[name] <= asked_for
        elif name == "blocks_to_swap":
            as_said = settings[name] >= asked_for
        else:
            as_said = fits({name: asked_for}, settings)
        if not as_said:
            yield _WORDS[name]


_WORDS = {
    "side": "larger sizes",
    "frames": "longer clips",
    "rank": "a higher rank",
    "batch": "more at once",
    "blocks_to_swap": "fewer blocks swapped",
    "transformer_dtype": "weights in another precision",
    "diffusion_model_dtype": "weights in another precision",
    "optimizer": "another optimizer",
    "activation_checkpointing": "another checkpointing",
    "expandable_segments": "no expandable segments",
    "gradient_release": "no gradient release",
}


def _extent(settings: Mapping[str, Any]) -> dict[str, float]:
    """The largest of what it trains at. Raises ValueError."""
    folders = [asked.sorting(asked.of_folder(settings, entry)) for entry in settings["directories"]]
    sortings = folders or [asked.sorting(settings)]
    return {
        "side": max(_area(each) for each in sortings) ** 0.5,
        "frames": max(_frames(each) for each in sortings) if MODELS[settings["model"]].video else 1,
        "rank": settings["rank"],
        "batch": max(size for _, size in shapes.batches(settings["micro_batch_size_per_gpu"])),
    }


def _area(sorting: Sorting) -> float:
    if sorting.size_buckets:
        return max(width * height for width, height, _ in sorting.size_buckets)
    sides = (each if isinstance(each, tuple) else (each, each) for each in sorting.resolutions)
    return max((width * height for width, height in sides), default=0)


def _frames(sorting: Sorting) -> int:
    return max((size[2] for size in sorting.size_buckets), default=max(sorting.frame_buckets))
