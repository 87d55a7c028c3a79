"""Talks to the pod's face: its job folder over HTTP. See `runner.pod.serve`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from types import TracebackType

_GONE = (502, 503, 504, 520, 521, 522, 523, 524)


class FaceAway(Exception):
    """Nothing of ours answers there now: not yet, not for the moment, or never again."""


class FaceRefused(Exception):
    """The face answered, and said no."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Piece:
    """Bytes of a growing file, the offset after them, and whose life they are of."""

    data: bytes
    next: int
    reset: bool
    incarnation: str


class Face:
    """One pod's face at `url`. Its calls raise FaceAway and FaceRefused, and nothing of httpx."""

    def __init__(self, url: str, token: str, *, patience: float = 15.0) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.url + "/",
            headers={
                "Authorization": f"Bearer {token}",
                "User-Agent": f"tuneyard/{version('tuneyard')}",
            },
            timeout=httpx.Timeout(patience, read=4 * patience),
            follow_redirects=False,
            trust_env=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def job(self) -> dict[str, Any]:
        """What the pod says of its job; see the shape there."""
        data = _json(self._ask("GET", "job"))
        if not isinstance(data, dict) or "incarnation" not in data:
            raise FaceAway("what answers there is no face")
        return data

    def read(self, name: Literal["log", "metrics", "events"], offset: int, limit: int) -> Piece:
        answer = self._ask("GET", f"read/{name}", params={"offset": offset, "limit": limit})
        try:
            following = int(answer.headers["Tuneyard-Next"])
            reset = answer.headers.get("Tuneyard-Reset", "0") == "1"
        except (KeyError, ValueError):
            raise FaceAway("what answers there is no face") from None
        return Piece(
            answer.content, following, reset, answer.headers.get("Tuneyard-Incarnation", "")
        )

    def files(self) -> list[dict[str, Any]]:
        data = _json(self._ask("GET", "files"))
        return data if isinstance(data, list) else []

    def file(self, path: str) -> bytes:
        """A small file whole."""
        return self._ask("GET", f"files/{quote(path)}").content

    def stop(self, how: Literal["save", "now"]) -> None:
        self._ask("POST", "stop", json={"how": how})

    def save(self) -> None:
        """A checkpoint now, while the training goes on."""
        self._ask("POST", "save", json={})

    def again(self, inputs: list[dict[str, Any]]) -> None:
        """The job is to begin again from these, which will be sent; entries as in a manifest."""
        self._ask("POST", "again", json={"inputs": inputs})

    def collected(self, incarnation: str) -> None:
        """Tells the pod that all of it is home: it may end."""
        self._ask("POST", "collected", json={"incarnation": incarnation})

    def end(self) -> None:
        self._ask("POST", "end", json={})

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FaceAway(type(error).__name__) from None
        if answer.status_code in _GONE:
            raise FaceAway(f"HTTP {answer.status_code}")
        if answer.status_code == 404 and "tuneyard-face" not in answer.headers:
            raise FaceAway("HTTP 404")  # the proxy's own, for a pod that it doesn't know (yet)
        if not answer.is_success:
            raise FaceRefused(answer.status_code, _sentence(answer))
        return answer


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise FaceAway("what answers there is no face") from None


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["sentence"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
