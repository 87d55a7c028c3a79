"""What a request is and how it is answered, whatever it was about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from email.message import Message

NO_CAPACITY = (
    "There are no longer any instances available with the requested specifications."
    " Please refresh and try again."
)
GATE = b"<!DOCTYPE html><title>Access denied</title><h1>Error 1010</h1>"


@dataclass(frozen=True)
class Request:
    """`key` is whose it was: account, blind, the id of a pod for its own key, or "" for none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message[str, str]  # whatever the case of their names
    body: bytes
    key: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None  # instead of the body; may never end


class Refused(Exception):
    """A request that is answered by a problem. `allowed` are the methods that would not be."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[str] = (), allowed: Sequence[str] = ()
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.errors, self.allowed = tuple(errors), tuple(allowed)


def unprocessable(*errors: str) -> Refused:
    """What is answered to a body or parameters of the wrong shape."""
    return Refused(422, "Request validation failed.", errors)


def of_json(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


def problem(refused: Refused) -> Answer:
    data: dict[str, Any] = {"detail": refused.detail}
    if refused.errors:
        data["errors"] = list(refused.errors)
    data |= {"status": refused.status, "title": HTTPStatus(refused.status).phrase}
    headers = {"Content-Type": "application/problem+json"}
    if refused.allowed:
        headers["Allow"] = ", ".join(refused.allowed)
    return Answer(refused.status, json.dumps(data).encode(), headers)


def by_itself(status: int) -> Answer:
    """What RunPod, or what stands before it, says with a status when nothing else is known."""
    if status in {502, 503, 504}:
        phrase = HTTPStatus(status).phrase
        body = f"<html><title>{status} {phrase}</title><h1>{status} {phrase}</h1></html>"
        return Answer(status, body.encode(), {"Content-Type": "text/html"})
    return problem(Refused(status, _DETAILS.get(status, "request could not be processed")))


_DETAILS = {
    400: NO_CAPACITY,
    401: "missing bearer token",
    402: "insufficient balance",
    403: "access denied",
    404: "resource not found",
    429: "rate limit exceeded for the minute window",
    500: "internal server error",
}
