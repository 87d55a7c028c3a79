"""What one attempt has to go by: what the steps before left, and where it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.trainer import configs
from tuneyard.runner import process
from tuneyard.runner.folder import read_json, read_json_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.diffusion_pipe.data.views import Places
    from tuneyard.recipes.diffusion_pipe.trainer.group import Wake


class Attempt:
    """Read in the job's ``work/``. The trainer may be started more than once in it.

    `number` counts the job's attempts from 1; `marks` tell whether a checkpoint was made of
    the same data and the same optimizer (`configs.marks`).
    """

    def __init__(self, wake: Wake, home: Path, places: Places) -> None:
        self.wake = wake
        self.home = home
        self.places = places
        self.job = read_json(Path("job.json"))
        self.settings = self._named(read_json(Path("settings.json")))
        self.vendor = read_json(Path("vendor.json"))
        self.models = _paths(read_json_or(Path("models.json"), {}))
        self.buckets = read_json_or(Path("buckets.json"), {})
        self.number = int(os.environ.get(process.JOB, ":1").rpartition(":")[2])
        self.marks = configs.marks(self.settings, self.buckets)

    def _named(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Weights & Biases wants names."""
        names = {"wandb_project": self.job["name"], "wandb_run": self.job["id"]}
        return {**settings, **{name: settings[name] or own for name, own in names.items()}}


def _paths(models: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in models.items() if name != "format"}
