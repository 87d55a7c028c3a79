"""What a job takes of a disk: what it fetches and builds, and what a full training keeps.

Expressions are read as `tuneyard.site.recipes` says; GB are 10**9 bytes. Of a LoRA nobody knows
here how many weights it has: that depends on each of the model's layers. Of a full training all
weights are in a checkpoint, and what the optimizer remembers of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.at_home import weights
from tuneyard.recipes.diffusion_pipe.at_home.reckoning import value
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.files import sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

_FETCHED = (
    "documented sizes of the model's files, where they are known, and the measured one of the"
)
_ON_TOP = f"{_FETCHED} trainer's environment; checkpoints and saved models come on top"
_COMPUTED = (
    f"{_FETCHED} trainer's environment; computed: checkpoints (the weights and what the optimizer"
    " keeps of each; keep_last of them, and one more while it is written) and saved models (one"
    " more as well)"
)
_SOME_MORE = f"{_COMPUTED}; those that are saved by steps or examples come on top"


def needed(settings: Mapping[str, Any]) -> tuple[float, str]:
    """GB, as far as they are known; and what they are from."""
    return value(DISK_GB, settings), value(SOURCE, settings)


# -- what is fetched and built --------------------------------------------------------


def _readers(name: str) -> dict[str, str]:
    """The models that read a setting: of all others a value that is hidden counts for nothing."""
    return {"model": "|".join(each for each, model in MODELS.items() if name in model.keys)}


_ENVIRONMENT = {
    "by": {"setting": "trainer_python"},
    "is": {"": sizes.ENVIRONMENT["cuda"]},
    "else": 0.0,
}
_FILES = [
    {
        "cases": [[_readers(name), {"by": {"setting": name}, "is": dict(table), "else": 0.0}]],
        "else": 0.0,
    }
    for name, table in sizes.MODELS.items()
]


# -- what a full training keeps -------------------------------------------------------

# Numbers that AdamW keeps of a weight, in its own precision (torch, optimi): two; optimi one more
# where that has 16 bits (its kahan_comp). DeepSpeed saves them as they are (_save_checkpoint).
_OPTIMI = {"by": weights.PRECISION, "is": {"2": 3}, "else": 2}
# bitsandbytes 0.49 keeps two of 8 bits, and of each a float32 for every 256 weights; upstream's
# adamw8bitkahan beside them one in the weight's own precision (its `shift`).
_OF_8_BITS = 2 * (1 + 4 / 256)
# By optimizer: how many in the weight's precision, and how many bytes besides.
_REMEMBERED: Mapping[str, tuple[Any, float]] = {
    "adamw": (2, 0),
    "adamw_optimi|stableadamw": (_OPTIMI, 0),
    "adamw8bit": (0, _OF_8_BITS),
    "adamw8bitkahan": (1, _OF_8_BITS),
}


def _by_optimizer(number: int) -> dict[str, Any]:
    cases = [[{"optimizer": name}, each[number]] for name, each in _REMEMBERED.items()]
    return {"cases": cases, "else": 0}


_CHECKPOINT = {
    "sum": [
        {"product": [weights.STORED, {"sum": [1, _by_optimizer(0)]}]},
        {"product": [weights.BILLIONS, _by_optimizer(1)]},
    ]
}
_NEVER = {"checkpoint_every_n_minutes": r"0(\.0*)?", "checkpoint_every_n_epochs": ""}
_CHECKPOINTS = {  # the trainer makes one at its end in any case
    "cases": [[_NEVER, 1]],
    "else": {"sum": [{"setting": "keep_last"}, 1]},
}

_BY_EPOCHS = {  # a model at the end in any case
    "cases": [[{"save_every_n_epochs": "0"}, 1], [{"max_steps": ".+"}, 1]],
    "else": {
        "whole": [
            {"sum": [{"setting": "epochs"}, {"setting": "save_every_n_epochs"}, -1]},
            {"setting": "save_every_n_epochs"},
        ]
    },
}
# The trainer puts all weights into a file of its own first (utils/saver.py, save_full_model).
_SAVED = {"sum": [_BY_EPOCHS, 1]}

_KEPT = {
    "sum": [
        {"product": [_SAVED, weights.AS_SAVED]},
        {"product": [_CHECKPOINTS, _CHECKPOINT]},
    ]
}
_KEEPS_ALL = (  # then nobody knows how many
    {"keep_last": "0", "checkpoint_every_n_minutes": ".*[1-9].*"},
    {"keep_last": "0", "checkpoint_every_n_epochs": ".+"},
)


def _of_full(known: Any, unknown: Any) -> dict[str, Any]:
    """What is known of a full training, if its checkpoints can be reckoned."""
    can_be = {"adapter": "none", "optimizer": "|".join(_REMEMBERED)}
    return {
        "cases": [*([where, unknown] for where in _KEEPS_ALL), [can_be, known]],
        "else": unknown,
    }


DISK_GB: dict[str, Any] = {"rounded": [{"sum": [_ENVIRONMENT, *_FILES, _of_full(_KEPT, 0)]}, 1]}

_BY_COUNT = ({"save_every_n_steps": ".+"}, {"save_every_n_examples": ".+"})
_SAID = {"cases": [[where, _SOME_MORE] for where in _BY_COUNT], "else": _COMPUTED}
SOURCE: dict[str, Any] = _of_full(
    {"by": weights.BILLIONS, "is": {"0": _ON_TOP}, "else": _SAID}, _ON_TOP
)
