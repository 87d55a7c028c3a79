"""A dataset that is dropped into the browser: begin, send its files, say that all is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from tuneyard.errors import NotPossible
from tuneyard.server.context import Here
from tuneyard.server.shapes.uploads import NewUpload, Upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

router = APIRouter(prefix="/uploads", tags=["uploads"])

_AT_ONCE = 1 << 20  # bytes that are written at a time

_RAW: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("", status_code=201)
def begin_upload(here: Here, asked: NewUpload | None = None) -> Upload:
    """Makes room for a dataset; what is known not to fit is refused at once."""
    asked = asked or NewUpload()
    return Upload.model_validate(here.uploads.begin(asked.files, asked.bytes))


@router.put("/{upload}/files/{path:path}", openapi_extra=_RAW)
async def send_file(upload: str, path: str, here: Here, request: Request) -> Upload:
    """Takes one file as it is, under its path in the dataset; once more replaces it."""
    await run_in_threadpool(here.uploads.view, upload)  # counts what is there, after a restart
    try:
        with here.uploads.receive(upload, path, _announced(request)) as file:
            async for data in _pieces(request.stream()):
                await run_in_threadpool(file.write, data)
    except ClientDisconnect:
        raise NotPossible("The file broke off.", code="upload-cut") from None
    return Upload.model_validate(here.uploads.view(upload))


@router.post("/{upload}/done")
def finish_upload(upload: str, here: Here) -> Upload:
    """Says that all is there; `path` is what goes into the job's setting."""
    return Upload.model_validate(here.uploads.done(upload))


@router.delete("/{upload}", status_code=204)
def remove_upload(upload: str, here: Here) -> None:
    """Removes an upload, complete or not, unless a job needs it that has not ended."""
    if job := here.disk.user(f"uploads/{upload}"):
        raise NotPossible(
            f"The job {job} reads it and has not ended.",
            code="upload-in-use",
            next_step="Remove it when the job has ended.",
        )
    here.uploads.remove(upload)


def _announced(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and length.isascii() else None


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces: each is a turn of another thread."""
    piece = bytearray()
    async for data in stream:
        piece += data
        if len(piece) >= _AT_ONCE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
