import tomllib
from pathlib import Path

import pytest

import tuneyard
from tuneyard.recipes.piper import check
from tuneyard.recipes.piper.dataset.metadata import read_metadata
from tuneyard.recipes.piper.settings import Settings

EXAMPLE = Path(tuneyard.__file__).parents[2] / "examples" / "first-voice"


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in EXAMPLE.rglob("*") if file.is_file()) < 1_500_000


def test_its_job_has_valid_settings_and_its_data_no_problem() -> None:
    job = tomllib.loads((EXAMPLE / "job.toml").read_text("utf-8"))
    settings = Settings(**job["settings"]).model_dump()

    report = check.check(settings, dataset=EXAMPLE)

    assert (job["format"], job["recipe"], job["compute"]["name"]) == (1, "piper", "local")
    assert [problem.code for problem in report.problems] == ["data-little"]
    assert report.not_checked == []
    assert report.facts["clips"] == 32
    assert report.facts["seconds"] == pytest.approx(100, abs=5)
    assert report.facts["sample_rates"] == {"22050": 32}


def test_it_says_what_it_is() -> None:
    text = (EXAMPLE / "README.md").read_text("utf-8")

    assert "robot speech" in text
    assert "prove the pipeline, not the voice" in text


def test_the_clips_are_those_that_its_script_speaks() -> None:
    script = (EXAMPLE / "make.py").read_text("utf-8")
    rows = read_metadata(EXAMPLE, "single").rows

    assert [row.file for row in rows] == [f"wavs/{n:02}.ogg" for n in range(1, 33)]
    assert all(f'"{row.text}"' in script for row in rows)
