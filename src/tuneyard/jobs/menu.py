"""What there is to choose from, recipes and computes, as API and page are told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from tuneyard.recipes.base import purpose

from .job import Job, Results, build

if TYPE_CHECKING:
    from tuneyard.compute.base import Compute
    from tuneyard.recipes.base import Recipe


def brief(recipe: Recipe) -> dict[str, Any]:
    """A recipe in a list."""
    presets = [{"name": name, "purpose": purpose(text)} for name, text in recipe.presets.items()]
    return {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "presets": presets,
        "demo": recipe.demo is not None,
    }


def whole(recipe: Recipe) -> dict[str, Any]:
    """A recipe with all that a form needs; each preset as its file and as the job that it makes."""
    return {
        **brief(recipe),
        "schema": recipe.settings.model_json_schema(),
        "results_schema": Results.model_json_schema(),
        "changeable": sorted(recipe.rules.CHANGEABLE),
        "choices": list(recipe.choices),
        "presets": [_preset(*preset) for preset in recipe.presets.items()],
    }


def preset(text: str) -> Job:
    """The job of a preset's file, whose relative paths are the user's own."""
    return build(tomlkit.parse(text).unwrap(), base=Path.home())


def compute(found: Compute) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": found.title,
        "summary": found.summary,
        "remote": found.remote,
        "secrets": list(found.secrets),
        "schema": found.settings.model_json_schema(),
    }


def _preset(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "purpose": purpose(text), "text": text, "job": preset(text).model_dump()}
