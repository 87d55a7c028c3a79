"""A dataset's file: its folders, and how what is in them is sorted into sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.recipes.diffusion_pipe.config.toml_text import lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RANGE = ("min_ar", "max_ar", "num_ar_buckets")
_CAPTIONS = {  # with the trainer's own defaults
    "caption_prefix": "",
    "shuffle_tags": False,
    "cache_shuffle_num": 0,
    "cache_shuffle_delimiter": ", ",
    "skip_empty_caption": True,
    "online_captions": False,
    "shuffle_metadata": True,
}
_PLACES = ("control_path", "mask_path", "default_mask_file")


def dataset(
    settings: Mapping[str, Any], directories: Sequence[Mapping[str, Any]], paths: Sequence[str]
) -> str:
    """The text of a dataset's file: of the directories, or of one set of the evaluation.

    `paths` are where the directories' files really lie, in their order.
    """
    for_evaluation = any("name" in directory for directory in directories)
    top = _sizes(settings, directories)
    if not for_evaluation:
        top["num_repeats"] = _repeats(settings["num_repeats"])
        if settings["subsample_ratio"] is not None:
            top["subsample_ratio"] = float(settings["subsample_ratio"])
    top |= {name: settings[name] for name, own in _CAPTIONS.items() if settings[name] != own}
    top["directory"] = [
        {"path": path, **_directory(settings, directory)}
        for directory, path in zip(directories, paths, strict=True)
    ]
    return lines(top)


def _sizes(settings: Mapping[str, Any], directories: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What decides the buckets, for all. Exact sizes win over everything else."""
    if settings["size_buckets"]:
        return {"size_buckets": _size_buckets(settings["size_buckets"])}
    flexible = [each for each in directories if not each["size_buckets"]]
    if not flexible:
        return {}
    # The trainer looks for these here even where each directory has its own.
    top: dict[str, Any] = {"resolutions": _resolutions(settings["resolutions"])}
    top["enable_ar_bucket"] = settings["enable_ar_bucket"]
    if settings["enable_ar_bucket"] or any(each["enable_ar_bucket"] for each in flexible):
        if settings["ar_buckets"]:
            top["ar_buckets"] = _ratios(settings["ar_buckets"])
        else:
            top |= _range(settings)
    if MODELS[settings["model"]].video:
        top["frame_buckets"] = settings["frame_buckets"]
    return top


def _directory(settings: Mapping[str, Any], directory: Mapping[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if directory["num_repeats"] is not None:
        table["num_repeats"] = _repeats(directory["num_repeats"])
    table |= {name: directory[name] for name in _PLACES if directory[name]}
    table |= {name: directory[name] for name in _CAPTIONS if directory[name] is not None}
    if directory["size_buckets"]:
        table["size_buckets"] = _size_buckets(directory["size_buckets"])
    elif settings["model"] == "cosmos":  # which looks for them in each
        table["size_buckets"] = _size_buckets(settings["size_buckets"])
    elif not settings["size_buckets"]:
        table |= _own_sizes(settings, directory)
    return table


def _own_sizes(settings: Mapping[str, Any], directory: Mapping[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if directory["resolutions"]:
        table["resolutions"] = _resolutions(directory["resolutions"])
    if directory["enable_ar_bucket"] is not None:
        table["enable_ar_bucket"] = directory["enable_ar_bucket"]
    if directory["ar_buckets"]:
        table["ar_buckets"] = _ratios(directory["ar_buckets"])
    table |= _range(directory)
    if directory["frame_buckets"] and MODELS[settings["model"]].video:
        table["frame_buckets"] = directory["frame_buckets"]
    return table


def _range(table: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: table[name] for name in _RANGE if table[name] is not None}
    return {n: value if n == "num_ar_buckets" else float(value) for n, value in found.items()}


def _repeats(value: float) -> float:
    return int(value) if value == int(value) else float(value)


def _resolutions(texts: Sequence[str]) -> list[Any]:
    """Sides alone, or pairs alone: the trainer takes the area of either."""
    found = shapes.resolutions(texts)
    if all(len(each) == 1 for each in found):
        return [each[0] for each in found]
    return [[each[0], each[-1]] for each in found]


def _ratios(texts: Sequence[str]) -> list[Any]:
    """Pairs alone, or numbers alone."""
    found = shapes.ratios(texts)
    if all(isinstance(each, tuple) for each in found):
        return [list(each) for each in found if isinstance(each, tuple)]
    return [each[0] / each[1] if isinstance(each, tuple) else each for each in found]


def _size_buckets(texts: Sequence[str]) -> list[list[int]]:
    return [list(each) for each in shapes.size_buckets(texts)]
