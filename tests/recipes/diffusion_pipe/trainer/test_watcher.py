"""What is told of a training's folders. Whole trainings are in test_trainings."""

from pathlib import Path

import pytest

from tuneyard.recipes.diffusion_pipe.trainer import layout, runs, watcher
from tuneyard.recipes.diffusion_pipe.trainer.extent import Extent
from tuneyard.recipes.diffusion_pipe.trainer.preparing import Preparing
from tuneyard.recipes.diffusion_pipe.trainer.runs import Model
from tuneyard.runner.folder import read_lines

STEP = "steps: {} loss: 0.5 iter time (s): 0.1 samples/sec: 10.0\n"


def test_a_model_is_of_the_step_before_which_it_was_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer may print steps and save a model between two looks at one thing."""
    work = tmp_path / "work"
    run = work / layout.RUNS / "20261122_10-00-00"
    run.mkdir(parents=True)
    (tmp_path / "outputs").mkdir()
    monkeypatch.chdir(work)
    layout.LOG.touch()
    watched = watcher.Watcher("Cups", Extent(8, 3, None, examples=False), Preparing(), run)

    def saved_meanwhile(_run: Path) -> list[Model]:
        file = run / "epoch1" / "adapter_model.safetensors"
        file.parent.mkdir()
        file.write_bytes(b"weights")
        with layout.LOG.open("a") as log:
            log.write(STEP.format(8) + "Started new epoch: 2\n")
        return [Model(file.parent, file, "epoch", 1)]

    with layout.LOG.open("a") as log:
        log.write(STEP.format(7))
    monkeypatch.setattr(runs, "models", saved_meanwhile)
    watched.look()
    (saved,) = (e for e in read_lines(layout.EVENTS) if e["event"] == "saved")
    assert (saved["name"], saved["step"]) == ("epoch1", 8)
