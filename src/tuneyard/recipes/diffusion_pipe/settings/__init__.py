"""diffusion-pipe's settings: fields and defaults only, one file a group.

Names are the trainer's own wherever it has one. Empty (None, "", []) is left to the trainer.
What they do is in rules.py and writing.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict

from tuneyard.recipes.diffusion_pipe.settings.adapter import Adapter
from tuneyard.recipes.diffusion_pipe.settings.data import Data, Directory, EvaluationDirectory
from tuneyard.recipes.diffusion_pipe.settings.files import Files
from tuneyard.recipes.diffusion_pipe.settings.keeping import Keeping
from tuneyard.recipes.diffusion_pipe.settings.memory import Memory
from tuneyard.recipes.diffusion_pipe.settings.model import Model
from tuneyard.recipes.diffusion_pipe.settings.optimizer import Optimizer
from tuneyard.recipes.diffusion_pipe.settings.trainer import Trainer
from tuneyard.recipes.diffusion_pipe.settings.training import Training

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["Directory", "EvaluationDirectory", "Settings"]


# Keys of upstream's documents that its code refuses or reads nowhere, or that are called otherwise here.
_ABSENT: dict[str, JsonValue] = {
    "alpha": "There is no alpha here: the trainer takes the rank for it.",
    "lr": "The learning rate is set by learning_rate.",
    "pseudo_huber_c": "The trainer reads pseudo_huber_c no more: set huber_delta.",
    "image_eval_micro_batch_size_per_gpu": "The trainer reads that under another name: set"
    " eval_image_micro_batch_size_per_gpu.",
    "regenerate_cache": "The trainer reads regenerate_cache nowhere: it makes its cache again by"
    " itself where something changed.",
    "t5_checkpoint_path": "The trainer reads t5_checkpoint_path nowhere: the text encoder is in"
    " ckpt_path, or named by llm_path.",
}


# pydantic takes the fields of the last base first.
class Settings(Trainer, Keeping, Memory, Optimizer, Training, Adapter, Model, Data, Files):
    model_config = ConfigDict(
        extra="forbid",
        title="Image or video LoRA",
        coerce_numbers_to_str=True,
        # For a page that reads job files itself.
        json_schema_extra={"numbers_as_text": True, "absent": _ABSENT},
    )
