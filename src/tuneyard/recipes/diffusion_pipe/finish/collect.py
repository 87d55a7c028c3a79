"""Puts all saved models into ``outputs/``: see `trainer.outputs` for their names."""

from __future__ import annotations

from pathlib import Path

from tuneyard.recipes.diffusion_pipe.trainer import outputs, runs
from tuneyard.recipes.diffusion_pipe.trainer.layout import OUTPUTS, RUNS, say
from tuneyard.recipes.downloads import mb
from tuneyard.runner.folder import read_json
from tuneyard.runner.problems import Problem


def main(_argv: list[str]) -> int:
    """1 when nothing was saved."""
    name = read_json(Path("job.json"))["name"]
    found = [model for run in runs.listed(RUNS) for model in runs.models(run)]
    for model in found:
        file = outputs.offer(model, name, OUTPUTS)
        say(f"{file.name}  {mb(file.stat().st_size)}")
    if found:
        return 0
    Problem(
        "The training has saved no model.",
        "outputs-missing",
        "save_every_n_epochs",
        "See the end of the log; then save more often, and resume.",
    ).tell()
    return 1
