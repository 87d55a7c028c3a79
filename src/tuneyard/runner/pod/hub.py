"""What a pod itself fetches from the Hugging Face Hub: inputs, and the checkpoint it pushed last."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote

from tuneyard.runner.opening import bearer, opener, request
from tuneyard.runner.record import NAME, Record

from . import words
from .making import CannotBegin
from .web import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .given import Given, Limits
    from .inputs import Input, Store

# By which an input is fetched: the first of them that the pod has.
TOKENS = ("HF_READ_TOKEN", "HF_TOKEN", "HF_WRITE_TOKEN")
_NOT_FOR_US = (401, 403, 404)
_TIMEOUT = 30.0  # seconds of silence
_PIECE = 256 << 10
_LARGEST = 1 << 20  # bytes of a record


class Aside(threading.Thread):
    """Does what may hang, while others look after the pod. Then there is `found`, or `failed`."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.found: Any = None
        self.failed: Exception | None = None
        self._do = do
        self.start()

    def run(self) -> None:
        try:
            self.found = self._do()
        except Exception as error:  # noqa: BLE001 - whoever waits for it raises it again
            self.failed = error


class Hub:
    """`trouble` says why nothing comes for the moment."""

    def __init__(self, given: Given, store: Store, limits: Limits) -> None:
        self.trouble = "it doesn't answer"
        self._url = (given.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        held = (given.environ.get(name) for name in TOKENS if name not in given.unresolved)
        self._tokens = list(dict.fromkeys(filter(None, held))) or [""]
        self._store = store
        self._limits = limits
        self._opener = opener()

    def checkpoint(self, job: Mapping[str, Any], pod: str = "") -> list[dict[str, Any]]:
        """What the job pushed last, from this pod if one is named, as inputs with a place.

        Raises what the last of many tries did.
        """
        end = time.monotonic() + self._limits.record
        while True:
            try:
                return self._pushed(job, pod)
            except (OSError, HTTPException):
                if time.monotonic() > end:
                    raise
            time.sleep(self._limits.restart)

    def fetch(self, wanted: Iterable[Input]) -> None:
        """Brings all of them, trying for ever. Raises CannotBegin where that can't help."""
        for one in wanted:
            self._fetch(one, one.hub or {})

    def _pushed(self, job: Mapping[str, Any], pod: str) -> list[dict[str, Any]]:
        repository, folder = job["results"]["repository"], job["results"].get("folder") or ""
        hub = {"repository": repository, "type": "model", "revision": "main"}
        try:
            with self._open({**hub, "path": f"{folder}/{NAME}".lstrip("/")}) as answer:
                record = Record.from_json(json.loads(answer.read(_LARGEST)))
        except HTTPError as error:
            if error.code in _NOT_FOR_US:
                return []
            raise
        except ValueError:  # somebody else's file of that name
            return []
        ours = record.job == job["id"] and pod in {"", record.pod}
        found = record.checkpoint if ours else {}
        if not all(place.startswith("work/") and "/." not in place for place in found):
            return []  # nothing that is ours to write
        return [
            {"sha256": file.sha256, "bytes": file.bytes, "name": Path(place).name, "kind": "file"}
            | {"place": place, "hub": {**hub, "path": file.path}}
            for place, file in found.items()
        ]

    def _fetch(self, one: Input, source: Mapping[str, str]) -> None:
        wrong, pause, before = 0, 0.0, 0
        while self._store.path(one) is None:
            have = self._store.status(one)["have"]
            shortest, longest = self._limits.restart, self._limits.restart_longest
            pause = shortest if have > before else min(max(shortest, pause * 2), longest)
            before = have
            try:
                self._more(one, source, have)
                self.trouble = "the connection breaks"
            except HTTPError as error:
                if error.code in _NOT_FOR_US:
                    why = f"it isn't there, or the pod's token may not see it (HTTP {error.code})"
                    raise CannotBegin(words.not_from_hub("hub-refused", source, why)) from None
                wrong += error.code == 416  # it has fewer bytes
                self.trouble = f"HTTP {error.code}"
            except Refused as refused:
                if refused.status == 507:
                    full = replace(words.FULL, sentence=str(refused))
                    raise CannotBegin(full) from None
                wrong += refused.status == 422
            except (OSError, HTTPException) as error:
                self.trouble = f"{type(error).__name__}: {error}"
            if wrong == 3:
                why = "its checksum is another than it should be"
                raise CannotBegin(words.not_from_hub("wrong-bytes", source, why))
            time.sleep(pause)

    def _more(self, one: Input, source: Mapping[str, str], have: int) -> None:
        if have and have == one.bytes:  # all came, before it could be verified
            self._store.finish(one)
            return
        with self._open(source, have) as answer:
            self._store.put(one, have, _pieces(answer, have))

    def _open(self, source: Mapping[str, str], begin: int = 0) -> Any:
        """With the first token that may see it. Raises HTTPError of the last one, and others."""
        kind = "datasets/" if source["type"] == "dataset" else ""
        revision, path = quote(source["revision"], safe=""), quote(source["path"])
        url = f"{self._url}/{kind}{source['repository']}/resolve/{revision}/{path}"
        for token in self._tokens:
            headers = bearer(token) | ({"Range": f"bytes={begin}-"} if begin else {})
            try:
                return self._opener.open(request(url, headers), timeout=_TIMEOUT)
            except HTTPError as error:
                error.close()
                if error.code not in _NOT_FOR_US or token == self._tokens[-1]:
                    raise
        raise AssertionError  # there is always a token, if only an empty one


def _pieces(answer: Any, have: int) -> Iterator[bytes]:
    """What comes from `have` on, also of a host that begins again at the start."""
    skip = 0 if answer.status == 206 else have
    while data := answer.read(_PIECE):
        if new := data[skip:]:
            yield new
        skip = max(0, skip - len(data))
