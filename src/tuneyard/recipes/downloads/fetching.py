"""Asks again and again for what is missing, until all is there and as it was promised."""

from __future__ import annotations

import fcntl
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.downloads.part import Part, digest, say
from tuneyard.recipes.downloads.words import DownloadError, differs, trouble
from tuneyard.runner.opening import Redirects, opener, origin, request, shown
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TRIES = 6  # in a row without anything new; the waits between them make about half a minute

_NEWS = 1 << 20  # bytes that count as getting on
_TIMEOUT = 60.0  # seconds of silence on a connection
_LONGEST_WAIT = 120.0  # seconds; a host that asks for more is told to the user instead


def download(
    url: str,
    target: Path,
    headers: Mapping[str, str] | None = None,
    *,
    sha256: str | None = None,
    size: int | None = None,
    tries: int = TRIES,
) -> Path:
    """Fetches `url` into `target`, or leaves a `target` alone that is what is wanted.

    Two processes that want the same target share one download. `headers` are sent
    to the origin of `url` and no other. `size` is in bytes, `sha256` in hex; both
    are checked before the target appears. Raises DownloadError.
    """
    _refuse_odd(url)
    with _alone(target):
        wanted = _Wanted(url, dict(headers or {}), sha256, size)
        if not target.is_file() or _wrong(target, wanted):
            part = Part(target)
            _persist(wanted, part, tries)
            part.path.replace(target)
            part.drop()
    return target


def head(
    url: str, headers: Mapping[str, str] | None = None, *, tries: int = TRIES
) -> Mapping[str, str]:
    """What the origin of `url` says about it; redirects to elsewhere are not followed.

    Raises DownloadError.
    """
    _refuse_odd(url)
    asked = request(url, headers or {}, method="HEAD")
    failures = 0
    while True:
        try:
            with opener(_WithinOrigin).open(asked, timeout=_TIMEOUT) as answer:
                return dict(answer.headers)
        except (OSError, http.client.HTTPException) as error:
            told = trouble(error, url)
            if 300 <= told.status < 400:
                return told.headers
        failures += 1
        _wait_or_raise(told, failures, tries)


class _Wanted(NamedTuple):
    url: str
    headers: dict[str, str]
    sha256: str | None
    size: int | None


def _refuse_odd(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DownloadError(
            Problem(
                f"{shown(url)} is not an address that can be downloaded.",
                "address",
                next_step="Give an address that begins with https://.",
            )
        )
    if parts.username or parts.password:
        raise DownloadError(
            Problem(
                f"The address on {parts.hostname} holds a password.",
                "address",
                next_step="Leave it out of the address: job files are made to be shared.",
            )
        )


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    with _lock_file(target) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another job is fetching {target.name}: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(target: Path) -> IO[bytes]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return open(target.with_name(f".{target.name}.lock"), "wb")
    except OSError as error:
        problem = Problem(
            f"{target.parent} can't be written to: {error.strerror}.",
            "folder",
            next_step="Give yourself the right to write there, or set TUNEYARD_HOME elsewhere.",
        )
        raise DownloadError(problem) from error


def _persist(wanted: _Wanted, part: Part, tries: int) -> None:
    """Tries until all is there; `tries` counts those in a row that brought nothing new."""
    failures, furthest = 0, part.size
    while True:
        resumed = part.size > 0
        try:
            _fetch(wanted, part)
        except (OSError, http.client.HTTPException) as error:
            told = trouble(error, wanted.url, part.path.parent)
        else:
            how = _wrong(part.path, wanted)
            if not how:
                return
            part.drop()
            if not resumed:  # all of it came in one piece: it will not get better
                raise differs(wanted.url, how)
            continue
        if part.size >= furthest + _NEWS:
            furthest, failures = part.size, 0
        failures += 1
        _wait_or_raise(told, failures, tries)


def _fetch(wanted: _Wanted, part: Part) -> None:
    have, headers = _resume(wanted, part)
    if have and have == wanted.size:
        return
    try:
        answer = opener().open(request(wanted.url, headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            error.close()
            if error.headers.get("Content-Range", "").endswith(f"/{have}"):
                return
            part.drop()
            raise ConnectionResetError("the rest is not to be had") from None
        raise
    with answer:
        part.receive(answer, have)


def _resume(wanted: _Wanted, part: Part) -> tuple[int, dict[str, str]]:
    """How many bytes are there already, and the headers that ask for the others."""
    have, validator = part.size, part.validator
    if not have or not (validator or wanted.sha256):
        return 0, wanted.headers
    if_range = {"If-Range": validator} if validator else {}
    return have, {**wanted.headers, "Range": f"bytes={have}-", **if_range}


def _wrong(path: Path, wanted: _Wanted) -> str:
    """How a complete file differs from what was promised; "" if it doesn't."""
    size = path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        return f"{size:,} bytes instead of {wanted.size:,}"
    if wanted.sha256 and digest(path) != wanted.sha256.lower():
        return "its checksum is another"
    return ""


class _WithinOrigin(Redirects):
    """Follows redirects within the origin; another one ends as HTTPError with the 3xx answer."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if origin(req.full_url) != origin(newurl):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _wait_or_raise(told: DownloadError, failures: int, tries: int) -> None:
    if not told.passing or failures >= tries or told.wait > _LONGEST_WAIT:
        raise told
    wait = told.wait or min(2.0 ** (failures - 1), 30.0)
    say(f"{told.problem.sentence} Trying again in {wait:.0f} s.")
    time.sleep(wait)
