"""What the settings ask of the data: of each folder what it sets itself, else what is set for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.config import shapes, writing
from tuneyard.recipes.diffusion_pipe.data.buckets import Batches, Sorting
from tuneyard.recipes.diffusion_pipe.files import wan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


TRAINING = "train"


class Rates(NamedTuple):
    """How a model takes clips and sizes. `sure`: its files, or their name, tell which variant."""

    fps: int | None
    rounding: int
    sure: bool = True


def of_folder(settings: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they hold for one folder."""
    own = {name: value for name, value in entry.items() if value not in (None, "", [])}
    return {**entry, **settings, **own}


def sorting(asked: Mapping[str, Any]) -> Sorting:
    """Raises ValueError, in words, for sizes that nobody can read."""
    sides = shapes.resolutions(asked["resolutions"])
    return Sorting(
        [size[0] if len(size) == 1 else (size[0], size[1]) for size in sides],
        asked["enable_ar_bucket"],
        shapes.ratios(asked["ar_buckets"]),
        asked["min_ar"],
        asked["max_ar"],
        asked["num_ar_buckets"],
        asked["frame_buckets"],
        shapes.size_buckets(asked["size_buckets"]),
        asked["num_repeats"],
    )


def batches(settings: Mapping[str, Any], *, evaluation: bool = False) -> Batches:
    """Of pictures as of clips, where nothing else is said; of evaluation as of training."""
    video = settings["micro_batch_size_per_gpu"] or "1"
    image, steps = settings["image_micro_batch_size_per_gpu"], "gradient_accumulation_steps"
    if evaluation:
        video = settings["eval_micro_batch_size_per_gpu"] or video
        image, steps = settings["eval_image_micro_batch_size_per_gpu"], f"eval_{steps}"
    elif not MODELS[settings["model"]].video:
        image = ""  # which is not asked of it
    return Batches(
        dict(shapes.batches(video)),
        dict(shapes.batches(image or video)),
        settings[steps],
        max(settings["gpus"] // settings["pipeline_stages"], 1),
    )


def rates(settings: Mapping[str, Any], models: Mapping[str, Any]) -> Rates:
    """`models` has the places of the model's files, as far as they are known.

    Of Wan, the variant decides: 5B has 24 frames a second and sides of 32, SkyReels has 24.
    """
    model = MODELS[settings["model"]]
    if settings["model"] != "wan":
        return Rates(model.fps, model.rounding)
    path = str(models.get("ckpt_path") or settings["ckpt_path"])
    name = wan.folder(path)
    fps = 24 if "skyreels" in name else model.fps
    kind = wan.kind(str(models.get("transformer_path") or settings["transformer_path"]), path)
    if wan.is_5b(kind, path):
        return Rates(24, 32)
    return Rates(fps, model.rounding, sure=bool(kind) or "a14b" in name or "2.1" in name)


def sets(settings: Mapping[str, Any]) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The training set, "train", and each evaluation set by its name, with their folders' entries."""
    entries = settings["evaluation"]
    # Repeats are for training: see `config.dataset_text`.
    of_evaluation = [{**entry, "num_repeats": entry["num_repeats"] or 1.0} for entry in entries]
    found = [
        (name, [of_evaluation[n] for n in numbers]) for name, numbers in writing.sets(settings)
    ]
    return [(TRAINING, settings["directories"]), *found]
