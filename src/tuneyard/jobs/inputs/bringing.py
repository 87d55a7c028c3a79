"""Brings files of a pod home."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from tuneyard.runner.problems import Problem

from .problems import InputsError
from .reaching import PATIENT, Patience, Progress, Tries, Trouble, client_of, must_be_ours, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
    patience: Patience = PATIENT,
) -> None:
    """Brings one file of the pod's list home; `target` appears when it is complete.

    `size` and `mtime_ns` are those of the list: another version of the file is refused, and
    `target` gets that time. What has arrived is kept for the next call. Raises InputsError,
    also when it was `stopped`.
    """
    bringing = _Bringing(path, target, size, mtime_ns)
    tries = Tries(patience, stopped)
    with client_of(url, token, patience) as client:
        while not bringing.complete:
            try:
                for done in bringing.fetch(client):
                    tries.got_on(done)
                    progress(Progress(done, bringing.total or done, tries.rate))
                    if stopped():
                        raise _stopped(path)
            except httpx.HTTPError as error:
                trouble = type(error).__name__
            except OSError as error:
                raise _unwritable(target, error) from error
            except Trouble as error:
                trouble = str(error)
            else:
                continue
            if not tries.pause(trouble):
                raise _stopped(path)
    bringing.keep()


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
        if self._wanted and have == self.total:
            self.complete = True
            return
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
            raise Trouble("the connection broke")
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
        """Where the answer's bytes belong. Raises Trouble or InputsError if it has none of ours."""
        if answer.status_code == 416:
            self._drop()
            raise Trouble("the file is another one now")
        if answer.status_code not in (200, 206):
            answer.read()
            must_be_ours(answer)
            raise refused(answer, self._path)
        must_be_ours(answer)
        etag = answer.headers.get("ETag", "")
        if self._wanted and etag != self._wanted:
            self._drop()
            raise InputsError(
                Problem(f"{self._path} was written anew in the pod meanwhile.", "another-version")
            )
        if answer.status_code == 206:
            place, _, total = answer.headers.get("Content-Range", "").rpartition("/")
            if not place.startswith(f"bytes {have}-"):
                self._drop()
                raise Trouble("the rest is not what was asked for")
            self.total = int(total)
            return have
        self._drop()  # before the note: old bytes never lie beside a new one
        self._version.write_text(etag)
        self.total = int(answer.headers["Content-Length"])
        return 0

    def _drop(self) -> None:
        self._part.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)


def _unwritable(target: Path, error: OSError) -> InputsError:
    return InputsError(
        Problem(
            f"{target} can't be written here: {error.strerror}.",
            "target",
            next_step="Free some space if the disk is full: what has arrived is kept.",
        )
    )


def _stopped(path: str) -> InputsError:
    return InputsError(Problem(f"{path} was not brought home to its end.", "stopped"))
