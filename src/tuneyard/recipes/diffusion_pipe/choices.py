"""What can be chosen where the list is too long to be part of a setting's help."""

from __future__ import annotations

from tuneyard.recipes.diffusion_pipe.catalog.optimizers import OPTIMIZERS


def _optimizers(text: str) -> list[tuple[str, str]]:
    words = text.lower().split()
    return [
        (found.name, found.name)
        for found in OPTIMIZERS.values()
        if found.betas is not None and all(word in found.name.lower() for word in words)
    ]


CHOICES = {"optimizer": _optimizers}
