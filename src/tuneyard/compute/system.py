"""Figures of this computer: processor, memory, disks, GPUs. What can't be known is None.

A counter may be missing (a container, WSL2, macOS, a driver that doesn't say): that is
no reason to fail, nor to wait.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil

from tuneyard.home import disk_of
from tuneyard.runner import gpus

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

FRESH = 1.0  # seconds for which figures hold, whoever asks
_AGAIN = 60.0  # seconds until a driver that didn't answer is asked again


class Figures:
    """Taken when they are asked for, at most once a second."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.home = home
        self.clock = clock
        self._driver = _Driver(clock)
        self._times: tuple[float, float] | None = None
        self._newest: dict[str, Any] = {}
        self._taken = float("-inf")
        self._taking = threading.Lock()

    def now(self) -> dict[str, Any]:
        """All of the API's `System`."""
        with self._taking:
            if self.clock() >= self._taken + FRESH:
                self._newest = self._take()
                self._taken = self.clock()
            return self._newest

    def holders(self) -> dict[str, str]:
        """The job that holds each GPU, by GPU."""
        return {gpu["id"]: gpu["job"] for gpu in self.now()["gpus"] if gpu["job"]}

    def _take(self) -> dict[str, Any]:
        return {
            "t": time.time(),
            "host": platform.node(),
            "system": _system(),
            "python": platform.python_version(),
            "uptime": _or_none(lambda: time.time() - psutil.boot_time()),
            "cpu": {
                "model": _cpu_model(),
                "cores": _or_none(_cores),
                "use": _or_none(self._cpu_use),
                "load": _or_none(lambda: list(os.getloadavg())),
            },
            "memory": _or_none(_memory),
            "disks": _or_none(lambda: _disks(self.home)) or [],
            "gpus": self._gpus(),
            "driver": self._driver.version,
        }

    def _cpu_use(self) -> float | None:
        """Since the figures before; the first have nothing to compare with."""
        times = psutil.cpu_times()
        whole: float = sum(times)
        idle: float = times.idle + getattr(times, "iowait", 0.0)
        # Linux counts a guest's time in user's too.
        whole -= getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
        before, self._times = self._times, (whole, idle)
        if before is None or whole <= before[0]:
            return None
        return max(0.0, min(1.0, 1 - (idle - before[1]) / (whole - before[0])))

    def _gpus(self) -> list[dict[str, Any]]:
        found = _rehearsed() if gpus.FAKE in os.environ else self._driver.gpus()
        holders = _or_none(lambda: gpus.holders(self.home, [gpu["id"] for gpu in found])) or {}
        return [{**gpu, "job": holders.get(gpu["id"])} for gpu in found]


def gpu_memory() -> list[float]:
    """GB of each of this computer's GPUs, of 2**30 bytes; none unless the driver says all."""
    found = [] if gpus.FAKE in os.environ else _Driver(time.monotonic).gpus()
    told = [gpu["memory_total"] / 2**30 for gpu in found if gpu["memory_total"]]
    return told if len(told) == len(found) else []


class _Driver:
    """NVIDIA's driver, asked through its library: without a process for each look."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.version: str | None = None
        self._next_try = float("-inf")

    def gpus(self) -> list[dict[str, Any]]:
        if self.version is None and not self._begin():
            return []
        import pynvml  # type: ignore[import-untyped]  # noqa: PLC0415 - most computers need none

        try:
            count = pynvml.nvmlDeviceGetCount()
            return [_gpu(pynvml, index) for index in range(count)]
        except pynvml.NVMLError:  # it was unloaded, or a card fell off its bus
            self.version = None
            return []

    def _begin(self) -> bool:
        if self.clock() < self._next_try:
            return False
        self._next_try = self.clock() + _AGAIN
        self.version = _or_none(_nvidia_version)
        return self.version is not None


def _nvidia_version() -> str:
    import pynvml  # noqa: PLC0415 - same

    pynvml.nvmlInit()
    return str(pynvml.nvmlSystemGetDriverVersion())


def _gpu(nvml: Any, index: int) -> dict[str, Any]:
    card = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = _or_none(lambda: nvml.nvmlDeviceGetMemoryInfo(card))
    celsius = nvml.NVML_TEMPERATURE_GPU
    return {
        "id": str(nvml.nvmlDeviceGetUUID(card)),
        "index": index,
        "model": str(nvml.nvmlDeviceGetName(card)),
        "rehearsal": False,
        "use": _or_none(lambda: nvml.nvmlDeviceGetUtilizationRates(card).gpu / 100),
        "memory_used": memory and int(memory.used),
        "memory_total": memory and int(memory.total),
        "temperature": _or_none(lambda: float(nvml.nvmlDeviceGetTemperature(card, celsius))),
        "power": _or_none(lambda: nvml.nvmlDeviceGetPowerUsage(card) / 1000),
        "power_limit": _or_none(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(card) / 1000),
    }


def _rehearsed() -> list[dict[str, Any]]:
    """The ids that stand in for GPUs; they have no figures."""
    figures = ("use", "memory_used", "memory_total", "temperature", "power", "power_limit")
    return [
        {"id": gpu, "index": index, "model": model, "rehearsal": True, **dict.fromkeys(figures)}
        for index, (gpu, model) in enumerate(gpus.models().items())
    ]


def _cores() -> int | None:
    """Those that this process may use: a container often has fewer than the computer."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory() -> dict[str, int]:
    memory = psutil.virtual_memory()
    return {
        "total": memory.total,
        "used": memory.total - memory.available,
        "available": memory.available,
    }


def _disks(home: Path) -> list[dict[str, Any]]:
    there = disk_of(home)
    places = {"home": there, "system": Path(there.anchor)}
    found: dict[int, dict[str, Any]] = {}
    for name, place in places.items():
        usage = shutil.disk_usage(place)
        disk = {"path": str(place), "holds": [], "total": usage.total, "free": usage.free}
        found.setdefault(place.stat().st_dev, disk)["holds"].append(name)
    return list(found.values())


@lru_cache(maxsize=1)
def _system() -> str:
    release = platform.release()
    name = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    version = platform.mac_ver()[0] if sys.platform == "darwin" else release.partition("-")[0]
    return f"{name} {version}" + (" (WSL2)" if "microsoft" in release.lower() else "")


@lru_cache(maxsize=1)
def _cpu_model() -> str | None:
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        lines = (line.partition(":") for line in text.splitlines())
        found = (value.strip() for key, _, value in lines if key.strip() == "model name")
        return next(found, None) or platform.machine() or None
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # macOS
        ask = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        said = subprocess.run(ask, capture_output=True, text=True, timeout=2, check=True)
        return said.stdout.strip() or None
    return platform.machine() or None


def _or_none(read: Callable[[], T]) -> T | None:
    """None where a counter is missing: each library, driver and system fails in its own way."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - see above
        return None
