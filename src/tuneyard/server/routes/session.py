"""Signing in with the link or the password, and signing out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from tuneyard.server import problems
from tuneyard.server.context import Here
from tuneyard.server.keys import SESSION
from tuneyard.server.security import LINK, Security
from tuneyard.server.shapes.session import Session, SignIn

if TYPE_CHECKING:
    from pydantic import SecretStr

router = APIRouter(prefix="/session", tags=["session"])

_TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {
        "description": "Too many wrong tries",
        **problems.RESPONSE,
        "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}},
    }
}


def _security(request: Request) -> Security:
    security: Security = request.app.state.security
    return security


Guarded = Annotated[Security, Depends(_security)]


@router.get("")
def show_session(request: Request, security: Guarded, here: Here) -> Session:
    """Whether the asking page is signed in, and by what it could be."""
    signed_in = security.is_signed_in(request.headers)
    return Session(
        signed_in=signed_in,
        password=security.keys.password is not None,
        practice=signed_in and here.practice,
    )


@router.post("", status_code=204, response_class=Response, responses=_TOO_MANY)
async def sign_in(given: SignIn, request: Request, security: Guarded) -> Response:
    """Opens a session, held by a cookie, with the token of the link or the password."""
    keys = security.keys
    refusal = (
        _by_token(given.token, security)
        if given.token is not None
        else _by_password(given.password, security)
    )
    if refusal is not None:
        return refusal
    answer = Response(status_code=204)
    answer.set_cookie(
        keys.cookie,
        keys.session(),
        max_age=SESSION,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.delete("", status_code=204, response_class=Response)
async def sign_out(security: Guarded) -> Response:
    """Ends the session of this browser."""
    answer = Response(status_code=204)
    answer.delete_cookie(security.keys.cookie, httponly=True, samesite="strict")
    return answer


def _by_token(token: SecretStr, security: Security) -> Response | None:
    given = token.get_secret_value()
    if security.keys.is_token(given) or security.keys.use(given):
        return None
    return _refused(
        401, "This link doesn't open it: it is old, or of another server.", "wrong-link", LINK
    )


def _by_password(password: SecretStr | None, security: Security) -> Response | None:
    known = security.keys.password
    if known is None or password is None:
        return _refused(401, "This server has no password.", "no-password", LINK)
    if seconds := math.ceil(known.wait):
        step = f"Wait {seconds} s, then try again."
        answer = _refused(429, "There were too many wrong tries.", "too-many-tries", step)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if known.is_right(password.get_secret_value()):
        return None
    return _refused(401, "That is not the password.", "wrong-password", "Try again.", "password")


def _refused(status: int, sentence: str, code: str, step: str, field: str = "") -> Response:
    answer = problems.response(
        problems.problem(status, sentence, code, field=field, next_step=step)
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
