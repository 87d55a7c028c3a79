"""What is trained: a LoRA, a LoKr, the whole model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS, reads
from tuneyard.recipes.diffusion_pipe.files.named import weighed
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def problems(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Problem]:
    model, adapter = MODELS[settings["model"]], settings["adapter"]
    precision = model.reads_precision
    if adapter == "none" and not model.full:
        yield Problem(
            f"The whole of {model.title} can be trained, but the trainer can’t save it.",
            "no-full",
            "adapter",
            "Train a LoRA.",
        )
    elif adapter == "none" and precision and settings[precision].startswith("float8"):
        yield Problem(
            "8-bit weights can’t be trained themselves, only a LoRA beside them.",
            "full-precision",
            precision,
            "Empty it, or train a LoRA.",
        )
    if adapter == "lokr" and settings["model"] in ("sdxl", "flux"):
        yield Problem(
            f"The trainer can’t save a LoKr of {model.title}.",
            "no-lokr",
            "adapter",
            "Set it to lora.",
        )
    if adapter == "lokr" and settings["init_from_existing"]:
        yield Problem(
            "The trainer can’t go on from a LoKr: it looks for the names of a LoRA in it.",
            "lokr-start",
            "init_from_existing",
            "Empty it, or train a LoRA.",
        )
    if place.get("pod") and "fuse_adapters" in reads(settings):
        yield from _left_at_home(settings["fuse_adapters"])


def _left_at_home(lines: list[str]) -> Iterator[Problem]:
    """What is sent to a pod is named by its path alone, and comes to lie elsewhere there."""
    for line in lines:
        path, _ = weighed(line)
        if path != line.strip() and not path.startswith("hf:"):
            yield Problem(
                f"{path} can’t be sent to a rented GPU with a weight behind it.",
                "fuse-at-home",
                "fuse_adapters",
                "Put the file on the Hub (hf:owner/name/file=0.8), or leave its weight out.",
            )
