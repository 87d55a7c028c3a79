"""Figures of this computer."""

from __future__ import annotations

from fastapi import APIRouter

from tuneyard.server.context import Here
from tuneyard.server.shapes.system import System

router = APIRouter(prefix="/system", tags=["computer"])


@router.get("")
def show_system(here: Here) -> System:
    """Processor, memory, disks and GPUs as they are now."""
    return System.model_validate(here.figures.now())
