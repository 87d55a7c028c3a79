import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

import tuneyard
from tuneyard.jobs import job
from tuneyard.recipes.diffusion_pipe import check, rules

EXAMPLE = Path(tuneyard.__file__).parents[2] / "examples" / "first-lora"
PICTURES = EXAMPLE / "pictures"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE / "make.py"))


@pytest.fixture
def settings() -> dict[str, Any]:
    """As the job file has them, with its paths made absolute."""
    return job.read(EXAMPLE / "job.toml").settings


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in EXAMPLE.rglob("*") if file.is_file()) < 300_000


def test_its_job_is_complete_and_its_data_has_no_problem(settings: dict[str, Any]) -> None:
    written = tomllib.loads((EXAMPLE / "job.toml").read_text("utf-8"))
    assert (written["format"], written["recipe"]) == (1, "diffusion-pipe")
    assert [each["path"] for each in settings["directories"]] == [str(PICTURES)]

    report = check.check(settings)

    results = {"repository": "", "folder": "", "private": True}
    assert rules.problems(settings, results, {"gpus": 1}) == []
    assert report.problems == []
    assert report.not_checked == []


def test_it_counts_what_its_readme_and_the_guide_say(settings: dict[str, Any]) -> None:
    facts = check.check(settings).facts

    assert (facts["items"], facts["steps_per_epoch"], facts["steps"]) == (60, 60, 1200)
    (table,) = facts["tables"]
    assert sorted(table["rows"]) == [
        ["1024 × 1024", 20, 1, 20, 0],
        ["1296 × 816", 25, 1, 25, 0],
        ["816 × 1296", 15, 1, 15, 0],
    ]
    guide = (EXAMPLE.parents[1] / "docs" / "guide" / "first-lora.md").read_text("utf-8")
    for size, items, batch, steps, left in table["rows"]:
        assert f"  {size:<11}  {items:>5}  {batch:>5}  {steps:>5}  {left:>9}\n" in guide


def test_the_pictures_and_captions_are_those_that_its_script_makes(script: dict[str, Any]) -> None:
    made = list(enumerate(script["PICTURES"], start=1))
    assert {file.name for file in PICTURES.iterdir()} == {
        f"{number:02}.{kind}" for number, _ in made for kind in ("png", "txt")
    }
    for number, picture in made:
        assert (PICTURES / f"{number:02}.txt").read_text(
            "utf-8"
        ) == f"{script['caption'](picture)}\n"
    number, picture = made[4]
    with Image.open(PICTURES / f"{number:02}.png") as kept:
        assert ImageChops.difference(kept, script["drawn"](picture, number)).getbbox() is None
