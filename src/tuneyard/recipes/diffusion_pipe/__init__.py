"""diffusion-pipe: LoRAs and full trainings of models that make pictures and videos."""

from __future__ import annotations

from tuneyard.recipes.base import Recipe

recipe = Recipe(
    name="diffusion-pipe",
    title="Image or video LoRA",
    summary="Teaches an image or video model a style, a person or a thing, from pictures or clips with captions",
    package=__name__,
    # Its torch is the oldest that upstream names; its Python is 3.12, which the trainer asks for.
    image="runpod/pytorch:1.0.3-cu1281-torch291-ubuntu2404",
)
