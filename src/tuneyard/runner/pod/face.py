"""What can be asked of a pod's job: read anew from its folder each time, and masked."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from tuneyard.runner.masking import Masker
from tuneyard.runner.states import State

from . import begin_again, inputs
from .tickets import Tickets
from .web import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuneyard.runner.folder import Chunk, JobFolder

_VIEWERS = 32  # streams at a time: others can still ask, stop and collect


class Face:
    def __init__(self, folder: JobFolder, token: str) -> None:
        self.folder = folder
        self.token = token
        self.origins = frozenset(os.environ.get("TUNEYARD_ORIGINS", "").split())
        self.store = inputs.Store(folder.home)
        self.tickets = Tickets()
        self.viewers = threading.BoundedSemaphore(_VIEWERS)
        self.channels = {"log": folder.log, "metrics": folder.metrics, "events": folder.events}
        self._seen: dict[Path, tuple[Any, Any]] = {}

    def job(self) -> dict[str, Any]:
        pod, state = self.pod(), self.state()
        sizes = {name: _size(path) for name, path in self.channels.items()}
        return {
            "format": 1,
            "id": self.folder.id,
            "incarnation": pod["incarnation"],
            "boots": pod.get("boots", []),
            "now": time.time(),
            "deadline": float(os.environ.get("TUNEYARD_DEADLINE", "0")) or None,
            "state": state,
            "sizes": sizes,
            "inputs": {sha: self.store.status(one) for sha, one in self.inputs().items()},
            "collect_until": pod.get("collect_until"),
            "ended": self.ended,
            "collected": self._collected() == pod["incarnation"],
            "secrets_missing": state.get("needs", []),
        }

    def _collected(self) -> Any:
        """The incarnation whose results somebody has fetched."""
        return self._json(self.folder.path / "pod.collected").get("incarnation")

    @property
    def ended(self) -> bool:
        return State(self.state().get("state", "queued")).ended

    def state(self) -> dict[str, Any]:
        return self._json(self.folder.state)

    def pod(self) -> dict[str, Any]:
        pod: dict[str, Any] = self._json(self.folder.path / "pod.json")
        if not pod:
            raise Refused(503, "not-ready", "The pod is still preparing its job's folder.")
        return pod

    def inputs(self) -> dict[str, inputs.Input]:
        """Of the job, and those that home asked for since: in this order none is missed."""
        asked = begin_again.asked_for(self.folder) + begin_again.taken(self.folder)
        job = self._json(self.folder.job)
        return inputs.manifest(job) | inputs.manifest({"inputs": asked})

    def finish_inputs(self) -> None:
        """Those that had arrived whole when a face before this one was killed."""
        for one in self.inputs().values():
            with contextlib.suppress(Refused):
                if not one.hub:  # the guard does these
                    self.store.finish(one)

    def read(self, channel: str, offset: int, limit: int) -> Chunk:
        return self.masker().read(self.channels[channel], offset, limit)

    def masker(self) -> Masker:
        """By the marks as they are now. Without any file of marks nothing is shown."""
        path = self.folder.masks
        if not path.exists():
            raise Refused(503, "not-ready", "The pod is still preparing its job's folder.")
        masker: Masker = self._once(path, lambda: Masker.of_job(path))
        return masker

    def _json(self, path: Path) -> dict[str, Any]:
        masker = self.masker()
        return self._once(path, lambda: json.loads(masker.mask(path.read_bytes())), masker) or {}

    def _once(self, path: Path, load: Callable[[], Any], *by: Any) -> Any:
        """What was made of a file, until it or what it was made by is another; None without one."""
        try:
            status = path.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size, *by)
            if self._seen.get(path, (None,))[0] != mark:
                self._seen[path] = (mark, load())
        except FileNotFoundError:
            return None
        return self._seen[path][1]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
