"""How long a training is, once a job with the same data has counted the steps of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EPOCH", "length"]

# The settings that decide how many steps an epoch has, with the data.
EPOCH = (
    *("model", "ckpt_path", "directories", "resolutions", "frame_buckets", "size_buckets"),
    *("enable_ar_bucket", "min_ar", "max_ar", "num_ar_buckets", "ar_buckets"),
    *("num_repeats", "skip_empty_caption", "subsample_ratio"),
    *("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu", "gradient_accumulation_steps"),
    *("gpus", "pipeline_stages"),
)


def length(settings: Mapping[str, Any], epoch_steps: int) -> tuple[int, float | None] | None:
    """Its steps; nothing ends it sooner."""
    steps = settings["epochs"] * epoch_steps
    return min(steps, settings["max_steps"] or steps), None
