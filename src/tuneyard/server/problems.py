"""Every error of the API in one shape: problem details of RFC 9457, with our own sentence."""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tuneyard import wording
from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.errors import Missing, NotFound, NotPossible, TuneyardError, WrongInput
from tuneyard.runner.folder import FolderError

from .shapes.base import ProblemDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[TuneyardError], int] = {
    WrongInput: 422,
    NotFound: 404,
    NotPossible: 409,
    Missing: 424,
    RunPodError: 502,
}

_SENTENCES = {
    400: ("This can't be read: it is not what it says it is.", "unreadable-request"),
    404: ("There is nothing at this address.", "not-found"),
    405: ("This address doesn't take that method.", "method"),
    416: ("The file has no such part.", "range"),
}

# What to do about a disk that takes nothing more.
_ROOM = "Free some space: see what takes it under Disk."
_RIGHT = "Give yourself the right to write there, or set TUNEYARD_HOME to another folder."
_DISK = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _ROOM),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _RIGHT),
}

RESPONSE: dict[str, Any] = {"model": ProblemDetails, "content": {MEDIA_TYPE: {}}}

# What every route may answer beside its own; routers pass it on to the OpenAPI.
RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not understood", **RESPONSE},
    401: {"description": "Signed out", **RESPONSE},
    403: {"description": "Refused", **RESPONSE},
    404: {"description": "Not found", **RESPONSE},
    409: {"description": "Not possible now", **RESPONSE},
    413: {"description": "Too large", **RESPONSE},
    422: {"description": "Wrong input", **RESPONSE},
    500: {"description": "A mistake of ours", **RESPONSE},
    424: {"description": "Something this computer lacks", **RESPONSE},
    502: {"description": "Who rents it out refuses, or can't be reached", **RESPONSE},
}


def only_problems(openapi: dict[str, Any]) -> None:
    """Takes out of an OpenAPI the media type that FastAPI adds to each error: a route's own."""
    for operation in (each for path in openapi["paths"].values() for each in path.values()):
        for answer in operation["responses"].values():
            if MEDIA_TYPE in answer.get("content", {}):
                (schema,) = (each["schema"] for each in answer["content"].values() if each)
                answer["content"] = {MEDIA_TYPE: {"schema": schema}}


def problem(
    status: int,
    sentence: str,
    code: str,
    *,
    field: str = "",
    next_step: str = "",
    problems: Sequence[Any] = (),
) -> dict[str, Any]:
    """The JSON of one problem."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "code": code,
        "field": field,
        "next_step": next_step,
        "problems": list(problems),
    }


def of_error(error: TuneyardError) -> dict[str, Any]:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 400)
    return problem(
        status,
        error.sentence,
        error.code,
        field=error.field,
        next_step=error.next_step,
        problems=[each.as_json() for each in error.problems]
        if isinstance(error, WrongInput)
        else (),
    )


def response(found: dict[str, Any]) -> JSONResponse:
    return JSONResponse(found, status_code=found["status"], media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes an app answer all its errors so."""
    app.add_exception_handler(TuneyardError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(FolderError, _unreadable)
    app.add_exception_handler(OSError, _disk)
    app.add_exception_handler(Exception, _mistake)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TuneyardError)  # noqa: S101 - by its registration
    return response(of_error(error))


async def _not_valid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - by its registration
    found = [
        {
            "sentence": wording.plain(detail, _place(detail)),
            "code": detail["type"],
            "field": _place(detail),
            "next_step": "",
            "severity": "error",
            "place": "",
        }
        for detail in error.errors()
    ]
    first = found[0]
    return response(
        problem(422, first["sentence"], "request", field=first["field"], problems=found)
    )


async def _plain(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - by its registration
    sentence, code = _SENTENCES.get(error.status_code, (str(error.detail), "http"))
    answer = response(problem(error.status_code, sentence, code))
    answer.headers.update(error.headers or {})
    return answer


async def _unreadable(_: Request, error: Exception) -> JSONResponse:
    return response(problem(409, str(error), "unreadable"))


async def _disk(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)  # noqa: S101 - by its registration
    step = _DISK.get(error.errno or 0)
    if step is None:
        raise error
    place = f"{error.filename}: " if error.filename else "The disk of this computer: "
    return response(problem(424, f"{place}{error.strerror}.", "disk", next_step=step))


async def _mistake(_: Request, error: Exception) -> JSONResponse:
    sentence = f"This is a mistake of Tuneyard's own ({type(error).__name__})."
    step = "The terminal where it runs says more. Please report it."
    return response(problem(500, sentence, "mistake", next_step=step))


def _place(detail: dict[str, Any]) -> str:
    where = [str(part) for part in detail["loc"]]
    return ".".join(where[1:] if where[0] in {"body", "query", "path", "header"} else where)
