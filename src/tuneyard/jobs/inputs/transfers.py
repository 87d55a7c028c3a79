"""Moves files between home and a pod's face, through a proxy that breaks things off.

Whatever breaks is tried again from where it stood: a pod may be restarted, a laptop may
sleep. Only a pod that says no ends it, and silence for longer than `Patience` allows.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx

from tuneyard.runner.problems import Problem

from .packing import InputsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from .packing import Packed

_SMALLEST = 256 << 10  # bytes of a piece
_AIM = 20.0  # seconds that a piece should take: proxies break off after some 100
_BEGUN_ANEW = 3  # times that a whole input may arrive changed before that is told


@dataclass(frozen=True)
class Patience:
    """Seconds. `first` and `longest` are pauses; `silence` goes by without a byte before it ends."""

    first: float = 1.0
    longest: float = 30.0
    silence: float = 1800.0
    connect: float = 20.0
    answer: float = 120.0


class Progress(NamedTuple):
    """Bytes; the rate is that of the last pieces, None before two of them have gone."""

    done: int
    bytes: int
    bytes_a_second: float | None

    @property
    def seconds_left(self) -> float | None:
        return (self.bytes - self.done) / self.bytes_a_second if self.bytes_a_second else None


def upload(
    url: str,
    token: str,
    packed: Packed,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    piece: int = 8 << 20,
    patience: Patience = Patience(),
) -> bool:
    """Sends what the pod doesn't have yet; False if it was `stopped` before all was there.

    `piece` is the most that is sent at once: less on a slow line, or where a proxy
    refuses so much. Raises InputsError.
    """
    with _client(url, token, patience) as client, open(packed.file, "rb") as file:
        sending = _Sending(client, packed, _Tries(patience, stopped), piece)
        while not sending.done:
            if stopped():
                return False
            sending.step(file)
            progress(sending.progress())
    return True


def download(
    url: str,
    token: str,
    path: str,
    target: Path,
    *,
    size: int | None = None,
    mtime_ns: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    patience: Patience = Patience(),
) -> None:
    """Brings one file of the pod's list home; `target` appears when it is complete.

    `size` and `mtime_ns` are those of the list: another version of the file is refused, and
    `target` gets that time. What has arrived is kept for the next call. Raises InputsError,
    also when it was `stopped`.
    """
    bringing = _Bringing(path, target, size, mtime_ns)
    tries = _Tries(patience, stopped)
    with _client(url, token, patience) as client:
        while not bringing.complete:
            try:
                for done in bringing.fetch(client):
                    tries.got_on(done)
                    progress(Progress(done, bringing.total or done, tries.rate))
                    if stopped():
                        raise _stopped(path)
            except httpx.TransportError as error:
                trouble = type(error).__name__
            except _Trouble as error:
                trouble = str(error)
            else:
                continue
            if not tries.pause(trouble):
                raise _stopped(path)
    bringing.keep()


class _Trouble(Exception):
    """Something that may pass."""


class _Tries:
    """How long it has been quiet, and how fast it was before."""

    def __init__(self, patience: Patience, stopped: Callable[[], bool]) -> None:
        self._patience = patience
        self._stopped = stopped
        self._done = -1
        self._quiet_since = time.monotonic()
        self._wait = patience.first
        self._samples: deque[tuple[float, int]] = deque(maxlen=20)

    @property
    def rate(self) -> float | None:
        """Bytes a second over the last pieces."""
        if len(self._samples) < 2:
            return None
        (began, first), (ended, last) = self._samples[0], self._samples[-1]
        return (last - first) / (ended - began) if ended > began else None

    def got_on(self, done: int) -> None:
        if done > self._done:
            self._quiet_since = time.monotonic()
            self._wait = self._patience.first
        elif done < self._done:  # the pod began anew
            self._samples.clear()
        self._done = done
        self._samples.append((time.monotonic(), done))

    def pause(self, trouble: str) -> bool:
        """Waits a while, longer each time; False if it was stopped meanwhile. Raises InputsError."""
        self._samples.clear()
        if time.monotonic() > self._quiet_since + self._patience.silence:
            raise InputsError(
                Problem(
                    f"The pod could not be reached for {self._patience.silence / 60:.0f} minutes"
                    f" ({trouble}).",
                    "pod-away",
                    next_step="See with `tuneyard pods` whether it is still there.",
                )
            )
        end = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, self._patience.longest)
        while (left := end - time.monotonic()) > 0:
            if self._stopped():
                return False
            time.sleep(min(left, 0.2))
        return not self._stopped()


class _Sending:
    """One upload: what the pod has of it, and the next piece."""

    def __init__(self, client: httpx.Client, packed: Packed, tries: _Tries, piece: int) -> None:
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

    def step(self, file: Any) -> None:
        """One request; a pause after one that didn't get on."""
        before = self._have
        try:
            if before is None:
                self._take(_ask(self._client, "GET", self._path))
            else:
                self._put(file, before)
        except httpx.TransportError as error:
            trouble = type(error).__name__
        except _Trouble as error:
            trouble = str(error)
        else:
            if self.done or before is None or self._have != before:
                return
            trouble = "it is verifying what arrived"
        self._have = None
        self._tries.pause(trouble)

    def _put(self, file: Any, have: int) -> None:
        file.seek(have)
        data = file.read(min(self._piece, self._packed.bytes - have))
        begun = time.monotonic()
        try:
            answer = _ask(self._client, "PUT", self._path, params={"offset": have}, content=data)
        except (httpx.TransportError, _Trouble):
            self._piece = max(_SMALLEST, self._piece // 2)
            raise
        if answer.status_code == 413:
            if self._piece <= _SMALLEST:
                raise _refused(answer, self._packed.name)
            self._piece = max(_SMALLEST, self._piece // 2)
            return
        self._take(answer)
        pace = len(data) / max(time.monotonic() - begun, 0.001)
        self._piece = int(min(max(pace * _AIM, _SMALLEST), self._piece * 2, self._largest))

    def _take(self, answer: httpx.Response) -> None:
        """What the pod says that it has. Raises InputsError if it can't have it at all."""
        told = _object(answer)
        if answer.status_code == 422 and told.get("code") == "wrong-bytes":
            self._anew += 1
            if self._anew >= _BEGUN_ANEW:
                raise _refused(answer, self._packed.name)
        elif answer.status_code not in (200, 409):
            raise _refused(answer, self._packed.name)
        self._have = int(told.get("have", 0))
        self.done = bool(told.get("done"))
        self._tries.got_on(self._have)


class _Bringing:
    """One download: ``<target>.part`` and, beside it, the version that it is a part of."""

    def __init__(self, path: str, target: Path, size: int | None, mtime_ns: int | None) -> None:
        self.complete = False
        self.total = size
        self._path = path
        self._target = target
        self._mtime_ns = mtime_ns
        self._wanted = f'"{mtime_ns:x}-{size:x}"' if mtime_ns is not None and size else ""
        self._part = target.with_name(f"{target.name}.part")
        self._version = target.with_name(f"{target.name}.version.part")

    def fetch(self, client: httpx.Client) -> Iterator[int]:
        """Asks once for what is missing; yields how many bytes are there."""
        self._target.parent.mkdir(parents=True, exist_ok=True)
        have, etag = self._kept()
        headers = {"Range": f"bytes={have}-", "If-Range": etag} if have else {}
        with client.stream("GET", f"files/{quote(self._path)}", headers=headers) as answer:
            have = self._begin(answer, have)
            with open(self._part, "ab") as file:
                for data in answer.iter_raw():
                    file.write(data)
                    have += len(data)
                    yield have
                file.flush()
                os.fsync(file.fileno())
        if have != self.total:
            raise _Trouble("the connection broke")
        self.complete = True

    def keep(self) -> None:
        """Makes what is complete the target."""
        if self._mtime_ns is not None:
            os.utime(self._part, ns=(self._mtime_ns, self._mtime_ns))
        self._part.replace(self._target)
        self._version.unlink(missing_ok=True)

    def _kept(self) -> tuple[int, str]:
        """Bytes of an earlier try, if it is known which version they are of."""
        with contextlib.suppress(FileNotFoundError):
            etag = self._version.read_text()
            if etag and self._wanted in {"", etag}:
                return self._part.stat().st_size, etag
        return 0, ""

    def _begin(self, answer: httpx.Response, have: int) -> int:
        """Where the answer's bytes belong. Raises _Trouble or InputsError if it has none of ours."""
        if answer.status_code == 416:
            self._drop()
            raise _Trouble("the file is another one now")
        if answer.status_code not in (200, 206):
            answer.read()
            _must_be_ours(answer)
            raise _refused(answer, self._path)
        _must_be_ours(answer)
        etag = answer.headers.get("ETag", "")
        if self._wanted and etag != self._wanted:
            self._drop()
            raise InputsError(
                Problem(f"{self._path} was written anew in the pod meanwhile.", "another-version")
            )
        if answer.status_code == 206:
            self.total = int(answer.headers["Content-Range"].rpartition("/")[2])
            return have
        self._drop()  # before the note: old bytes never lie beside a new one
        self._version.write_text(etag)
        self.total = int(answer.headers["Content-Length"])
        return 0

    def _drop(self) -> None:
        self._part.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)


def _client(url: str, token: str, patience: Patience) -> httpx.Client:
    return httpx.Client(
        base_url=url.rstrip("/") + "/",
        headers={
            "Authorization": f"Bearer {token}",
            "User-Agent": f"tuneyard/{version('tuneyard')}",
            "Accept-Encoding": "identity",  # lengths and ranges are those of the file itself
        },
        timeout=httpx.Timeout(patience.answer, connect=patience.connect),
    )


def _ask(client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    answer = client.request(method, path, **more)
    _must_be_ours(answer)
    return answer


def _must_be_ours(answer: httpx.Response) -> None:
    """The proxy has answers of its own while a pod starts, restarts or is slow."""
    passing = answer.status_code >= 500 and answer.status_code != 507
    if "Tuneyard-Face" not in answer.headers and answer.status_code != 413:
        raise _Trouble(f"HTTP {answer.status_code}")
    if passing or answer.status_code == 429:
        raise _Trouble(f"HTTP {answer.status_code}")


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        data = None
    return data if isinstance(data, dict) else {}


def _refused(answer: httpx.Response, name: str) -> InputsError:
    said = _object(answer).get("sentence") or f"HTTP {answer.status_code}."
    steps = {
        401: "Its token is another one: is it this job's pod?",
        413: "Something on the way refuses even small requests: try another network.",
        422: "Something on the way changes what is sent: try another network.",
        507: "Launch the job with a larger disk.",
    }
    return InputsError(
        Problem(
            f"The pod refuses {name}: {said}",
            str(_object(answer).get("code", "refused")),
            next_step=steps.get(answer.status_code, ""),
        )
    )


def _stopped(path: str) -> InputsError:
    return InputsError(Problem(f"{path} was not brought home to its end.", "stopped"))
