"""Recipes: what can be trained, with all that a form needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tuneyard.errors import NotFound
from tuneyard.jobs import menu
from tuneyard.recipes.base import recipe_named, recipes
from tuneyard.server.shapes.recipes import Choice, RecipeBrief, RecipeView

router = APIRouter(tags=["recipes"])


@router.get("/recipes")
def list_recipes() -> list[RecipeBrief]:
    """What can be trained."""
    return [RecipeBrief.model_validate(menu.brief(recipe)) for recipe in recipes().values()]


@router.get("/recipes/{name}")
def show_recipe(name: str) -> RecipeView:
    """A recipe with its settings' schema and its presets."""
    return RecipeView.model_validate(menu.whole(recipe_named(name)))


@router.get("/recipes/{name}/choices/{setting}")
def list_choices(
    name: str, setting: str, find: Annotated[str, Query(max_length=200)] = ""
) -> list[Choice]:
    """What a setting can be chosen from; with `find`, those with these words."""
    choices = recipe_named(name).choices
    if setting not in choices:
        raise NotFound(f"“{setting}” has no list to choose from.", code="no-choices")
    return [Choice(value=value, label=label) for value, label in choices[setting](find)]
