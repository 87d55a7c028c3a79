"""Job files whose settings have lists of tables: read, changed, refused at their line, written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipes.diffusion_pipe import asked_settings
from tuneyard.errors import WrongInput
from tuneyard.jobs import job as jobs
from tuneyard.runner.problems import Problem

FILE = Path("/somewhere/job.toml")

GOOD = """recipe = "diffusion-pipe"
[settings]
model = "sdxl"
checkpoint_path = "/models/sdxl.safetensors"
resolutions = ["768"]

[[settings.directories]]
path = "/cats"

[[settings.directories]]  # the second
path = "/dogs"
resolutions = ["512"]

[[settings.evaluation]]
name = "held back"
path = "/birds"
"""


def parsed(text: str = GOOD, file: Path = FILE) -> jobs.Job:
    return jobs.parse(text, file)


def refused(text: str) -> list[Problem]:
    with pytest.raises(WrongInput) as caught:
        parsed(text)
    return caught.value.problems


def test_rows_are_read_and_each_completed() -> None:
    job = parsed()
    cats, dogs = job.settings["directories"]
    assert (cats["path"], cats["resolutions"], cats["num_repeats"]) == ("/cats", None, None)
    assert (dogs["path"], dogs["resolutions"]) == ("/dogs", ["512"])
    assert job.settings["evaluation"][0]["name"] == "held back"
    assert job.settings["resolutions"] == ["768"]
    json.dumps(job.model_dump(), allow_nan=False)


def test_paths_in_rows_and_lists_are_relative_to_the_file_and_names_stay(tmp_path: Path) -> None:
    for name in ("cats", "masks"):
        (tmp_path / name).mkdir()
    text = """recipe = "diffusion-pipe"
[settings]
model = "flux"
diffusers_path = "./model"
fuse_adapters = ["../one.safetensors", "hf:me/two"]
[[settings.directories]]
path = "cats"
mask_path = "masks"
caption_prefix = "cats"
[[settings.directories]]
path = "hf:me/dogs"
[[settings.evaluation]]
path = "../birds"
name = "masks"
"""
    found = parsed(text, tmp_path / "job.toml").settings
    first, second = found["directories"]
    assert (first["path"], first["mask_path"]) == (f"{tmp_path}/cats", f"{tmp_path}/masks")
    assert first["caption_prefix"] == "cats"
    assert second["path"] == "hf:me/dogs"
    (birds,) = found["evaluation"]
    assert (birds["path"], birds["name"]) == (str(tmp_path.parent / "birds"), "masks")
    assert found["diffusers_path"] == f"{tmp_path}/model"
    assert found["fuse_adapters"][1] == "hf:me/two"


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ('path = "/dogs"', "path = 3.5\nnum_repeats = -1", "greater_than", 12),
        ('path = "/dogs"', 'pth = "/dogs"', "extra_forbidden", 11),
        ('path = "/cats"', 'num_repeats = "often"', "float_parsing", 8),
        ('name = "held back"', f'name = "{"x" * 51}"', "string_too_long", 15),
        ('resolutions = ["768"]', "resolutions = 1979-05-27", "list_type", 5),
        ('resolutions = ["512"]', "resolutions = 1979-05-27", "list_type", 12),
        ('model = "sdxl"', 'model = "sdx"', "literal_error", 3),
        ('model = "sdxl"', "path = 1", "extra_forbidden", 3),
    ],
)
def test_a_mistake_in_a_row_names_its_own_line(
    before: str, after: str, code: str, line: int
) -> None:
    assert before in GOOD
    (problem,) = (each for each in refused(GOOD.replace(before, after)) if each.code == code)
    assert problem.place == f"{FILE}:{line}"


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("directories.0.path", 8),
        ("settings.directories.1.path", 11),
        ("directories.1.resolutions.0", 12),
        ("directories.1.mask_path", 10),  # it should be there: the row's head
        ("directories.0", 7),
        ("evaluation.0.path", 16),
        ("resolutions", 5),
        ("resolutions.0", 5),
        ("checkpoint_path", 4),
        ("directories.2.path", None),
        ("path", None),  # of a row alone
        ("settings", None),
        ("", None),
    ],
)
def test_what_a_rule_finds_in_a_row_is_placed_there(field: str, line: int | None) -> None:
    found = jobs._placed(Problem("Wrong.", "wrong", field), GOOD, FILE)
    assert found.place == (f"{FILE}:{line}" if line else str(FILE))


def test_rows_in_one_line_are_placed_at_it() -> None:
    text = GOOD.partition("[[")[0] + 'directories = [{path = "/cats"}, {pth = "/dogs"}]\n'
    (problem,) = refused(text)
    assert problem.field == "settings.directories.1.pth"
    assert problem.place == f"{FILE}:7"


def test_a_misspelt_setting_of_a_row_is_guessed_among_those_of_a_row() -> None:
    (problem,) = refused(GOOD.replace('path = "/dogs"', 'mask_pth = "/dogs"'))
    assert problem.next_step == "Did you mean mask_path?"


def test_overrides_reach_into_rows_and_add_one() -> None:
    job = parsed()
    changed = job.changed(
        dict(
            map(
                jobs.override,
                (
                    "directories.0.path=/kittens",
                    "settings.directories.1.num_repeats=3",
                    "directories.2.path=hf:me/birds",
                    "evaluation.0.name=seen",
                    "resolutions.1=1024",
                ),
            )
        )
    )
    found = changed.settings
    assert [each["path"] for each in found["directories"]] == ["/kittens", "/dogs", "hf:me/birds"]
    assert found["directories"][1]["num_repeats"] == 3
    assert found["directories"][1]["resolutions"] == ["512"]
    assert found["evaluation"][0]["name"] == "seen"
    assert found["resolutions"] == ["768", "1024"]
    assert job == parsed()
    emptied = changed.changed({"directories.1.num_repeats": None, "evaluation": []})
    assert emptied.settings["directories"][1]["num_repeats"] is None
    assert emptied.settings["evaluation"] == []


@pytest.mark.parametrize(
    "path",
    [
        *("directories.7.path", "directories.-1.path", "directories.first.path", "directories."),
        *("directories.0.nothing", "directories.path", "nothing.0.path", "directories.²"),
    ],
)
def test_a_place_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(WrongInput) as caught:
        parsed().changed({path: "/x"})
    assert caught.value.sentence


def test_a_written_job_file_is_short() -> None:
    written = jobs.as_toml(parsed())
    head, _, rows = written.partition("[[settings.directories]]")
    assert 'resolutions = ["768"]' in head
    assert "min_ar" not in written
    # Basic ones of a row that are not set have no word in TOML; the others are defaults.
    assert rows.split("[[settings.directories]]")[0].strip() == 'path = "/cats"'
    assert jobs.parse(written, FILE) == parsed()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(asked_settings.settings, st.text(max_size=100))
def test_a_written_job_file_makes_the_same_job(chosen: dict[str, Any], name: str) -> None:
    job = jobs.build({"recipe": "diffusion-pipe", "name": name, "settings": chosen}, Path("/base"))
    assert jobs.parse(jobs.as_toml(job), FILE) == job
