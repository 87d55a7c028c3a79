import os
import platform
import shutil
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psutil
import pytest

from tuneyard.compute import system
from tuneyard.compute.system import FRESH, Figures
from tuneyard.runner.folder import write_json

Times = namedtuple("Times", ["user", "system", "idle", "iowait", "guest"])  # noqa: PYI024 - as psutil's


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def figures(home: Path, clock: Clock) -> Figures:
    return Figures(home, clock)


def later(figures: Figures, clock: Clock, seconds: float = FRESH) -> dict[str, Any]:
    clock.now += seconds
    return figures.now()


def test_this_computer_has_figures(figures: Figures, home: Path) -> None:
    found = figures.now()
    assert found["t"] > 0
    assert found["host"]
    assert found["system"].split()[0] in {"Linux", "macOS"}
    assert found["cpu"]["cores"] >= 1
    assert found["cpu"]["model"]
    memory = found["memory"]
    assert memory["total"] == memory["used"] + memory["available"]
    held = {name for disk in found["disks"] for name in disk["holds"]}
    assert held == {"home", "system"}
    assert all(disk["total"] >= disk["free"] > 0 for disk in found["disks"])
    assert any(disk["path"] == str(home) for disk in found["disks"])


def test_a_home_that_is_not_there_yet_has_a_disk(tmp_path: Path) -> None:
    (disk, *_) = Figures(tmp_path / "new" / "home").now()["disks"]
    assert disk["path"] == str(tmp_path)


def test_use_is_told_from_the_second_look_on(
    figures: Figures, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [
        Times(10, 10, 80, 0, 0),
        Times(30, 15, 130, 5, 10),  # of 80 ticks, 20 of them a guest's in user's too, 25 were busy
        Times(30, 15, 130, 5, 10),
        Times(0, 0, 0, 0, 0),
    ]
    monkeypatch.setattr(psutil, "cpu_times", lambda: times.pop(0))
    assert figures.now()["cpu"]["use"] is None
    assert later(figures, clock)["cpu"]["use"] == pytest.approx(1 - 55 / 80)
    assert later(figures, clock)["cpu"]["use"] is None  # no time has passed for it
    assert later(figures, clock)["cpu"]["use"] is None  # it began again


def test_however_many_ask_figures_are_taken_once(
    figures: Figures, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(psutil, "virtual_memory", lambda: taken.append(1))
    first = figures.now()
    clock.now += FRESH / 2
    assert figures.now() is first
    assert later(figures, clock) is not first
    assert len(taken) == 2


def test_a_counter_that_is_missing_is_null(
    figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise NotImplementedError

    for module, names in (
        (psutil, ["cpu_times", "virtual_memory", "boot_time"]),
        (os, ["getloadavg", "sched_getaffinity"]),
        (shutil, ["disk_usage"]),
    ):
        for name in names:
            monkeypatch.setattr(module, name, missing)
    found = figures.now()
    assert (found["memory"], found["uptime"], found["disks"]) == (None, None, [])
    assert {**found["cpu"], "model": None} == dict.fromkeys(("model", "cores", "use", "load"))


def test_no_driver_no_gpus(figures: Figures, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def begin() -> str:
        tried.append(1)
        raise OSError("no driver")

    monkeypatch.setattr(system, "_nvidia_version", begin)
    assert (figures.now()["gpus"], figures.now()["driver"]) == ([], None)
    later(figures, clock)
    assert len(tried) == 1
    later(figures, clock, 100)
    assert len(tried) == 2


def test_gpus_of_a_rehearsal_are_shown_as_such(
    figures: Figures, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_GPUS", "fake-0,fake-1")
    (home / "gpus").mkdir()
    write_json(home / "gpus" / "fake-1.json", {"job": "20261122-120000-one"})
    first, second = figures.now()["gpus"]
    assert (first["id"], first["index"], first["rehearsal"], first["job"]) == (
        "fake-0",
        0,
        True,
        None,
    )
    assert second["job"] == "20261122-120000-one"
    assert second["use"] is None


class Nvml(ModuleType):
    """NVIDIA's library with two cards, of which the second says little, as under WSL2."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.lost = False

    def nvmlInit(self) -> None:  # noqa: N802 - its name
        """Nothing to load."""

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802 - same
        return "570.86"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - same
        if self.lost:
            raise self.NVMLError
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802 - same
        return index

    def nvmlDeviceGetUUID(self, card: int) -> str:  # noqa: N802 - same
        return f"GPU-{card}"

    def nvmlDeviceGetName(self, card: int) -> str:  # noqa: N802 - same
        return f"NVIDIA RTX {card}"

    def nvmlDeviceGetMemoryInfo(self, card: int) -> Any:  # noqa: N802 - same
        return self._said(card, SimpleNamespace(used=5 << 30, total=24 << 30))

    def nvmlDeviceGetUtilizationRates(self, card: int) -> Any:  # noqa: N802 - same
        return self._said(card, SimpleNamespace(gpu=87, memory=40))

    def nvmlDeviceGetTemperature(self, card: int, _sensor: int) -> Any:  # noqa: N802 - same
        return self._said(card, 71)

    def nvmlDeviceGetPowerUsage(self, card: int) -> Any:  # noqa: N802 - same
        return self._said(card, 301_500)

    def nvmlDeviceGetEnforcedPowerLimit(self, card: int) -> Any:  # noqa: N802 - same
        return self._said(card, 350_000)

    def _said(self, card: int, value: Any) -> Any:
        if card:
            raise self.NVMLError
        return value


def test_memory_is_told_of_all_gpus_or_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert system.gpu_memory() == []
    monkeypatch.setattr(nvml, "nvmlDeviceGetCount", lambda: 1)
    assert system.gpu_memory() == [24.0]


def test_a_card_says_what_it_can(
    figures: Figures, clock: Clock, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    (home / "gpus").mkdir()
    write_json(home / "gpus" / "GPU-0.json", {"job": "20261122-120000-one"})
    found = figures.now()
    assert found["driver"] == "570.86"
    assert found["gpus"] == [
        {
            "id": "GPU-0",
            "index": 0,
            "model": "NVIDIA RTX 0",
            "rehearsal": False,
            "use": 0.87,
            "memory_used": 5 << 30,
            "memory_total": 24 << 30,
            "temperature": 71.0,
            "power": 301.5,
            "power_limit": 350.0,
            "job": "20261122-120000-one",
        },
        {
            "id": "GPU-1",
            "index": 1,
            "model": "NVIDIA RTX 1",
            "rehearsal": False,
            **dict.fromkeys(("use", "memory_used", "memory_total", "temperature", "power")),
            "power_limit": None,
            "job": None,
        },
    ]
    nvml.lost = True
    assert later(figures, clock)["gpus"] == []
    nvml.lost = False
    assert len(later(figures, clock, 100)["gpus"]) == 2


@pytest.mark.parametrize(
    ("name", "release", "said"),
    [
        ("Linux", "6.8.0-45-generic", "Linux 6.8.0"),
        ("Linux", "5.15.167.4-microsoft-standard-WSL2", "Linux 5.15.167.4 (WSL2)"),
    ],
)
def test_the_system_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, release: str, said: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: name)
    monkeypatch.setattr(platform, "release", lambda: release)
    system._system.cache_clear()
    assert system._system() == said
    system._system.cache_clear()
