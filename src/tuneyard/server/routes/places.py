"""Suggestions for a field that takes a path on this computer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tuneyard.jobs import places
from tuneyard.server.context import Here
from tuneyard.server.shapes.disk import Place

router = APIRouter(prefix="/places", tags=["computer"])


@router.get("")
def list_places(
    here: Here,
    path: Annotated[str, Query(max_length=4096, description="What was typed so far")] = "",
) -> list[Place]:
    """Folders, zips and checkpoints that it may become, at most 50."""
    found = places.suggest(path, places.roots(here.home))
    return [Place.model_validate(place) for place in found]
