"""The trainer's own files: a job's, and one a dataset.

Only keys that the chosen model's code reads are written, in the forms that it reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog import optimizers
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS, OWN_LOSS, reads
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.recipes.diffusion_pipe.config.dataset_text import dataset
from tuneyard.recipes.diffusion_pipe.config.toml_text import lines
from tuneyard.recipes.diffusion_pipe.files.named import KINDS, fused, weighed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["dataset", "main", "options", "sets"]

_NOTHING: Mapping[str, Any] = {}

_ALWAYS = (
    *("epochs", "pipeline_stages", "gradient_accumulation_steps", "gradient_clipping"),
    *("warmup_steps", "lr_scheduler", "caching_batch_size", "logging_steps"),
)
# Left to the trainer where they are None, "", 0 or False.
_WHERE_SET = (
    *("max_steps", "save_every_n_epochs", "save_every_n_steps", "save_every_n_examples"),
    *("checkpoint_every_n_epochs", "checkpoint_every_n_minutes", "save_dtype"),
    *("force_constant_lr", "uncond_fraction", "huber_delta", "smooth_l1_beta", "map_num_proc"),
    *("reentrant_activation_checkpointing", "compile", "x_axis_examples"),
)
_LOSSES = ("huber_delta", "smooth_l1_beta")
_EVALUATION = ("eval_every_n_epochs", "eval_every_n_steps", "eval_every_n_examples")
_COMFY = ("text_encoder", "byt5")  # of ComfyUI's loaders: they become one table


def main(
    settings: Mapping[str, Any],
    *,
    dataset: str,
    evaluation: Sequence[tuple[str, str]],
    output_dir: str,
    models: Mapping[str, Any] = _NOTHING,
    changes: Mapping[str, Any] = _NOTHING,
) -> str:
    """The text of the job's file.

    `dataset` and `evaluation` (name and path) are files with texts of `dataset`. `models` has, by
    setting, the places of files that the settings name otherwise; `changes` are settings in
    place of the job's own. Weights & Biases' key is left empty: see trainer/.
    """
    chosen = {**settings, **changes}
    places = {**chosen, **models}
    top = {"output_dir": output_dir, "dataset": dataset, **_training(chosen)}
    tables = {
        "model": _model(chosen, places),
        "adapter": _adapter(chosen, places),
        "optimizer": optimizers.arguments(chosen),
        "monitoring": _monitoring(chosen),
    }
    if evaluation:
        top |= _evaluation(chosen, evaluation)
    text = lines(top)
    for name, table in tables.items():
        if table:
            text += f"\n[{name}]\n{lines(table, name)}"
    return text


def sets(settings: Mapping[str, Any]) -> list[tuple[str, list[int]]]:
    """Sets of the evaluation: the name of each, and which of its entries are of it."""
    found: dict[str, list[int]] = {}
    for number, entry in enumerate(settings["evaluation"]):
        found.setdefault(entry["name"], []).append(number)
    return list(found.items())


def options(settings: Mapping[str, Any], *, resume: bool = False) -> list[str]:
    """Options after ``train.py`` that come from settings."""
    chosen = [
        f"--{name}"
        for name in ("trust_cache", "regenerate_cache", "i_know_what_i_am_doing")
        if settings[name]
    ]
    if resume and settings["reset_dataloader"]:
        chosen.append("--reset_dataloader")
    if resume and settings["reset_optimizer"]:
        chosen.append(_RESETS[settings["reset_optimizer"]])
    return chosen


_RESETS = {"states": "--reset_optimizer", "parameters": "--reset_optimizer_params"}


def _training(settings: Mapping[str, Any]) -> dict[str, Any]:
    model = MODELS[settings["model"]]
    top = {name: settings[name] for name in _ALWAYS}
    unread = _LOSSES if settings["model"] in OWN_LOSS else ()
    top |= {name: settings[name] for name in _WHERE_SET if settings[name] and name not in unread}
    top["gradient_clipping"] = float(top["gradient_clipping"])
    top["micro_batch_size_per_gpu"] = _batch(settings["micro_batch_size_per_gpu"])
    if model.video and settings["image_micro_batch_size_per_gpu"]:
        top["image_micro_batch_size_per_gpu"] = _batch(settings["image_micro_batch_size_per_gpu"])
    kept = settings["activation_checkpointing"]
    top["activation_checkpointing"] = kept if kept == "unsloth" else kept == "on"
    if swaps(settings):
        top["blocks_to_swap"] = settings["blocks_to_swap"]
    if settings["pipeline_stages"] > 1:
        top["partition_method"] = settings["partition_method"]
        if settings["partition_method"] == "manual":
            top["partition_split"] = settings["partition_split"]
    if model.video:
        top["video_clip_mode"] = settings["video_clip_mode"]
    top["steps_per_print"] = 1  # what watches it reads these lines
    return top


def swaps(settings: Mapping[str, Any]) -> bool:
    """Whether blocks wait in the computer's memory."""
    can = MODELS[settings["model"]].swap is not None and settings["adapter"] != "none"
    return can and settings["blocks_to_swap"] > 0


def _evaluation(
    settings: Mapping[str, Any], evaluation: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    top = {name: settings[name] for name in _EVALUATION if settings[name]}
    top["eval_before_first_step"] = settings["eval_before_first_step"]
    top["eval_gradient_accumulation_steps"] = settings["eval_gradient_accumulation_steps"]
    for name in ("eval_micro_batch_size_per_gpu", "eval_image_micro_batch_size_per_gpu"):
        if settings[name]:
            top[name] = _batch(settings[name])
    if swaps(settings) and settings["disable_block_swap_for_eval"]:
        top["disable_block_swap_for_eval"] = True
    top["eval_datasets"] = [{"name": name, "config": path} for name, path in evaluation]
    return top


def _model(settings: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
    model = MODELS[settings["model"]]
    table: dict[str, Any] = {"type": settings["model"], "dtype": settings["dtype"]}
    for name in sorted(model.keys - {"dtype"}, key=_order):
        value = places[name]
        if name == "cache_text_embeddings":
            value = None if value else False
        elif name == "sigmoid_scale" and settings["timestep_sample_method"] != "logit_normal":
            value = None
        if (
            value is None
            or value in ("", [])
            or (value is False and name != "cache_text_embeddings")
        ):
            continue
        table[name] = float(value) if isinstance(settings[name], float) else value
    if model.te:
        files = [table.pop(name) for name in _COMFY if name in table]
        if files:
            path = {"path": files[0]} if len(files) == 1 else {"paths": files}
            table["text_encoders"] = [{**path, "type": model.te}]
    return table


def _order(name: str) -> tuple[bool, int, str]:
    """Files first, in the order of the form."""
    return (name not in KINDS, list(KINDS).index(name) if name in KINDS else 0, name)


def _adapter(settings: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
    if settings["adapter"] == "none":
        return {}
    read = reads(settings)
    table: dict[str, Any] = {"type": settings["adapter"], "rank": settings["rank"]}
    if settings["adapter_dtype"]:
        table["dtype"] = settings["adapter_dtype"]
    for name in ("dropout", "rank_dropout"):
        if name in read and settings[name]:
            table[name] = float(settings[name])
    if "decompose_factor" in read and settings["decompose_factor"] != -1:
        table["decompose_factor"] = settings["decompose_factor"]
    if "exclude_modules" in read and settings["exclude_modules"]:
        table["exclude_modules"] = _excluded(settings["exclude_modules"])
    if places["init_from_existing"]:
        table["init_from_existing"] = places["init_from_existing"]
    if "fuse_adapters" in read and settings["fuse_adapters"]:
        weights = [weight for _, weight in fused(settings["fuse_adapters"])]
        files = [weighed(line)[0] for line in settings["fuse_adapters"]]
        if places["fuse_adapters"] is not settings["fuse_adapters"]:
            files = places["fuse_adapters"]
        table["fuse_adapters"] = [
            {"path": path, "weight": weight} for path, weight in zip(files, weights, strict=True)
        ]
    return table


def _excluded(names: Sequence[str]) -> list[str] | str:
    """Names as a list, which fit the end of a layer's; one expression if there is any."""
    if all(_NAME.fullmatch(name) for name in names):
        return list(names)
    return "|".join(
        rf"(.*\.)?{re.escape(name)}" if _NAME.fullmatch(name) else f"({name})" for name in names
    )


_NAME = re.compile(r"[\w.]+")


def _monitoring(settings: Mapping[str, Any]) -> dict[str, Any]:
    if not settings["wandb"]:
        return {}
    return {
        "enable_wandb": True,
        "wandb_api_key": "",
        "wandb_tracker_name": settings["wandb_project"],
        "wandb_run_name": settings["wandb_run"],
    }


def _batch(text: str) -> int | list[list[int]]:
    found = shapes.batches(text)
    if found[0][0] is None:
        return found[0][1]
    return [[side or 0, size] for side, size in found]
