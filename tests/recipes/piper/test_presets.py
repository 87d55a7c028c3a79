from pathlib import Path

import pytest

from tuneyard.jobs import job as jobs
from tuneyard.recipes.base import recipes

PIPER = recipes()["piper"]


def test_there_is_one_for_each_usual_wish() -> None:
    assert set(PIPER.presets) == {
        "first-voice",
        "fine-tune-medium",
        "from-scratch-medium",
        "several-speakers",
    }


@pytest.mark.parametrize("name", sorted(PIPER.presets))
@pytest.mark.parametrize("gpus", [0, 1])
def test_nothing_is_wrong_with_it_once_a_dataset_is_named(
    name: str, gpus: int, tmp_path: Path
) -> None:
    job = jobs.parse(PIPER.presets[name], tmp_path / "job.toml").changed({"dataset": str(tmp_path)})
    assert PIPER.rules.problems(job.settings, job.results.model_dump(), {"gpus": gpus}) == []


@pytest.mark.parametrize("name", sorted(PIPER.presets))
def test_it_says_what_it_is_for_and_explains_each_line(name: str) -> None:
    text = PIPER.presets[name]
    assert text.startswith("# ")
    body = text.partition("[settings]")[2]
    for line in body.splitlines():
        if "=" in line.partition("#")[0]:
            assert "#" in line, line


@pytest.mark.parametrize("name", sorted(PIPER.presets))
def test_what_it_leaves_commented_can_be_taken_in(name: str, tmp_path: Path) -> None:
    lines = [
        line[2:] if line.startswith("# ") and ("= " in line or line == "# [results]") else line
        for line in PIPER.presets[name].splitlines()
    ]
    jobs.parse("\n".join(lines), tmp_path / "job.toml")
