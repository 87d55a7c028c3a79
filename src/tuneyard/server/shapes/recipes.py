"""Recipes: what can be trained."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer
from .jobs import JobDraft


class PresetBrief(Answer):
    name: str
    purpose: str


class Preset(PresetBrief):
    text: str = Field(description="The job file, with its comments")
    job: JobDraft


class RecipeBrief(Answer):
    name: str
    title: str
    summary: str
    presets: list[PresetBrief]
    demo: bool = Field(description="Whether it has a job that runs on any computer, with data")


class RecipeView(Answer):
    """All that a form needs."""

    name: str
    title: str
    summary: str
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the settings")
    results_schema: dict[str, Any] = Field(description="JSON Schema of a job's results")
    changeable: list[str] = Field(description="Settings that a resume may set anew")
    choices: list[str] = Field(description="Settings with a list to choose from")
    presets: list[Preset]
    demo: bool


class Choice(Answer):
    value: str
    label: str
