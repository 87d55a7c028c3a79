"""What is said when a training is done: where its files lie, and where they load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NEWEST = ("adapter.safetensors", "model.safetensors")


def closing(folder: Path, settings: Mapping[str, Any]) -> list[str]:
    """`folder` is the job's."""
    outputs, model = folder / "outputs", MODELS[settings["model"]]
    found = [path for path in outputs.glob("*.safetensors") if path.name not in _NEWEST]
    saved = sorted(found, key=lambda path: path.stat().st_mtime)
    lora = settings["adapter"] != "none"
    lines = [
        f"{'The LoRA:' if lora else 'The model:':<15}{outputs / name}"
        for name in _NEWEST
        if (outputs / name).exists()
    ]
    lines += [
        f"{'' if number else 'As saved:':<15}{path}" for number, path in enumerate(reversed(saved))
    ]
    if lora:
        lines.append(f"{'Its format:':<15}{model.format}; loads in {model.loads}")
    return [*lines, "", f"Copy one into {model.folders(lora=lora)}.", ""]
