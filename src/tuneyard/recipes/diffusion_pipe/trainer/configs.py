"""The files that the trainer reads, and what has changed in them since a checkpoint was made."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog import optimizers
from tuneyard.recipes.diffusion_pipe.config import writing
from tuneyard.recipes.diffusion_pipe.trainer.layout import BEGAN, CONFIGS, RUNS
from tuneyard.runner.folder import read_json_or, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.data.views import Places

_BATCHES = (
    "micro_batch_size_per_gpu",
    "image_micro_batch_size_per_gpu",
    "gradient_accumulation_steps",
    "gpus",
    "pipeline_stages",
)
_RATES = (
    *("lr_scheduler", "warmup_steps", "force_constant_lr"),
    *("unet_lr", "text_encoder_1_lr", "text_encoder_2_lr"),
    *("self_attn_lr", "cross_attn_lr", "mlp_lr", "mod_lr", "llm_adapter_lr"),
)


def write(
    attempt: int,
    settings: Mapping[str, Any],
    places: Places,
    models: Mapping[str, Any],
    *,
    changes: Mapping[str, Any],
) -> Path:
    """Writes them into a folder of this attempt; returns the job's. No secret is in any.

    With `changes` in the settings it is for one more step alone, and evaluates nothing.
    """
    folder = (CONFIGS / str(attempt)).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    dataset = folder / "dataset.toml"
    write_text(dataset, writing.dataset(settings, settings["directories"], places.directories))
    evaluation = []
    for number, (name, entries) in enumerate([] if changes else writing.sets(settings), start=1):
        path = folder / f"eval-{number}.toml"
        chosen = [settings["evaluation"][entry] for entry in entries]
        paths = [places.evaluation[entry] for entry in entries]
        write_text(path, writing.dataset(settings, chosen, paths))
        evaluation.append((name, str(path)))
    job = folder / ("last.toml" if changes else "job.toml")
    text = writing.main(
        settings,
        dataset=str(dataset),
        evaluation=evaluation,
        output_dir=str(RUNS.absolute()),
        models=models,
        changes=changes,
    )
    write_text(job, text)
    return job


def marks(settings: Mapping[str, Any], buckets: Mapping[str, Any]) -> dict[str, str]:
    """What a checkpoint depends on: the order of the data, the learning rates, the optimizer."""
    directories = settings["directories"]
    names = [str(number) for number in range(len(directories))]
    optimizer = dict(optimizers.arguments(settings))
    lasting = settings["lr_scheduler"] != "constant"  # then the rate depends on the length
    return {
        "data": _hash(
            writing.dataset(settings, directories, names),
            [settings[name] for name in _BATCHES],
            buckets.get("sets", {}).get("train"),
        ),
        "optimizer": str(optimizer.pop("type", "")),
        "rates": _hash(
            optimizer, [settings[name] for name in _RATES], settings["epochs"] if lasting else 0
        ),
    }


def steps_per_epoch(buckets: Mapping[str, Any]) -> int | None:
    """As it was counted; None where that couldn't be."""
    found: int | None = buckets.get("sets", {}).get("train", {}).get("steps_per_epoch")
    return found


def remember(checkpoint: Path, made_with: Mapping[str, str]) -> None:
    known = read_json_or(BEGAN, {}).get("checkpoints", {})
    write_json(BEGAN, {"checkpoints": {**known, str(checkpoint): dict(made_with)}})


def changed(checkpoint: Path, now: Mapping[str, str]) -> set[str]:
    """Which of the marks are others than when the checkpoint was made, as far as that is known."""
    before = read_json_or(BEGAN, {}).get("checkpoints", {}).get(str(checkpoint), now)
    return {name for name, mark in now.items() if before[name] != mark}


def _hash(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
