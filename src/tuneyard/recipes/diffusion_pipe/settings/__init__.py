"""diffusion-pipe's settings: fields and defaults only, one file a group.

Names are the trainer's own wherever it has one. Empty (None, "", []) is left to the trainer.
What they do is in rules.py and writing.py.
"""

from __future__ import annotations

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

__all__ = ["Directory", "EvaluationDirectory", "Settings"]


# pydantic takes the fields of the last base first.
class Settings(Trainer, Keeping, Memory, Optimizer, Training, Adapter, Model, Data, Files):
    model_config = ConfigDict(
        extra="forbid",
        title="Image or video LoRA",
        coerce_numbers_to_str=True,
        json_schema_extra={"numbers_as_text": True},  # so that a page takes them too
    )
