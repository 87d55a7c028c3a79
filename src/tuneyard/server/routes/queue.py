"""Who waits for a GPU, and in which order."""

from __future__ import annotations

from fastapi import APIRouter

from tuneyard.runner import gpus
from tuneyard.server.context import Context, Here
from tuneyard.server.shapes.jobs import Queue, QueueOrder

router = APIRouter(prefix="/queue", tags=["queue"])


@router.get("")
def show_queue(here: Here) -> Queue:
    """Jobs that wait for a GPU, the next first, and who has one."""
    return _queue(here, gpus.order(here.home))


@router.put("")
def order_queue(asked: QueueOrder, here: Here) -> Queue:
    """Puts the waiting jobs into another order; those not named keep theirs, behind."""
    return _queue(here, gpus.reorder(here.home, asked.order))


def _queue(here: Context, order: list[str]) -> Queue:
    return Queue(order=order, holders=here.figures.holders())
