"""Saved models in ``outputs/``, by names that tell them apart in any other folder.

``<job's name>-epoch12.safetensors`` is the LoRA of epoch 12; ``adapter.safetensors`` the newest
one, and ``adapter_config.json`` PEFT's description of it. Of a full training they are whole
models, and the newest is ``model.safetensors``. All are second names for the trainer's own
files, where the disk can do that.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.trainer.runs import Model

ABOUT = "adapter_config.json"
_WHOLE = "model.safetensors"  # what a full training saves


def offer(model: Model, name: str, outputs: Path) -> Path:
    """Takes a saved model for the newest one; returns where it lies now."""
    file = outputs / f"{_slug(name)}-{model.name}.safetensors"
    _keep(model.file, file)
    newest = _WHOLE if model.file.name == _WHOLE else "adapter.safetensors"
    _keep(model.file, outputs / newest)
    if (about := model.path / ABOUT).exists():
        _keep(about, outputs / ABOUT)
    return file


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "lora"


def _keep(source: Path, target: Path) -> None:
    """Complete when it appears."""
    if target.exists() and target.samefile(source):
        return
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, temporary)
    temporary.replace(target)
