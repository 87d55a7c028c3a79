"""The dataset and the sizes that it is sorted into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SQUARE = ((960, 960), (960, 704), (704, 960), (1280, 704), (704, 1280))
COSMOS = {(width, height, frames) for width, height in _SQUARE for frames in (1, 121)}
_HUB = re.compile(r"hf:[\w.-]+/[\w.-]+(@[^/@]+)?(/.+)?")
_READERS = {
    "resolutions": shapes.resolutions,
    "ar_buckets": shapes.ratios,
    "size_buckets": shapes.size_buckets,
}


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if not settings["directories"]:
        yield Problem(
            "No dataset is named.",
            "dataset-missing",
            "directories",
            "Name a folder with pictures or clips, or hf:owner/name.",
        )
    for table, where in tables(settings):
        if where:
            yield from _folder(table, settings, where)
        yield from _typed(table, where)
        yield from _bounds(table, settings, where)
    for number, entry in enumerate(settings["evaluation"]):
        yield from _name(entry["name"], f"evaluation.{number}.name")


def tables(settings: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The settings themselves, then each folder's own, with its place among them."""
    yield settings, ""
    for name in ("directories", "evaluation"):
        for number, table in enumerate(settings[name]):
            yield table, f"{name}.{number}."


def _folder(table: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> Iterator[Problem]:
    path, model = table["path"], MODELS[settings["model"]]
    if not path:
        field = f"{where}path"
        yield Problem("A folder has no path.", "dataset-missing", field, "Name it, or take it out.")
    elif path.startswith("hf:") and not _HUB.fullmatch(path):
        yield Problem(
            f"“{path}” is no dataset on the Hugging Face Hub.",
            "dataset-name",
            f"{where}path",
            "Write hf:owner/name, or hf:owner/name/folder of it; a revision follows the name: hf:owner/name@main.",
        )
    if table["control_path"] and not model.edit:
        yield Problem(
            f"{model.title} doesn’t learn from control pictures: the trainer would hang over them.",
            "no-control",
            f"{where}control_path",
            "Take “control_path” out, or choose a model that edits: Flux.1 Kontext, Qwen-Image-Edit or Flux.2.",
        )
    exact = table["size_buckets"] or settings["size_buckets"]
    resolutions = table["resolutions"] or settings["resolutions"]
    skipped = settings["i_know_what_i_am_doing"]
    if settings["model"] == "cosmos":
        if not skipped:
            yield from _cosmos(exact)
    elif not (exact or resolutions):
        yield Problem("There is no resolution.", "resolution", "resolutions", "Set one: 512, say.")
    elif not exact and len(resolutions) > 3 and not skipped:
        yield Problem(
            f"There are {len(resolutions)} resolutions, and every picture would be trained at every "
            "one: the trainer refuses more than three.",
            "resolutions",
            f"{where}resolutions" if table["resolutions"] else "resolutions",
            "Name three at most, or switch on “i_know_what_i_am_doing”.",
        )


def _cosmos(typed: Sequence[str]) -> Iterator[Problem]:
    try:
        sizes = set(shapes.size_buckets(typed))
    except ValueError:
        return  # said already
    if not sizes or not sizes <= COSMOS:
        known = ", ".join(f"{width}x{height}x1" for width, height in _SQUARE)
        yield Problem(
            "Cosmos knows a few exact sizes alone.",
            "cosmos-sizes",
            "size_buckets",
            f"Set some of {known} for pictures; for clips 121 in place of the 1.",
        )


def _typed(table: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name, read in _READERS.items():
        try:
            read(table[name] or [])
        except ValueError as error:
            yield mistyped(error, "size", f"{where}{name}")
    if any(each < 1 for each in table["frame_buckets"] or ()):
        yield Problem(
            "A clip has at least 1 frame.", "frames", f"{where}frame_buckets", "Correct it."
        )


def mistyped(error: ValueError, code: str, field: str) -> Problem:
    """What `shapes` says of a text."""
    sentence, _, step = str(error).partition(". ")
    return Problem(f"{sentence.rstrip('.')}.", code, field, step or "Correct it.")


def _bounds(table: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> Iterator[Problem]:
    own = [table[name] for name in ("min_ar", "max_ar")]
    low, high = (
        settings[name] if value is None else value
        for name, value in zip(("min_ar", "max_ar"), own, strict=True)
    )
    if low > high and own != [None, None]:
        yield Problem(
            f"The narrowest shape ({low:g}) is wider than the widest ({high:g}).",
            "shapes",
            f"{where}min_ar",
            "Exchange them.",
        )


def _name(name: str, field: str) -> Iterator[Problem]:
    """TensorBoard's tags begin with it."""
    if not name.strip() or "/" in name or name in ("train", "eval"):
        yield Problem(
            f"“{name}” can’t name a set for evaluation."
            if name
            else "A set for evaluation has no name.",
            "evaluation-name",
            field,
            "Name it, without a slash, and not train or eval: its losses are shown under the name.",
        )
