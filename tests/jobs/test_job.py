import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuneyard.errors import NotFound, WrongInput
from tuneyard.jobs import job as jobs
from tuneyard.recipes.base import recipes
from tuneyard.runner.problems import Problem

GOOD = 'recipe = "piper"\n[settings]\ndataset = "data"\n'
FILE = Path("/somewhere/job.toml")


def problems(text: str) -> list[tuple[str, str]]:
    """Code and place of what is wrong with a file of this text."""
    with pytest.raises(WrongInput) as caught:
        jobs.parse(text, FILE)
    return [(problem.code, problem.place) for problem in caught.value.problems]


def test_a_file_is_read_with_defaults_filled_in() -> None:
    job = jobs.parse(GOOD, FILE)
    assert job.settings.keys() == recipes()["piper"].settings.model_fields.keys()
    assert job.settings["epochs"] == 500
    assert (job.format, job.compute.name, job.results.private) == (1, "local", True)


def test_paths_are_relative_to_the_file_and_names_stay(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "job.toml"

    def read(dataset: str) -> Any:
        return jobs.parse(f"recipe = 'piper'\n[settings]\ndataset = '{dataset}'", file).settings[
            "dataset"
        ]

    assert read("data") == str(tmp_path / "data")
    assert read(".") == str(tmp_path)
    assert read("../x") == str(tmp_path.parent / "x")
    for name in ("hf:owner/name", "https://host/x.zip", "/data", ""):
        assert read(name) == name


def test_each_mistake_names_its_line() -> None:
    text = 'format = 2\nrecipe = "piper"\nname = 7\nextra = 1\n[settings]\nepoch = 1\nquality = "best"\n'
    places = {place for _, place in problems(text)}
    assert places == {f"{FILE}:{line}" for line in (1, 3, 4, 6, 7)}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('recipe = "piper\n', "toml", ":1"),
        ("recipe\n", "toml", ":1"),
        ('a = 1\nrecipe = "piper"\na = 2\n', "toml", ":3"),
        ('recipe = "piper"\n[settings]\nepochs = 1\nepochs = 2\n[compute]\n', "toml", ""),
        ('recipe = "pipr"\n', "unknown-recipe", ":1"),
        ("", "missing", ""),
        ('recipe = "piper"\n[compute]\nname = "moon"\n', "unknown-compute", ":3"),
        ("recipe = 3\n", "string_type", ":1"),
        ('recipe = "piper"\nsettings = 3\n', "dict_type", ":2"),
    ],
)
def test_a_wrong_file_is_refused_in_words(text: str, code: str, line: str) -> None:
    found = problems(text)
    assert code in {each for each, _ in found}
    assert all(place.startswith(str(FILE)) for _, place in found)
    assert any(place.endswith(f"{FILE.name}{line}") for _, place in found)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.toml"):
        jobs.read(tmp_path / "none.toml")
    odd = tmp_path / "odd.toml"
    for content in (b"\xff\xfe", b"x" * ((1 << 20) + 1)):
        odd.write_bytes(content)
        with pytest.raises(WrongInput, match=r"odd\.toml"):
            jobs.read(odd)
    with pytest.raises(WrongInput, match=str(tmp_path)):
        jobs.read(tmp_path)


def test_a_misspelt_setting_is_guessed() -> None:
    with pytest.raises(WrongInput) as caught:
        jobs.parse(GOOD + "batchsize = 2\n", FILE)
    assert caught.value.next_step == "Did you mean batch_size?"


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("epochs=20", "epochs", 20),
        ("settings.epochs = 20", "settings.epochs", 20),
        ("language=en-us", "language", "en-us"),
        ('language="en-us"', "language", "en-us"),
        ("sentences=['a', 'b']", "sentences", ["a", "b"]),
        ("trim_silence=false", "trim_silence", False),
        ("max_hours=", "max_hours", None),
        ("base=https://x/y?a=b", "base", "https://x/y?a=b"),
    ],
)
def test_an_override_is_toml_or_else_text(text: str, path: str, value: Any) -> None:
    assert jobs.override(text) == (path, value)


def test_overrides_reach_settings_results_and_name() -> None:
    job = jobs.parse(GOOD, FILE)
    changed = job.changed({"epochs": 3, "results.folder": "x", "name": "other"})
    assert (changed.settings["epochs"], changed.results.folder, changed.name) == (3, "x", "other")
    assert job.settings["epochs"] == 500


@pytest.mark.parametrize("path", ["nothing", "a.b", "results.x", "settings.a.b", "", ".", "format"])
def test_an_override_of_what_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(WrongInput):
        jobs.parse(GOOD, FILE).changed({path: 1})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["format", "recipe", "name", "settings", "compute", "results", "x"])
SETTINGS = st.dictionaries(
    st.sampled_from([*recipes()["piper"].settings.model_fields, "x"]), VALUES, max_size=4
)


def accepted(make: Callable[[], jobs.Job]) -> jobs.Job | None:
    """A job, or None if it was refused with at least one problem, each with a sentence."""
    job, refused = tried(make)
    if job is None:
        assert refused
    assert all(problem.sentence and problem.code for problem in refused)
    return job


def tried(make: Callable[[], jobs.Job]) -> tuple[jobs.Job | None, list[Problem]]:
    try:
        return make(), []
    except WrongInput as wrong:
        return None, wrong.problems


@given(st.text(max_size=200))
def test_any_text_is_a_job_or_refused_with_its_place(text: str) -> None:
    _, refused = tried(lambda: jobs.parse(text, FILE))
    assert all(problem.place.startswith(str(FILE)) for problem in refused)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_data_is_a_job_or_refused(data: dict[str, Any]) -> None:
    accepted(lambda: jobs.build(data, Path("/base")))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SETTINGS)
def test_any_settings_are_taken_or_refused_and_stay_json(chosen: dict[str, Any]) -> None:
    job = accepted(lambda: jobs.build({"recipe": "piper", "settings": chosen}, Path("/base")))
    if job is not None:
        json.dumps(job.model_dump(), allow_nan=False)


@given(st.text(max_size=60))
def test_any_override_is_taken_or_refused(text: str) -> None:
    accepted(lambda: jobs.parse(GOOD, FILE).changed(dict([jobs.override(text)])))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SETTINGS, st.text(max_size=100))
def test_a_written_job_file_makes_the_same_job(chosen: dict[str, Any], name: str) -> None:
    job, _ = tried(
        lambda: jobs.build({"recipe": "piper", "name": name, "settings": chosen}, Path("/base"))
    )
    if job is not None:
        assert jobs.parse(jobs.as_toml(job), FILE) == job


def test_a_written_job_file_is_short() -> None:
    job = jobs.build({"recipe": "piper", "settings": {"dataset": "/data", "seed": 7}})
    written = tomlkit.parse(jobs.as_toml(job)).unwrap()
    assert written["settings"]["seed"] == 7
    assert written["settings"]["epochs"] == 500  # basic: written even if it is the default
    assert "learning_rate" not in written["settings"]
    assert written["results"] == {"repository": ""}


def test_a_mark_that_an_editor_left_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text('recipe = "script"\nsettings.script = "true"\n', encoding="utf-8-sig")
    assert jobs.read(file).recipe == "script"


def test_a_file_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text('recipe = "script"\n', encoding="utf-16")
    with pytest.raises(
        WrongInput, match=r"job\.toml: The file is not written in UTF-8\."
    ) as caught:
        jobs.read(file)
    assert "UTF-8" in caught.value.next_step
