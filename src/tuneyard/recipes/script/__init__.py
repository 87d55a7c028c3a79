"""A training script of one's own, whatever it trains: bash, Python or any other language."""

from __future__ import annotations

from tuneyard.recipes.base import Recipe

recipe = Recipe(
    name="script",
    title="Your own script",
    summary="Any training script of your own, with log, charts, samples, stop and resume",
    package=__name__,
)
