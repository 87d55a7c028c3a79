"""The compute that is always there: this computer."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.home import disk_of
from tuneyard.runner import gpus, process, wrap
from tuneyard.runner.environ import is_secret
from tuneyard.runner.folder import held
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from tuneyard.runner.folder import JobFolder
    from tuneyard.runner.step import Needs

    from .base import Life


class Local:
    name = "local"
    title = "This computer"
    summary = "Runs here, and goes on when this page or the terminal is closed."
    remote = False
    secrets: tuple[str, ...] = ()

    @property
    def settings(self) -> type[BaseModel]:
        from .no_settings import NoSettings  # noqa: PLC0415 - pydantic is slow to load

        return NoSettings

    def place(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        return {"gpus": len(gpus.present()), "python": _base_python()}

    def problems(self, needs: Needs, _options: Mapping[str, Any], home: Path) -> list[Problem]:
        return [*_system(), *_disk(needs, home), *_gpus(needs), *_gpu_memory(needs)]

    def launch(self, folder: JobFolder, secrets: Mapping[str, str]) -> None:
        plain = {name: value for name, value in os.environ.items() if not is_secret(name)}
        own = {"TUNEYARD_HOME": str(folder.home), "TUNEYARD_UV": _uv()}
        wrap.launch(_base_python(), folder, {**plain, **own, **secrets})

    def observe(self, folder: JobFolder) -> Life:
        locks = (folder.runner_lock, folder.job_lock)
        alive = any(held(lock) for lock in locks) or bool(process.of_job(folder))
        return "alive" if alive else "gone"


def _system() -> list[Problem]:
    if sys.platform.startswith("linux") and Path("/proc/self/stat").exists():
        return []
    return [
        Problem(
            "Jobs run on Linux (or WSL2); this system is another.",
            code="system",
            field="compute",
            next_step="Run the job on a rented GPU, or inside WSL2 on Windows.",
        )
    ]


def _disk(needs: Needs, home: Path) -> list[Problem]:
    if needs.disk_gb is None:
        return []
    there = disk_of(home)
    free = shutil.disk_usage(there).free / 1e9
    if free >= needs.disk_gb:
        return []
    return [
        Problem(
            f"The job needs about {needs.disk_gb:.1f} GB of disk and {free:.1f} GB are free.",
            code="disk",
            next_step=f"Free some space on the disk of {there}, or set TUNEYARD_HOME to another.",
        )
    ]


def _gpus(needs: Needs) -> list[Problem]:
    present = len(gpus.present())
    if needs.gpus <= present:
        return []
    return [
        Problem(
            f"The job needs {needs.gpus} GPUs and this computer has {present}.",
            code="gpus",
            next_step="Run `tuneyard doctor` to see what was found.",
        )
    ]


def _gpu_memory(needs: Needs) -> list[Problem]:
    """A warning, since what a job takes is rarely known for sure; the queue gives it any GPU."""
    if needs.gpu_memory_gb is None or needs.gpus == 0:
        return []
    from .system import gpu_memory  # noqa: PLC0415 - NVIDIA's library: only a check needs it

    there = gpu_memory()
    enough = [gb for gb in there if gb >= needs.gpu_memory_gb * _TOLD]
    if not there or len(enough) >= needs.gpus:
        return []
    known = needs.gpu_memory_source or needs.source
    source = f" ({known})" if known else ""
    return [
        Problem(
            f"The job needs a GPU with {needs.gpu_memory_gb:g} GB{source}, and this computer's "
            f"{'has' if len(there) == 1 else 'have'} {max(there):.0f} GB"
            f"{'' if len(there) == 1 else ' at most'}.",
            code="gpu-memory",
            next_step="It may run out of memory. Choose settings that take less, or rent a GPU.",
            severity="warning",
        )
    ]


# A GPU keeps some of its memory for itself: one of 48 GB tells 45.
_TOLD = 0.93


def _base_python() -> str:
    """The interpreter below any virtual environment: a runner needs none, and outlives it."""
    return os.path.realpath(sys.executable)


def _uv() -> str:
    import uv  # noqa: PLC0415 - only a launch needs it

    return os.fsdecode(uv.find_uv_bin())


compute = Local()
