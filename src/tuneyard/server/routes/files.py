"""Files of a job: what it has, one of them, several in a zip; samples with what they say."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from zipstream import ZipStream

from tuneyard.jobs.files import RECORDS, file_of, files_of, samples_of
from tuneyard.runner.masking import Masker
from tuneyard.server import problems
from tuneyard.server.context import Here
from tuneyard.server.shapes.jobs import JobFile, SpokenSample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from tuneyard.runner.folder import JobFolder

router = APIRouter(prefix="/jobs/{job_id}", tags=["files"])

_SHOWN = ("audio/", "image/png", "image/jpeg", "image/webp")  # all else is downloaded only
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "Ranges of it", "content": {"application/octet-stream": {}}},
    416: {"description": "No such range", **problems.RESPONSE},
}


@router.get("/files")
def list_files(job_id: str, here: Here) -> list[JobFile]:
    """What a job left: outputs, samples, checkpoints and its own records."""
    return [JobFile.model_validate(each) for each in files_of(here.job(job_id))]


@router.get("/files/{path:path}", response_class=Response, responses=_BYTES)
def read_file(job_id: str, path: str, here: Here) -> Response:
    """One file, or ranges of it. Records are masked."""
    folder = here.job(job_id)
    file = file_of(folder, path)
    if path in RECORDS:
        length, pieces = _record(folder, file)
        headers = {**_attached(file), "Content-Length": str(length)}
        return StreamingResponse(pieces, media_type="text/plain; charset=utf-8", headers=headers)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if kind.startswith(_SHOWN):
        return _Ranges(file, media_type=kind)
    return _Ranges(file, media_type="application/octet-stream", filename=file.name)


@router.get("/zip", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def read_zip(
    job_id: str,
    here: Here,
    path: Annotated[list[str], Query(description="Files of the list; repeatable", min_length=1)],
) -> StreamingResponse:
    """Several files in one zip, made while it is sent."""
    folder = here.job(job_id)
    archive = ZipStream(sized=True)
    for name in dict.fromkeys(path):
        file = file_of(folder, name)
        if name in RECORDS:
            length, pieces = _record(folder, file)
            archive.add(pieces, name, size=length)
        else:
            archive.add_path(file, name)
    headers = {
        "Content-Disposition": f'attachment; filename="{folder.id}.zip"',
        "Content-Length": str(len(archive)),
    }
    return StreamingResponse(iter(archive), media_type="application/zip", headers=headers)


@router.get("/samples")
def list_samples(job_id: str, here: Here) -> list[SpokenSample]:
    """What was made to listen to, the newest first."""
    return [SpokenSample.model_validate(each) for each in samples_of(here.job(job_id))]


def _record(folder: JobFolder, file: Path) -> tuple[int, Iterator[bytes]]:
    """Length and pieces of a text that may quote a trainer, masked. Logs only grow meanwhile."""
    masker = Masker.of_job(folder.masks)
    if file.suffix != ".json":
        return masker.pieces(file)
    data = masker.mask(file.read_bytes())  # replaced whole, at any moment
    return len(data), iter([data])


class _Ranges(FileResponse):
    """A file whose wrong ranges are problems too; Starlette's own are plain text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def unless_wrong(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                found = Headers(raw=message["headers"]).get("content-range")
                headers = {"Content-Range": found} if found else None
                raise HTTPException(message["status"], headers=headers)
            await send(message)

        await super().__call__(scope, receive, unless_wrong)


def _attached(file: Path) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file.name}"'}
