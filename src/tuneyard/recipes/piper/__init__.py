"""Piper: small, fast voices for text to speech, trained with piper-tts."""

from __future__ import annotations

from tuneyard.recipes.base import Recipe

recipe = Recipe(
    name="piper",
    title="Piper voice",
    summary="A small, fast voice for text to speech, from recordings and what they say",
    package=__name__,
    example="first-voice",
)
