"""What a pod costs: by the second, from its making to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

DISK = 0.10 / 730  # dollars a GB and hour, of a container's or a pod's own volume
DISK_OF_STOPPED = 0.20 / 730  # same, of the volume of a pod that is stopped


@dataclass
class Meter:
    """Dollars so far, for the GPU and for the disk. `speed` is how much faster money goes."""

    speed: float
    gpu: float = 0.0
    disk: float = 0.0
    _gpu_an_hour: float = 0.0
    _disk_an_hour: float = 0.0
    _read: float = field(default_factory=time.monotonic)

    def charge(self, gpu_an_hour: float, disk_an_hour: float) -> None:
        """From now on at these prices."""
        self.read()
        self._gpu_an_hour, self._disk_an_hour = gpu_an_hour, disk_an_hour

    @property
    def an_hour(self) -> float:
        return self._gpu_an_hour + self._disk_an_hour

    def read(self) -> float:
        """Dollars up to now."""
        now = time.monotonic()
        hours = (now - self._read) * self.speed / 3600
        self._read = now
        self.gpu += hours * self._gpu_an_hour
        self.disk += hours * self._disk_an_hour
        return self.gpu + self.disk
