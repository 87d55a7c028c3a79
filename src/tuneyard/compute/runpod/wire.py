"""One request to RunPod and its answer; nothing of either is kept in an error."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx

from . import rates
from .address import address
from .answer import Answer
from .errors import RunPodError, key_refused, offline, refusal, strange, unsure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_LARGEST = 32 << 20  # bytes of an answer; the whole catalogue has less than one

# After these nobody at RunPod can have got the request.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,  # of a name that no computer can have
)
_DOUBTFUL = frozenset({408})  # given up on by something on the way; what is behind may go on


class Lost(Enum):
    """Why there is no answer."""

    UNREACHED = "there was no connection to send anything over"
    UNKNOWN = "it was sent, or a part of it"


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for one answer, to a create, and in all for one question
    that may be asked again. Between its tries `pause` doubles up to `longest`.
    """

    answer: float = 20.0
    create: float = 60.0
    whole: float = 90.0
    pause: float = 0.5
    longest: float = 8.0
    sleep: Callable[[float], None] = time.sleep


class Wire:
    """Requests with one key. What may be repeated is, with growing pauses."""

    def __init__(self, key: str, patience: Patience) -> None:
        if not key or not key.isascii() or not key.isprintable():
            raise key_refused()  # it could not even be sent in a header
        self.patience = patience
        self._key = key
        self._client: httpx.Client | None = None
        self._making = threading.Lock()

    def __repr__(self) -> str:
        return f"Wire({address()!r})"

    def close(self) -> None:
        with self._making:
            client, self._client = self._client, None
        if client:
            client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """The JSON at a path, asked for until it comes or patience ends. Raises RunPodError."""
        answer = self.repeated("GET", path, parameters=parameters)
        if answer.good and answer.data is not None:
            return answer.data
        if answer.good or answer.status == 404:  # each path that is asked for is there
            raise strange()
        raise refusal(answer, [self._key])

    def repeated(
        self,
        method: str,
        path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to what does no harm when it is done twice. Raises Offline, Busy, Trouble.

        Any other refusal is an answer.
        """
        spent, pause = 0.0, self.patience.pause
        while True:
            began = time.monotonic()
            answer = self._ask(self._kept(), method, path, body, parameters, self.patience.answer)
            if isinstance(answer, Answer) and not _passing(answer):
                return answer
            wait = answer.wait if isinstance(answer, Answer) and answer.status == 429 else pause
            spent += time.monotonic() - began + wait
            if spent > self.patience.whole:
                if isinstance(answer, Lost) or answer.good:
                    raise offline()
                raise refusal(answer, [self._key])
            self.patience.sleep(wait)
            pause = min(self.patience.longest, pause * 2)

    def once(self, method: str, path: str, body: bytes, secrets: Iterable[str]) -> Any:
        """The JSON answered to what must never be done twice: sent exactly once.

        Raises Unsure where it may have been done, any other RunPodError where it certainly
        was not. `secrets` are what the body holds of them.
        """
        # A connection of its own: one that was kept may have been closed at the other end,
        # and would leave a doubt where there need be none.
        with _client(self._key) as client:
            answer = self._ask(client, method, path, body, None, self.patience.create)
        if answer is Lost.UNREACHED:
            raise offline()
        if answer is Lost.UNKNOWN or answer.status >= 500 or answer.status in _DOUBTFUL:
            raise unsure()
        if not answer.good:
            raise refusal(answer, [self._key, *secrets])
        return answer.data

    @contextlib.contextmanager
    def stream(
        self, path: str, headers: Mapping[str, str], idle: float, **parameters: str
    ) -> Iterator[Iterator[bytes]]:
        """The bytes of an answer as they come; they end when the other side ends them, or
        when nothing comes for `idle` seconds. Raises RunPodError where there is no such answer.
        """
        timeout = httpx.Timeout(self.patience.answer, read=idle)
        failed: RunPodError | None = None
        try:
            with self._kept().stream(
                "GET", path, params=parameters, headers=dict(headers), timeout=timeout
            ) as response:
                if response.status_code == httpx.codes.OK:
                    yield _until_it_ends(response)
                else:
                    failed = refusal(_read(response, self.patience.answer), [self._key])
        except (httpx.HTTPError, httpx.InvalidURL):
            failed = offline()
        if failed:
            raise failed

    def _kept(self) -> httpx.Client:
        """The client whose connections are kept from one question to the next."""
        with self._making:
            self._client = self._client or _client(self._key)
            return self._client

    def _ask(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: Any,
        parameters: Mapping[str, str] | None,
        seconds: float,
    ) -> Answer | Lost:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            with client.stream(
                method,
                path,
                params=dict(parameters or {}),
                content=content,
                headers=headers,
                timeout=httpx.Timeout(seconds, connect=min(seconds, 10.0)),
            ) as response:
                return _read(response, seconds)
        except _NEVER_SENT:
            return Lost.UNREACHED
        except (httpx.HTTPError, httpx.StreamError):
            return Lost.UNKNOWN


def _client(key: str) -> httpx.Client:
    headers = {
        "Authorization": f"Bearer {key}",
        # Without a name of its own a program is turned away at RunPod's gate.
        "User-Agent": f"tuneyard/{version('tuneyard')}",
        "Accept": "application/json",
    }
    with contextlib.suppress(httpx.InvalidURL):
        return httpx.Client(base_url=address(), headers=headers)
    raise offline()


def _passing(answer: Answer) -> bool:
    """Whether asking again may bring another one."""
    return answer.status == 429 or answer.status >= 500 or not answer.whole


def _read(response: httpx.Response, seconds: float) -> Answer:
    """An answer with its body, unless that breaks off, grows too large or takes too long."""
    kind, wait = response.headers.get("content-type", ""), rates.wait(response.headers)
    body = _whole(response, seconds)
    return Answer(response.status_code, kind, _parsed(body or b""), wait, body is not None)


def _whole(response: httpx.Response, seconds: float) -> bytes | None:
    """The body, or None: half a body may read like a whole one."""
    deadline = time.monotonic() + seconds
    body = bytearray()
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _LARGEST or time.monotonic() > deadline:
                return None
    except httpx.HTTPError:
        return None
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _until_it_ends(response: httpx.Response) -> Iterator[bytes]:
    with contextlib.suppress(httpx.HTTPError):
        yield from response.iter_bytes()
