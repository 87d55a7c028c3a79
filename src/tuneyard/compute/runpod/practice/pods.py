"""One pod: its container, started again and again until it is stopped or terminated."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import images
from .container import Container
from .logs import Log, now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .billing import Meter
    from .faults import Faults
    from .settings import Settings
    from .volumes import Volume

_ACTIONS = {"RUNNING": ("stop", "restart", "terminate"), "EXITED": ("start", "terminate")}

Wanted = Literal["running", "stopped", "gone"]


@dataclass(frozen=True)
class Made:
    """What was decided about a pod when it was made, beside what was asked for."""

    id: str
    key: str  # the pod's own
    cost: float  # dollars an hour
    data_center: str | None
    cuda: str | None
    port: int  # of this computer, instead of the pod's face
    env: Mapping[str, str]  # as its processes get it, secrets resolved
    volume: Volume | None = None  # that of the network
    memory: int = 0  # GB
    processors: int = 0
    created: str = field(default_factory=now)
    born: float = field(default_factory=time.monotonic)


class Pod:
    """`asked` is the body of its create, as later updates changed it."""

    def __init__(
        self, asked: dict[str, Any], made: Made, meter: Meter, settings: Settings, faults: Faults
    ) -> None:
        self.asked, self.made, self.meter = asked, made, meter
        self.log = Log()
        self.starts = 0  # of its container
        self.started: float | None = None  # when its container was, of the monotonic clock
        self.started_at: str | None = None
        self.gone = threading.Event()  # set once nothing of it is left
        self._settings, self._faults = settings, faults
        self._wanted: Wanted = "running"
        self._wipe = self._cut = False
        self._crashed = 0
        self._container: Container | None = None
        self._changed = threading.Condition()
        self._folder = settings.folder / "pods" / made.id
        self.disk = self._folder / "disk"  # its container's root, as it lies on this computer
        threading.Thread(target=self._live, name=f"pod {made.id}", daemon=True).start()

    # -- what is said of it -------------------------------------------------------

    @property
    def id(self) -> str:
        return self.made.id

    @property
    def status(self) -> str:
        return "RUNNING" if self._wanted == "running" else "EXITED"

    @property
    def actions(self) -> tuple[str, ...]:
        return _ACTIONS[self.status]

    @property
    def uptime(self) -> int | None:
        """Whole seconds since its container started; None while RunPod has no figures of it."""
        late = self._settings.boot + self._faults.runtime_late
        if self.status != "RUNNING" or self.started is None:
            return None
        age = time.monotonic() - self.started
        return int(age) if age >= late else None

    @property
    def reachable(self) -> bool:
        """Whether the proxy knows of it by now."""
        late = self._settings.warm + self._faults.proxy.late
        return self.started is not None and time.monotonic() - self.started >= late

    @property
    def keeper(self) -> int | None:
        """The process that keeps its container, if that runs."""
        return self._container.pid if self._container else None

    # -- what is done with it -----------------------------------------------------

    def stop(self) -> None:
        """Its container ends and loses its disk; a volume stays."""
        self._want("stopped", wipe=True, cut=True)

    def start(self) -> None:
        self._want("running")

    def restart(self) -> None:
        self._want("running", wipe=True, cut=True)

    def end(self) -> None:
        """Nothing is left of it, soon; see `gone`."""
        self._want("gone")

    def crash(self) -> None:
        """Kills its container, which is started again as after any end of it."""
        if container := self._container:
            container.kill()

    def _want(self, wanted: Wanted, *, wipe: bool = False, cut: bool = False) -> None:
        with self._changed:
            if self._wanted != "gone":
                self._wanted = wanted
            self._wipe, self._cut = self._wipe or wipe, self._cut or cut
            self._changed.notify_all()

    # -- its life -----------------------------------------------------------------

    def _live(self) -> None:
        try:
            while self._wanted != "gone":
                if self._wanted == "running":
                    self._run()
                else:
                    self._wait(None, lambda: self._wanted != "stopped")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self.log.close()
            self.gone.set()

    def _run(self) -> None:
        """From an image's pull until it is no longer wanted."""
        image = self.asked.get("image", "")
        self._say(f"create container {image}")
        self._say(f"{image} Pulling from image registry")
        if not self._wait(self._settings.pull, self._unwanted):
            self._say(f"Status: Downloaded newer image for {image}")
            while not self._unwanted():
                self._start()
                if self._unwanted() or self._wait(self._settings.pause, self._unwanted):
                    break

    def _start(self) -> None:
        """One start of the container, until it has ended."""
        self._say("start container")
        with self._changed:
            self._cut = False
        self._ready()
        self.starts += 1
        inside = images.inside(self.asked, self.made.env, self.disk, self._mounts(), self._settings)
        container = Container(inside, self._hear, self._wake, f"RUNPOD_POD_ID={self.id}")
        self._container = container
        self.started, self.started_at = time.monotonic(), now()
        crash_at = self._faults.crash_every if self._may_crash() else None
        over = self._wait(crash_at, lambda: container.code is not None or self._interrupted())
        if not over:
            self._crashed += 1
            container.kill()
        elif container.code is None:
            container.end(0 if self._wanted == "gone" else self._settings.grace)
        container.wait()
        self._container, self.started = None, None

    def _may_crash(self) -> bool:
        most = self._faults.crashes
        return most is None or self._crashed < most

    def _unwanted(self) -> bool:
        return self._wanted != "running"

    def _interrupted(self) -> bool:
        return self._cut or self._unwanted()

    def _hear(self, line: str) -> None:
        self.log.add("container", line)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait(self, seconds: float | None, over: Any) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(over, seconds))

    def _say(self, text: str) -> None:
        self.log.add("system", text)

    # -- its disks ----------------------------------------------------------------

    def _ready(self) -> None:
        """What is left of the disk for the container that is to start."""
        with self._changed:
            wipe, self._wipe = self._wipe or (self._faults.wipe and self.starts > 0), False
        if wipe:
            shutil.rmtree(self.disk, ignore_errors=True)
        self.disk.mkdir(parents=True, exist_ok=True)

    def _mounts(self) -> dict[str, Path]:
        mounts = self.asked.get("mounts", {})
        if self.made.volume:
            return {mounts["network"][0]["path"]: self.made.volume.folder}
        if "persistent" not in mounts:
            return {}
        folder = self._folder / "volume"
        folder.mkdir(parents=True, exist_ok=True)
        return {mounts["persistent"]["path"]: folder}
