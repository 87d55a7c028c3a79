"""What goes wrong with a download, in words, and whether another try may help."""

from __future__ import annotations

import email.utils
import errno
import http.client
import shutil
import ssl
import time
import urllib.error
import urllib.parse
from typing import TYPE_CHECKING

from tuneyard.runner.opening import UnsafeError, shown
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class DownloadError(Exception):
    """What went wrong, in words. `status` and `headers` are of the host's answer, if it gave one.

    `passing` is whether another try may help, `wait` the seconds that the host asks for first.
    """

    def __init__(
        self,
        problem: Problem,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
        *,
        passing: bool = False,
    ) -> None:
        super().__init__(f"{problem.sentence} {problem.next_step}".strip())
        self.problem = problem
        self.status = status
        self.headers = headers or {}
        self.passing = passing
        self.wait = retry_after(self.headers)


def trouble(error: Exception, url: str, folder: Path | None = None) -> DownloadError:
    """What a try to fetch `url` (into `folder`) failed by."""
    host = urllib.parse.urlsplit(url).hostname or url
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return _answered(error, host, url)
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        problem = Problem(
            f"The certificate of {host} can't be verified.",
            "certificate",
            next_step="Install the system's CA certificates, or name them in SSL_CERT_FILE.",
        )
    elif isinstance(error, OSError) and folder and error.errno in DISK:
        problem = disk_full(folder, 0)
    elif isinstance(error, UnsafeError):
        problem = _address(str(error))
    else:
        return DownloadError(_unreached(host, cause), passing=True)
    return DownloadError(problem)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a host asks to wait: a number or a date. 0 if it doesn't, or unreadably."""
    text = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if text.isdigit():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, when.timestamp() - time.time())


def differs(url: str, how: str) -> DownloadError:
    problem = Problem(
        f"What {shown(url)} sent is not what was promised: {how}.",
        "wrong-bytes",
        next_step="Start the job again; if it repeats, a proxy on the way may change downloads.",
    )
    return DownloadError(problem)


def disk_full(folder: Path, needed: int) -> Problem:
    """`folder` lies on the disk that is full; `needed` bytes are still to come, 0 if unknown."""
    free = shutil.disk_usage(folder).free
    what = f"{mb(needed)} are still to come" if needed else "more is to come"
    return Problem(
        f"The disk is full: {what}, and {folder} has {mb(free)} left.",
        "disk-full",
        next_step="Free some space, then resume the job: what has arrived is kept.",
    )


def mb(size: int) -> str:
    """A size in bytes, in words."""
    return f"{size / 1e6:,.1f} MB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"


def _address(sentence: str) -> Problem:
    advice = "Give the address of the file itself, beginning with https://."
    return Problem(sentence, "address", next_step=advice)


def _unreached(host: str, cause: object) -> Problem:
    if isinstance(cause, (ConnectionResetError, http.client.IncompleteRead)):
        sentence = f"The connection to {host} broke."
    elif isinstance(cause, TimeoutError):
        sentence = f"{host} doesn't answer."
    else:
        sentence = f"{host} can't be reached."
    return Problem(
        sentence,
        "offline",
        next_step="Check the network, then resume the job: what has arrived is kept.",
    )


def _answered(error: urllib.error.HTTPError, host: str, url: str) -> DownloadError:
    headers = dict(error.headers.items()) if error.headers else {}
    if error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
        minutes = max(retry_after(headers), 60) / 60
        problem = Problem(
            f"{host} asks for fewer requests.",
            "busy",
            next_step=f"Resume the job in {minutes:.0f} minutes: what has arrived is kept.",
        )
    elif error.code in _PASSING:
        problem = Problem(
            f"{host} has trouble of its own (HTTP {error.code}).",
            "busy",
            next_step="Resume the job later: what has arrived is kept.",
        )
    elif error.code in (401, 403):
        problem = Problem(
            f"{host} refuses {shown(url)} (HTTP {error.code}).",
            "refused",
            next_step="Open the address in a browser: it may need a login, or a token.",
        )
    elif error.code < 400:
        problem = _address(f"{host} sends the download on to where it can't be followed.")
    else:
        problem = Problem(
            f"{shown(url)} is not there (HTTP {error.code}).",
            "missing",
            next_step="Check the address.",
        )
    return DownloadError(problem, error.code, headers, passing=error.code in _PASSING)
