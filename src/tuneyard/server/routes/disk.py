"""What lies on the disk of this home, and cleaning it."""

from __future__ import annotations

from fastapi import APIRouter

from tuneyard.server.context import Here
from tuneyard.server.shapes.disk import Cleaned, Disk, ToClean

router = APIRouter(prefix="/disk", tags=["computer"])


@router.get("")
def show_disk(here: Here) -> Disk:
    """Environments, caches, uploads and the largest jobs; sizes as far as they are known."""
    return Disk.model_validate(here.disk.look())


@router.post("/clean")
def clean_disk(asked: ToClean, here: Here) -> Cleaned:
    """Removes what is named, but for what a job needs that has not ended."""
    return Cleaned.model_validate(here.disk.clean(asked.items))
