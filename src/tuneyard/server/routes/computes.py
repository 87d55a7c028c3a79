"""Computes: where jobs can run, and what that is offered for."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from tuneyard.compute.base import computes
from tuneyard.errors import NotFound
from tuneyard.jobs import menu
from tuneyard.jobs.job import build
from tuneyard.server.context import Here
from tuneyard.server.shapes.computes import ComputeView, ToOffer
from tuneyard.server.shapes.offers import Offers

router = APIRouter(prefix="/computes", tags=["computes"])


@router.get("")
def list_computes() -> list[ComputeView]:
    """Where jobs can run."""
    return [ComputeView.model_validate(menu.compute(each)) for each in computes().values()]


@router.post("/{name}/offers")
def list_offers(name: str, asked: ToOffer, here: Here) -> Offers:
    """What could be rented there for a job, with prices; without a key, from a bundled table."""
    compute = computes().get(name)
    if compute is None or not compute.remote:
        raise NotFound(f"Nothing can be rented from “{name}”.", code="no-offers")
    from tuneyard.jobs.remote.terms import planning  # noqa: PLC0415 - its client is slow to load

    draft = asked.job.model_dump()
    job = build({**draft, "compute": {**draft["compute"], "name": name}}, base=Path.home())
    return Offers.model_validate(planning.offered(job, here.manager, asked.profile))
