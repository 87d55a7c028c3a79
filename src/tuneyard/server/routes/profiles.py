"""Profiles: named sets of secrets and of defaults for new jobs."""

from __future__ import annotations

from fastapi import APIRouter

from tuneyard.jobs.profiles import Defaults
from tuneyard.server.context import Here
from tuneyard.server.shapes.profiles import Profile, ProfileGiven

router = APIRouter(prefix="/profiles", tags=["secrets"])


@router.get("")
def list_profiles(here: Here) -> list[Profile]:
    """All profiles, by name."""
    return [Profile.model_validate(each.as_json()) for each in here.manager.profiles.all()]


@router.put("/{name}")
def put_profile(name: str, asked: ProfileGiven, here: Here) -> Profile:
    """Makes a profile or sets it anew; the secrets that are kept for it stay."""
    defaults = Defaults(asked.defaults.settings, asked.defaults.results)
    return Profile.model_validate(here.manager.profiles.put(name, asked.title, defaults).as_json())


@router.delete("/{name}", status_code=204)
def delete_profile(name: str, here: Here) -> None:
    """Removes a profile with its secrets, unless a job needs it that has not ended."""
    here.manager.remove_profile(name)
