"""One file over http(s), which goes on where it broke off. Standard library only.

What has arrived lies in ``<target>.part``, beside a note of the version it is
part of: a killed job, or the next one, asks for the rest alone. The target itself
appears when it is complete and verified, never before.
"""

from __future__ import annotations

import email.utils
import errno
import fcntl
import hashlib
import http.client
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message
    from pathlib import Path

TRIES = 6  # in a row without anything new; the waits between them make about half a minute

_AGENT = "tuneyard"  # some hosts refuse urllib's own name
_PIECE = 1 << 20  # bytes
_NEWS = 1 << 20  # bytes that count as getting on
_TIMEOUT = 60.0  # seconds of silence on a connection
_LONGEST_WAIT = 120.0  # seconds; a host that asks for more is told to the user instead
_SPEAK_EVERY = 5.0  # seconds
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DownloadError(Exception):
    """What went wrong, in words. `status` and `headers` are of the host's answer, if it gave one."""

    def __init__(
        self, problem: Problem, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{problem.sentence} {problem.next_step}".strip())
        self.problem = problem
        self.status = status
        self.headers = headers or {}


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
            part = _Part(target)
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
    opener = urllib.request.build_opener(_WithinOrigin)
    request = _request(url, headers or {}, method="HEAD")
    failures = 0
    while True:
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                return dict(answer.headers)
        except urllib.error.HTTPError as error:
            error.close()
            if 300 <= error.code < 400:
                return dict(error.headers)
            trouble = _trouble(error, url)
        except (OSError, http.client.HTTPException) as error:
            trouble = _trouble(error, url)
        failures += 1
        _wait_or_raise(trouble, failures, tries)


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what a credential is meant for."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


def shown(url: str) -> str:
    """An address as it may be shown: signatures and the like are left out."""
    parts = urllib.parse.urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((parts.scheme, place, parts.path, "", ""))


class _Wanted(NamedTuple):
    url: str
    headers: dict[str, str]
    sha256: str | None
    size: int | None


class _Trouble(NamedTuple):
    """One failed try: its sentence, whether another may help, and how long the host asks to wait."""

    error: DownloadError
    passing: bool
    wait: float = 0.0


class _PartialError(OSError):
    """The connection ended early, or the rest that came is not of what lies here."""


class _StopError(OSError):
    """Something that another try can't mend."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class _Part:
    """What has arrived so far, with the validator that names the version it belongs to."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.version")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str:
        """What If-Range takes; "" when nobody knows of which version the bytes are."""
        text = self._note.read_bytes() if self._note.exists() else b""
        return text.decode() if re.fullmatch(rb"[ -~]+", text) else ""

    def begin(self, validator: str) -> None:
        # In this order: old bytes never lie beside a new note, whenever this is killed.
        self.drop()
        self._note.write_text(validator)

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


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
            _say(f"Another job is fetching {target.name}: waiting for it.")
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


def _persist(wanted: _Wanted, part: _Part, tries: int) -> None:
    """Tries until all is there; `tries` counts those in a row that brought nothing new."""
    failures, furthest = 0, part.size
    while True:
        resumed = part.size > 0
        try:
            _fetch(wanted, part)
        except (OSError, http.client.HTTPException) as error:
            trouble = _trouble(error, wanted.url, part)
        else:
            how = _wrong(part.path, wanted)
            if not how:
                return
            part.drop()
            if not resumed:  # all of it came in one piece: it will not get better
                raise _differs(wanted, how)
            continue
        if part.size >= furthest + _NEWS:
            furthest, failures = part.size, 0
        failures += 1
        _wait_or_raise(trouble, failures, tries)


def _fetch(wanted: _Wanted, part: _Part) -> None:
    have, headers = _resume(wanted, part)
    if have and have == wanted.size:
        return
    opener = urllib.request.build_opener(_Redirects)
    try:
        answer = opener.open(_request(wanted.url, headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            complete = error.headers.get("Content-Range", "").endswith(f"/{have}")
            error.close()
            if complete:
                return
            part.drop()
            raise _PartialError("the rest is not to be had") from None
        raise
    with answer:
        _receive(answer, part, have)


def _resume(wanted: _Wanted, part: _Part) -> tuple[int, dict[str, str]]:
    """How many bytes are there already, and the headers that ask for the others."""
    have, validator = part.size, part.validator
    if not have or not (validator or wanted.sha256):
        return 0, wanted.headers
    if_range = {"If-Range": validator} if validator else {}
    return have, {**wanted.headers, "Range": f"bytes={have}-", **if_range}


def _receive(answer: Any, part: _Part, have: int) -> None:
    validator = _validator(answer.headers)
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
        _refuse_other_part(answer.headers, part, have, validator)
    else:
        part.begin(validator)
        have = 0
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length and length.isdigit() else None
    _refuse_full_disk(part.path, (total or 0) - have)
    if have:
        _say(f"Going on from {mb(have)}.")
    with open(part.path, "ab") as file:
        _pour(answer, file, have, total)
    if total is not None and part.size < total:
        raise _PartialError("the connection ended early")


def _refuse_other_part(headers: Message, part: _Part, have: int, validator: str) -> None:
    """A host that ignores If-Range may send the rest of another version."""
    other = validator and part.validator and validator != part.validator
    if other or not headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        part.drop()
        raise _PartialError("the rest is not of what lies here")


def _pour(answer: Any, file: IO[bytes], have: int, total: int | None) -> None:
    began = spoke = time.monotonic()
    came = 0
    while piece := answer.read(_PIECE):
        file.write(piece)
        came += len(piece)
        now = time.monotonic()
        if now - spoke >= _SPEAK_EVERY:
            _say(_progress(have + came, total, came / (now - began)))
            spoke = now
    file.flush()
    os.fsync(file.fileno())


def _progress(have: int, total: int | None, pace: float) -> str:
    if total is None:
        return f"{mb(have)}, {pace / 1e6:.1f} MB/s"
    left = (total - have) / pace
    return f"{have / 1e6:.0f} of {mb(total)}, {pace / 1e6:.1f} MB/s, about {left:.0f} s left"


def _wrong(path: Path, wanted: _Wanted) -> str:
    """How a complete file differs from what was promised; "" if it doesn't."""
    size = path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        return f"{size:,} bytes instead of {wanted.size:,}"
    if wanted.sha256 and _sha256(path) != wanted.sha256.lower():
        return "its checksum is another"
    return ""


def _sha256(path: Path) -> str:
    sums = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            sums.update(piece)
    return sums.hexdigest()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http(s), never from https to http, and takes no credential along."""

    max_redirections = 10

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: Any,
        code: int,  # noqa: ARG002 - same
        msg: str,  # noqa: ARG002 - same
        headers: Any,  # noqa: ARG002 - same
        newurl: str,
    ) -> urllib.request.Request | None:
        here, there = _origin(req.full_url), _origin(newurl)
        if there[0] not in ("http", "https") or (here[0] == "https" and there[0] != "https"):
            fp.close()
            raise _StopError(_unsafe(here[1], newurl))
        kept = dict(req.headers)
        if here != there:
            kept = {k: v for k, v in kept.items() if k not in ("Authorization", "Cookie")}
        return urllib.request.Request(  # noqa: S310 - the scheme was looked at above
            newurl, headers=kept, method=req.get_method()
        )

    # Python 3.10 doesn't know 308.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


class _WithinOrigin(_Redirects):
    """Follows redirects within the origin; another one ends as HTTPError with the 3xx answer."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if _origin(req.full_url) != _origin(newurl):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _request(url: str, headers: Mapping[str, str], method: str = "GET") -> urllib.request.Request:
    # identity: lengths and ranges are those of the file itself
    fixed = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    return urllib.request.Request(  # noqa: S310 - _refuse_odd looked at the scheme
        url, headers={**fixed, **headers}, method=method
    )


def _validator(headers: Message) -> str:
    """A strong ETag, else the time of the last change: what If-Range takes. "" without either."""
    etag: str = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _wait_or_raise(trouble: _Trouble, failures: int, tries: int) -> None:
    if not trouble.passing or failures >= tries or trouble.wait > _LONGEST_WAIT:
        raise trouble.error
    wait = trouble.wait or min(2.0 ** (failures - 1), 30.0)
    _say(f"{trouble.error.problem.sentence} Trying again in {wait:.0f} s.")
    time.sleep(wait)


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


def _trouble(error: Exception, url: str, part: _Part | None = None) -> _Trouble:
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
        return _Trouble(DownloadError(problem), passing=False)
    if isinstance(error, OSError) and part and error.errno in DISK:
        return _Trouble(DownloadError(disk_full(part.path.parent, 0)), passing=False)
    if isinstance(error, _StopError):
        return _Trouble(DownloadError(error.problem), passing=False)
    return _Trouble(DownloadError(_unreached(host, cause)), passing=True)


def _unsafe(host: str, newurl: str) -> Problem:
    return Problem(
        f"{host} sends the download to {shown(newurl)}, which isn't safe: it was not followed.",
        "address",
        next_step="Give the address of the file itself, beginning with https://.",
    )


def _unreached(host: str, cause: object) -> Problem:
    if isinstance(cause, (_PartialError, ConnectionResetError, http.client.IncompleteRead)):
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


def _answered(error: urllib.error.HTTPError, host: str, url: str) -> _Trouble:
    headers = dict(error.headers.items()) if error.headers else {}
    wait = retry_after(headers)
    if error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
        problem = Problem(
            f"{host} asks for fewer requests.",
            "busy",
            next_step=f"Resume the job in {max(wait, 60) / 60:.0f} minutes: what has arrived is kept.",
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
        problem = Problem(
            f"{host} sends the download on to where it can't be followed.",
            "address",
            next_step="Give the address of the file itself, beginning with https://.",
        )
    else:
        problem = Problem(
            f"{shown(url)} is not there (HTTP {error.code}).",
            "missing",
            next_step="Check the address.",
        )
    return _Trouble(
        DownloadError(problem, error.code, headers), passing=error.code in _PASSING, wait=wait
    )


def _differs(wanted: _Wanted, how: str) -> DownloadError:
    problem = Problem(
        f"What {shown(wanted.url)} sent is not what was promised: {how}.",
        "wrong-bytes",
        next_step="Start the job again; if it repeats, a proxy on the way may change downloads.",
    )
    return DownloadError(problem)


def _refuse_full_disk(path: Path, needed: int) -> None:
    if needed > shutil.disk_usage(path.parent).free:
        raise _StopError(disk_full(path.parent, needed))


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


def _say(text: str) -> None:
    print(text, flush=True)
