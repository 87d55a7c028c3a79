"""Profiles: named sets of secrets and of defaults for new jobs."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer, Asked


class ProfileDefaultsGiven(Asked):
    """What new jobs are to begin with, in place of the recipes' own defaults."""

    settings: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="By recipe: settings to values"
    )
    results: dict[str, Any] = Field(default_factory=dict, description="As in a job's results")


class ProfileGiven(Asked):
    title: str = Field("", max_length=100)
    defaults: ProfileDefaultsGiven = ProfileDefaultsGiven()


class ProfileDefaults(Answer):
    settings: dict[str, dict[str, Any]] = Field(description="By recipe: settings to values")
    results: dict[str, Any] = Field(description="As in a job's results")


class Profile(Answer):
    name: str = Field(description="Small letters, digits and dashes")
    title: str
    secrets: list[str] = Field(description="Names that have a value of their own in this profile")
    defaults: ProfileDefaults
