"""What the reference shows of each model: what it needs, what it reads, where its LoRA loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.recipes.base import Table
from tuneyard.recipes.diffusion_pipe.at_home.documented import DOCUMENTED
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuneyard.recipes.diffusion_pipe.catalog.models import Model


_ORDER = list(MODELS)


def tables() -> list[Table]:
    return [
        Table(
            "Models",
            "Each `model` needs files of its own: settings of a path, here or as "
            "`hf:owner/name/path` on the Hugging Face Hub. Clips are taken at the named number of frames "
            "a second (24 for Wan 2.2 5B and SkyReels). “Whole” says whether it can be trained as "
            'a whole (`adapter = "none"`) and saved.',
            (
                "Model",
                "Trains on",
                "Needs",
                "Blocks to swap",
                "Whole",
                "Format of its LoRA",
                "Loads in",
            ),
            [_row(name, model) for name, model in MODELS.items()],
        ),
        Table(
            "What else each model reads",
            "All other settings of the group *Model* are left out of what the trainer is told.",
            ("Model", "Reads besides"),
            [(f"`{name}`", _names(model.optional)) for name, model in MODELS.items()],
        ),
        Table(
            "Memory of the GPU",
            "What the trainer’s authors and users have written of it, of jobs on one GPU unless it says "
            "otherwise. `plan` takes it as the least for all jobs of the kind, and says what in a job is "
            "otherwise. Of all others it takes what surely lies there, where that is known: the "
            "weights of the model, or of its text encoder while the captions are prepared.",
            ("Model", "Job", "GPU", "Documented for"),
            [
                (f"`{each.jobs['model']}`", each.kind, f"{each.gb} GB", each.words)
                for each in sorted(DOCUMENTED, key=lambda each: _ORDER.index(each.jobs["model"]))
            ],
        ),
    ]


def _row(name: str, model: Model) -> tuple[str, ...]:
    return (
        f"`{name}`<br>{model.title}",
        f"pictures and clips ({model.fps})" if model.video else "pictures",
        _needs(model),
        _swap(model),
        "yes" if model.full else "no",
        model.format,
        model.loads,
    )


def _needs(model: Model) -> str:
    ways = "<br>or ".join(_names(names) for names in model.one_of)
    return "<br>and ".join(part for part in (_names(model.required), ways) if part)


def _swap(model: Model) -> str:
    if model.swap is None:
        return "none"
    return "all but two" if model.swap is True else f"up to {model.swap}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
