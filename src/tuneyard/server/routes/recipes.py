"""Recipes: what can be trained, with all that a form needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomlkit
from fastapi import APIRouter, Query

from tuneyard.errors import NotFound
from tuneyard.jobs.job import Results, build
from tuneyard.recipes.base import purpose, recipe_named, recipes
from tuneyard.server.shapes.jobs import JobDraft
from tuneyard.server.shapes.recipes import Choice, RecipeBrief, RecipeView

if TYPE_CHECKING:
    from tuneyard.recipes.base import Recipe

router = APIRouter(tags=["recipes"])


@router.get("/recipes")
def list_recipes() -> list[RecipeBrief]:
    """What can be trained."""
    return [RecipeBrief.model_validate(_brief(recipe)) for recipe in recipes().values()]


@router.get("/recipes/{name}")
def show_recipe(name: str) -> RecipeView:
    """A recipe with its settings' schema and its presets."""
    recipe = recipe_named(name)
    return RecipeView.model_validate(
        {
            **_brief(recipe),
            "schema": recipe.settings.model_json_schema(),
            "results_schema": Results.model_json_schema(),
            "changeable": sorted(recipe.rules.CHANGEABLE),
            "choices": list(recipe.choices),
            "presets": [_preset(*preset) for preset in recipe.presets.items()],
        }
    )


@router.get("/recipes/{name}/choices/{setting}")
def list_choices(
    name: str, setting: str, find: Annotated[str, Query(max_length=200)] = ""
) -> list[Choice]:
    """What a setting can be chosen from; with `find`, those with these words."""
    choices = recipe_named(name).choices
    if setting not in choices:
        raise NotFound(f"“{setting}” has no list to choose from.", code="no-choices")
    return [Choice(value=value, label=label) for value, label in choices[setting](find)]


def _brief(recipe: Recipe) -> dict[str, Any]:
    presets = [{"name": name, "purpose": purpose(text)} for name, text in recipe.presets.items()]
    return {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "presets": presets,
        "demo": recipe.demo is not None,
    }


def _preset(name: str, text: str) -> dict[str, Any]:
    job = build(tomlkit.parse(text).unwrap(), base=Path.home())
    draft = JobDraft.model_validate(job.model_dump())
    return {"name": name, "purpose": purpose(text), "text": text, "job": draft}
