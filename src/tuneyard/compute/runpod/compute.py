"""The compute that rents a GPU at RunPod for as long as a job takes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tuneyard.runner.environ import is_secret
from tuneyard.runner.folder import held

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from tuneyard.compute.base import Life
    from tuneyard.runner.folder import JobFolder
    from tuneyard.runner.problems import Problem
    from tuneyard.runner.step import Needs

_ATTENDANT = "tuneyard.jobs.remote.attend"


class RunPod:
    name = "runpod"
    title = "RunPod"
    summary = "Rents a GPU by the second, runs the job there, brings the results home and ends it."
    remote = True
    secrets = ("RUNPOD_API_KEY",)

    @property
    def settings(self) -> type[BaseModel]:
        from .settings import RunPodSettings  # noqa: PLC0415 - pydantic is slow to load

        return RunPodSettings

    def place(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"gpus": options["gpu_count"], "python": "", "pod": True}

    def problems(self, needs: Needs, options: Mapping[str, Any], _home: Path) -> list[Problem]:
        from .offers import problems  # noqa: PLC0415 - needed only for a check

        return problems(needs, options)

    def launch(self, folder: JobFolder, secrets: Mapping[str, str]) -> None:
        plain = {name: value for name, value in os.environ.items() if not is_secret(name)}
        subprocess.run(
            [sys.executable, "-m", _ATTENDANT, str(folder.path)],
            env={**plain, "TUNEYARD_HOME": str(folder.home), **secrets},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )

    def observe(self, folder: JobFolder) -> Life:
        return "alive" if held(folder.runner_lock) else "gone"


compute = RunPod()
