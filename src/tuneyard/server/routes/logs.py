"""A job's log by offset, its metrics as columns, and both to keep."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from tuneyard.runner.masking import Masker
from tuneyard.server.context import Here
from tuneyard.server.shapes.jobs import Series

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])


@router.get("/log", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def read_log(
    job_id: str,
    here: Here,
    offset: Annotated[int, Query(description="A negative one counts from the end")] = 0,
    limit: Annotated[int, Query(ge=1, le=1 << 22)] = 1 << 18,
    *,
    download: bool = False,
) -> Response:
    """Bytes of the log from an offset, secrets masked by stars of equal length."""
    folder = here.job(job_id)
    masker = Masker.of_job(folder.masks)
    if download:
        length, pieces = masker.pieces(folder.log)
        return StreamingResponse(
            pieces,
            media_type="text/plain; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{folder.id}.log"',
                "Content-Length": str(length),
            },
        )
    chunk = masker.read(folder.log, offset, limit)
    headers = {
        "Tuneyard-Start": str(chunk.next - len(chunk.data)),
        "Tuneyard-Next": str(chunk.next),
        "Tuneyard-Size": str(folder.log.stat().st_size if folder.log.exists() else 0),
        "Tuneyard-Reset": str(chunk.reset).lower(),
    }
    return Response(chunk.data, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/series")
def read_series(
    job_id: str,
    here: Here,
    x: Literal["step", "t"] = "step",
    points: Annotated[int, Query(ge=10, le=20_000)] = 2_000,
    names: Annotated[list[str] | None, Query(description="None: all of them")] = None,
    begin: float | None = None,
    end: float | None = None,
) -> Series:
    """Metrics as columns over steps or time, thinned so that no peak is lost."""
    found = here.series.read(
        here.job(job_id), x=x, points=points, names=names, begin=begin, end=end
    )
    return Series.model_validate(found)


@router.get("/metrics.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def metrics_csv(job_id: str, here: Here) -> StreamingResponse:
    """Every line of the metrics, as a table."""
    folder = here.job(job_id)
    return StreamingResponse(
        here.series.csv(folder),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{folder.id}.csv"'},
    )
