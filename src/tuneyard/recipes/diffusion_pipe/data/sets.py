"""A whole dataset: its folders, the sizes their files are trained at, and how many steps that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.data import asked, buckets
from tuneyard.recipes.diffusion_pipe.data.report import count, listed, of_files, of_set
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tuneyard.recipes.diffusion_pipe.data.asked import Rates
    from tuneyard.recipes.diffusion_pipe.data.buckets import Bucket, Plan, Sorting
    from tuneyard.recipes.diffusion_pipe.data.folder import Folder

    Entries = Sequence[Mapping[str, Any]]

_ENLARGED = 1.25  # by so much at each side; less can hardly be seen


@dataclass
class Set:
    """The training set, or an evaluation set, counted."""

    name: str
    plan: Plan
    problems: list[Problem]

    def as_json(self) -> dict[str, Any]:
        return {
            "steps_per_epoch": self.plan.steps_per_epoch,
            "items": self.plan.items,
            "latents": self.plan.latents,
            "texts": self.plan.texts,
            "buckets": [_bucket(bucket) for bucket in self.plan.buckets],
        }


def counted(
    settings: Mapping[str, Any],
    name: str,
    entries: Entries,
    folders: Sequence[Folder],
    rates: Rates,
) -> Set:
    """Raises ValueError, in words, for sizes that nobody can read."""
    training = name == asked.TRAINING
    sortings = [asked.sorting(asked.of_folder(settings, entry)) for entry in entries]
    plan = buckets.plan(
        [(sorting, folder.items) for sorting, folder in zip(sortings, folders, strict=True)],
        fps=rates.fps,
        multiple=rates.rounding,
        batches=asked.batches(settings, evaluation=not training),
        subsample=settings["subsample_ratio"] if training else None,
    )
    problems = [
        *_skipped(settings, plan, entries, sortings, rates),
        *_small(entries, folders, sortings, rates),
        *_dropped(plan, "" if training else name),
    ]
    return Set(name, plan, of_set(problems, training=training))


def table(settings: Mapping[str, Any], found: Set, rates: Rates) -> dict[str, Any]:
    """For people: each size, and what becomes of its files."""
    video = rates.fps is not None
    columns = ["Size", *(["Frames"] if video else []), "Items", "Batch", "Steps", "Left over"]
    rows = []
    for bucket in found.plan.buckets:
        width, height, frames = encoded(settings, bucket.size, rates)
        rows.append(
            [
                f"{width} × {height}",
                *([frames] if video else []),
                bucket.items,
                bucket.batch,
                bucket.steps,
                bucket.dropped,
            ]
        )
    title = "Sizes of the training" if found.name == asked.TRAINING else f"Sizes of {found.name}"
    return {
        "title": title,
        "columns": columns,
        "rows": rows,
        "note": "An item is a file with one of its captions, as often as it is repeated. What is"
        " left over fills no batch, and is in no step.",
    }


def encoded(
    settings: Mapping[str, Any], size: tuple[int, int, int], rates: Rates
) -> tuple[int, int, int]:
    """What the model is given of a bucket: its own rounding comes on top of that of buckets."""
    model = MODELS[settings["model"]]
    pixels = max(model.pixels, rates.rounding if settings["model"] == "wan" else 0)
    width, height = (round(side / pixels) * pixels for side in size[:2])
    return width, height, frames_of(settings, size[2])


def frames_of(settings: Mapping[str, Any], frames: int) -> int:
    """As many of a clip's frames as the model takes."""
    model = MODELS[settings["model"]]
    if model.whole:
        return max(frames // model.frames * model.frames, 1)
    return (frames - 1) // model.frames * model.frames + 1


def _bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "size": list(bucket.size),
        "ar": bucket.ar,
        "items": bucket.items,
        "batch": bucket.batch,
        "used": bucket.items - bucket.dropped,
        "dropped": bucket.dropped,
    }


def _skipped(
    settings: Mapping[str, Any],
    plan: Plan,
    entries: Entries,
    sortings: Sequence[Sorting],
    rates: Rates,
) -> Iterator[Problem]:
    title = MODELS[settings["model"]].title
    for number, entry in enumerate(entries):
        here = [skipped for skipped in plan.skipped if skipped.folder == number]
        lengths = [size[2] for size in sortings[number].size_buckets]
        shortest = min((n for n in lengths or sortings[number].frame_buckets if n > 1), default=0)
        yield from of_files(
            "video-unwanted",
            [skipped.name for skipped in here if skipped.why == "video"],
            f"{title} is trained on pictures alone, so {{n}} {{be}} left out",
            "Choose a model of videos, or remove them.",
            place=entry["path"],
        )
        yield from of_files(
            "video-short",
            [
                f"{skipped.name} ({count(skipped.frames, 'frame')})"
                for skipped in here
                if skipped.why == "short"
            ],
            f"At {rates.fps} frames a second {{n}} {{be}} shorter than {count(shortest, 'frame')}"
            " and so left out"
            if shortest
            else "There is no clip length for videos, so {n} {be} left out",
            "Add a shorter clip length, or longer clips.",
            place=entry["path"],
        )
        yield from of_files(
            "picture-unplaced",
            [skipped.name for skipped in here if skipped.why == "still"],
            "None of the exact sizes that the trainer tries is for pictures, so {n} {be} left out",
            "Add a size of 1 frame, or train pictures as a folder with sizes of its own.",
            place=entry["path"],
        )


def _small(
    entries: Entries, folders: Sequence[Folder], sortings: Sequence[Sorting], rates: Rates
) -> Iterator[Problem]:
    for entry, folder, sorting in zip(entries, folders, sortings, strict=True):
        side = max(buckets.sides(sorting), default=0.0)
        small = [
            f"{item.name} ({item.width}×{item.height})"
            for item in folder.items
            if (item.fps is None or rates.fps) and item.width * item.height * _ENLARGED**2 < side**2
        ]
        yield from of_files(
            "media-small",
            small,
            f"{{n}} {{be}} smaller than {side:.0f}×{side:.0f} and will be enlarged, which blurs {{it}}",
            "Use larger ones, or a lower resolution.",
            place=entry["path"],
        )


def _dropped(plan: Plan, place: str) -> Iterator[Problem]:
    empty = [bucket for bucket in plan.buckets if not bucket.steps]
    step = "Lower the batch size, the batches a step or the number of shapes, or raise repeats."
    if not plan.steps_per_epoch:
        batch = max((bucket.batch for bucket in plan.buckets), default=0)
        yield Problem(
            "No file of the set is left to train on."
            if not batch
            else f"No size has as many items as one batch takes ({batch}): the trainer would end.",
            "buckets-empty",
            "directories",
            "See the other problems." if not batch else step,
            place=place,
        )
    elif empty:
        sizes = [
            f"{'×'.join(map(str, encoded_size))} ({count(bucket.items, 'item')})"
            for bucket in empty
            for encoded_size in [bucket.size if bucket.size[2] > 1 else bucket.size[:2]]
        ]
        lost = sum(bucket.items for bucket in empty)
        yield Problem(
            f"{count(lost, 'item')} {'fills' if lost == 1 else 'fill'} no batch at that size and"
            f" {'is' if lost == 1 else 'are'} never trained on: {listed(sizes)}.",
            "bucket-dropped",
            "directories",
            step,
            "warning",
            place,
        )
