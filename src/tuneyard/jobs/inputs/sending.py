"""Sends inputs into a pod, piece by piece."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, Any

import httpx

from .packing import changed, unreadable
from .reaching import (
    PATIENT,
    Patience,
    Progress,
    Tries,
    Trouble,
    client_of,
    must_be_ours,
    object_of,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .packing import Packed

_SMALLEST = 256 << 10  # bytes of a piece
_AIM = 20.0  # seconds that a piece should take: proxies break off after some 100
_BEGUN_ANEW = 3  # times that a whole input may arrive changed before that is told


def upload(
    url: str,
    token: str,
    packed: Packed,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    piece: int = 8 << 20,
    patience: Patience = PATIENT,
) -> bool:
    """Sends what the pod doesn't have yet; False if it was `stopped` before all was there.

    `piece` is the most that is sent at once: less on a slow line, or where a proxy
    refuses so much. Raises InputsError.
    """
    with client_of(url, token, patience) as client, _opened(packed) as file:
        sending = _Sending(client, packed, Tries(patience, stopped), piece)
        while not sending.done:
            if stopped():
                return False
            sending.step(file)
            progress(sending.progress())
    return True


def _opened(packed: Packed) -> IO[bytes]:
    try:
        return open(packed.file, "rb")
    except OSError as error:
        raise unreadable(packed.file, error) from error


class _Sending:
    """One upload: what the pod has of it, and the next piece."""

    def __init__(self, client: httpx.Client, packed: Packed, tries: Tries, piece: int) -> None:
        self.done = False
        self._client = client
        self._packed = packed
        self._tries = tries
        self._path = f"inputs/{packed.sha256}"
        self._have: int | None = None  # None: to be asked
        self._largest = piece
        self._piece = min(piece, 1 << 20)
        self._anew = 0

    def progress(self) -> Progress:
        return Progress(self._have or 0, self._packed.bytes, self._tries.rate)

    def step(self, file: IO[bytes]) -> None:
        """One request; a pause after one that didn't get on."""
        before = self._have
        try:
            if before is None:
                self._take(_ask(self._client, "GET", self._path))
            else:
                self._put(file, before)
        except httpx.HTTPError as error:
            trouble = type(error).__name__
        except Trouble as error:
            trouble = str(error)
        else:
            if self.done or before is None or self._have != before:
                return
            trouble = "it is verifying what arrived"
        self._have = None
        self._tries.pause(trouble)

    def _put(self, file: IO[bytes], have: int) -> None:
        file.seek(have)
        wanted = min(self._piece, self._packed.bytes - have)
        data = file.read(wanted)
        if len(data) < wanted:
            raise changed(self._packed.file)
        begun = time.monotonic()
        try:
            answer = _ask(self._client, "PUT", self._path, params={"offset": have}, content=data)
        except (httpx.HTTPError, Trouble):
            self._piece = max(_SMALLEST, self._piece // 2)
            raise
        if answer.status_code == 413:
            if self._piece <= _SMALLEST:
                raise refused(answer, self._packed.name)
            self._piece = max(_SMALLEST, self._piece // 2)
            raise Trouble("HTTP 413")
        self._take(answer)
        pace = len(data) / max(time.monotonic() - begun, 0.001)
        self._piece = int(min(max(pace * _AIM, _SMALLEST), self._piece * 2, self._largest))

    def _take(self, answer: httpx.Response) -> None:
        """What the pod says that it has. Raises InputsError if it can't have it at all."""
        told = object_of(answer)
        if answer.status_code == 422 and told.get("code") == "wrong-bytes":
            self._anew += 1
            if self._anew >= _BEGUN_ANEW:
                raise refused(answer, self._packed.name)
        elif answer.status_code not in (200, 409):
            raise refused(answer, self._packed.name)
        self._have = int(told.get("have", 0))
        self.done = bool(told.get("done"))
        self._tries.got_on(self._have)


def _ask(client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    answer = client.request(method, path, **more)
    must_be_ours(answer)
    return answer
