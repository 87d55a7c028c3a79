"""The dataset, its sizes and the sets for evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes
from tuneyard.recipes.diffusion_pipe.data.sets import frames_of
from tuneyard.recipes.diffusion_pipe.traps.at_home.words import warning
from tuneyard.recipes.diffusion_pipe.traps.dataset import tables
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _evaluation(settings)
    for table, where in tables(settings):
        yield from _frames(table, settings, where)
        yield from _quotes(table, where)
        if where:
            yield from _overruled(table, settings, where)


def _evaluation(settings: Mapping[str, Any]) -> Iterator[Problem]:
    entries = settings["evaluation"]
    trained = {table["path"] for table in settings["directories"] if table["path"]}
    for number, entry in enumerate(entries):
        if entry["path"] in trained:
            yield warning(
                f"{entry['path']} is trained on and evaluated on: its losses say little of what is new.",
                "same-folder",
                f"evaluation.{number}.path",
                "Keep some pictures in a folder of their own.",
            )
    often = ("eval_every_n_epochs", "eval_every_n_steps", "eval_every_n_examples")
    if entries and not any(settings[name] for name in often):
        ever = "measured once alone" if settings["eval_before_first_step"] else "never measured"
        yield warning(
            f"There are sets for evaluation, and they are {ever}.",
            "evaluation-never",
            "eval_every_n_epochs",
            "Set how often.",
        )


def _frames(table: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> Iterator[Problem]:
    model = MODELS[settings["model"]]
    name, lengths = _lengths(table, settings)
    odd = {each: fits for each in sorted(lengths) if (fits := frames_of(settings, each)) != each}
    if odd and model.video:
        words = ", ".join(f"{each} to {fits}" for each, fits in odd.items())
        yield warning(
            f"{model.title} cuts clips to lengths of its own: {words} frames.",
            "frames-cut",
            f"{where}{name}",
            f"Better {'is' if len(odd) == 1 else 'are'} {', '.join(map(str, odd.values()))}.",
        )


def _lengths(table: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[str, set[int]]:
    """The clip lengths that a table sets, if they count, and by which of its settings."""
    if table["size_buckets"]:
        try:
            return "size_buckets", {size[2] for size in shapes.size_buckets(table["size_buckets"])}
        except ValueError:
            return "size_buckets", set()  # said already
    exact = settings["size_buckets"]
    return "frame_buckets", {
        each for each in table["frame_buckets"] or () if each > 0 and not exact
    }


def _quotes(table: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """What the trainer's reader takes for the beginning of a text of several lines."""
    for name in ("caption_prefix", "cache_shuffle_delimiter", "name", "wandb_project", "wandb_run"):
        text = table.get(name) or ""
        if text == '"' or text.startswith('""'):
            yield Problem(
                f"“{name}” begins with two quotes, or is one: the trainer can’t read that.",
                "quotes",
                f"{where}{name}",
                "Begin it with something else.",
            )


def _overruled(
    table: Mapping[str, Any], settings: Mapping[str, Any], where: str
) -> Iterator[Problem]:
    own = [name for name in ("resolutions", "ar_buckets", "frame_buckets") if table[name]]
    ranges = [name for name in ("min_ar", "max_ar", "num_ar_buckets") if table[name] is not None]
    if own and settings["size_buckets"] and not table["size_buckets"]:
        yield warning(
            f"A folder’s own “{own[0]}” is not looked at: exact sizes are set for all.",
            "exact-sizes",
            f"{where}{own[0]}",
            "Give the folder exact sizes of its own, or empty “size_buckets” for all.",
        )
    elif ranges and settings["ar_buckets"] and not table["ar_buckets"]:
        yield warning(
            f"A folder’s own “{ranges[0]}” is not looked at: shapes are named one by one for all.",
            "shapes",
            f"{where}{ranges[0]}",
            "Name the folder’s shapes in its “ar_buckets”.",
        )
