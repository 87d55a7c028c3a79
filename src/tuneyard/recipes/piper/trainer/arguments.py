"""Piper's command line, made from the settings. Facts: piper-tts 1.8.0, ``piper.train fit --help``.

Piper has no option for the quality; it is a set of model options.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper.trainer.job import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE = "cache"

# `high` needs ResBlock1, chosen by the bare character 1: a quoted "1" silently builds ResBlock2
QUALITIES: Mapping[str, Mapping[str, Any]] = {
    "tiny": {
        "hidden_channels": 32,
        "inter_channels": 32,
        "filter_channels": 64,
        "n_layers": 1,
        "n_layers_q": 1,
        "upsample_initial_channel": 32,
        "segment_size": 2048,
    },
    "x-low": {"hidden_channels": 96, "inter_channels": 96, "filter_channels": 384},
    "low": {},
    "medium": {},
    "high": {
        "resblock": 1,
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "upsample_rates": [8, 8, 2, 2],
        "upsample_initial_channel": 512,
        "upsample_kernel_sizes": [16, 16, 4, 4],
    },
}
_LOW_RATE = ("x-low", "low")


def sample_rate(settings: Mapping[str, Any]) -> int:
    """In Hz: as set, or what is customary for the quality."""
    return settings["sample_rate"] or (16000 if settings["quality"] in _LOW_RATE else 22050)


def speakers(settings: Mapping[str, Any], data: Mapping[str, Any]) -> int:
    return max(1, len(data["speakers"])) if settings["speakers"] == "several" else 1


def validation_clips(settings: Mapping[str, Any], data: Mapping[str, Any]) -> int:
    """How many clips Piper keeps from training; 0 for a dataset too small to share."""
    return int(data["clips"] * settings["validation_split"])


def fit(
    settings: Mapping[str, Any], data: Mapping[str, Any], *, epochs: int, warm_start: str = ""
) -> list[str]:
    """The arguments of ``piper.train``; `epochs` is absolute, `warm_start` a checkpoint's path.

    Nothing is kept back for Piper's test sentences: it would speak them into
    TensorBoard only, and samples are spoken by side tasks. The perceptual score
    is off: it downloads a model on first use, and training dies when it can't.
    """
    validating = validation_clips(settings, data) > 0
    options = {
        "seed_everything": settings["seed"],
        "data.csv_path": data["csv"],
        "data.audio_dir": data["audio_dir"],
        "data.cache_dir": CACHE,
        "data.config_path": CONFIG,
        "data.voice_name": settings["voice_name"] or "voice",
        "data.espeak_voice": settings["language"],
        "data.batch_size": settings["batch_size"],
        "data.validation_split": settings["validation_split"] if validating else 0,
        "data.num_test_examples": 0,
        "data.num_workers": settings["workers"],
        "data.trim_silence": settings["trim_silence"],
        "model.sample_rate": sample_rate(settings),
        "model.num_speakers": speakers(settings, data),
        "model.learning_rate": settings["learning_rate"],
        "model.learning_rate_d": settings["learning_rate_d"],
        "model.mos_metric": "none",
        **{f"model.{name}": value for name, value in QUALITIES[settings["quality"]].items()},
        "trainer.max_epochs": epochs,
        "trainer.accelerator": settings["accelerator"],
        "trainer.devices": 1,
        "trainer.precision": settings["precision"],
        "trainer.default_root_dir": CONFIG.parent,
        "trainer.log_every_n_steps": 1,
        "trainer.num_sanity_val_steps": 0,
    }
    if warm_start:
        options["model.warmstart_ckpt"] = warm_start
    if not validating:
        options["trainer.limit_val_batches"] = 0
    return [
        "fit",
        *(part for name, value in options.items() for part in (f"--{name}", _text(value))),
    ]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (bool, list)) else str(value)
