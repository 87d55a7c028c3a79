"""What a pod's guard does at all times, whatever becomes of the job: a moment's pause does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .children import Children

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.runner.folder import JobFolder

    from .ending import Ender
    from .given import Limits
    from .log import Log


class Over(Exception):
    """No error: the pod is to end, and this is why."""


class Duties:
    def __init__(self, limits: Limits, log: Log, ender: Ender) -> None:
        self.limits = limits
        self.log = log
        self.say = log.say
        self.clock = ender.clock
        self._ender = ender
        self._children = Children(limits)
        self._folder: JobFolder | None = None
        self._environ: Mapping[str, str] = {}

    def begin(self, folder: JobFolder, environ: Mapping[str, str]) -> None:
        """From now on the folder has its log, and a face with this environment."""
        self._folder, self._environ = folder, environ

    def pause(self) -> None:
        """A moment. Raises Over if the pod is to end."""
        self.wait(self.limits.poll)
        self.tend()
        if self._ender.ending:
            raise Over(self._ender.why)

    def wait(self, seconds: float) -> None:
        self._children.pause(seconds)

    def tend(self) -> None:
        if self._folder is not None:
            self.log.flush(self._folder.path)
            self._children.keep_face(self._folder, self._environ)

    def asked_to_end(self) -> bool:
        """Whether the container is being stopped; True once."""
        asked, self._children.asked_to_end = self._children.asked_to_end, False
        return asked
