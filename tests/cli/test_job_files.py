import json
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from cli.calling import Tuneyard, write_job
from tuneyard.cli.job_files import _facts
from tuneyard.fields import tables
from tuneyard.jobs import job as jobs
from tuneyard.jobs.profiles import Defaults
from tuneyard.jobs.store import Store
from tuneyard.recipes.base import recipes


def test_new_writes_a_file_that_says_how_to_go_on(tuneyard: Tuneyard, tmp_path: Path) -> None:
    file = tmp_path / "my-toy.toml"
    ran = tuneyard("new", "toy", "-o", file)
    assert ran.code == 0
    assert f"tuneyard check {file}" in ran.out
    job = jobs.read(file)
    assert job.name == "my-toy"
    assert job.settings == recipes()["toy"].settings().model_dump()


@pytest.mark.parametrize("recipe", ["toy", "piper", "diffusion-pipe"])
def test_new_explains_every_setting(recipe: str, tuneyard: Tuneyard) -> None:
    text = tuneyard("new", recipe, "-o", "-").out
    model = recipes()[recipe].settings
    for name, field in model.model_fields.items():
        if name in tables(model):
            assert f"[[settings.{name}]]" in text
            explained(text.partition(f"[[settings.{name}]]")[2], tables(model)[name])
        assert field.description in text
    explained(text, model)


def explained(text: str, model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        if name not in tables(model):
            assert f"\n{name} = " in text or f"\n# {name} =" in text
        assert str(field.description) in text


@pytest.mark.parametrize("recipe", ["toy", "piper"])
def test_what_new_comments_out_are_the_defaults(recipe: str, tuneyard: Tuneyard) -> None:
    text = tuneyard("new", recipe, "-o", "-").out
    names = {*recipes()[recipe].settings.model_fields, "folder", "private"}
    lines = []
    for line in text.splitlines():
        name = line.removeprefix("# ").partition(" =")[0]
        unset = line.partition("#")[2].partition("#")[0].strip() == f"{name} ="
        lines.append(line.removeprefix("# ") if name in names and not unset else line)
    assert lines != text.splitlines()
    spelt_out, short = tomllib.loads("\n".join(lines)), tomllib.loads(text)
    base = Path("/data")
    assert jobs.build(spelt_out, base) == jobs.build(short, base)


def test_new_begins_with_one_row_to_be_filled_in(tuneyard: Tuneyard, tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    assert tuneyard("new", "diffusion-pipe", "-o", file).code == 0
    text = file.read_text()
    job = jobs.read(file)
    defaults = recipes()["diffusion-pipe"].settings().model_dump()
    assert job.settings == {**defaults, "directories": job.settings["directories"]}
    assert [row["path"] for row in job.settings["directories"]] == [""]
    assert "\n# [[settings.evaluation]]\n" in text
    assert '\n# name = ""    # at most 50 characters\n' in text
    # What matters for other models alone is there to be uncommented.
    assert '\ncheckpoint_path = ""\n' in text
    assert '\n# diffusers_path = ""\n' in text
    ran = tuneyard("check", file)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_new_fills_in_the_rows_of_a_profile(tuneyard: Tuneyard, home: Path) -> None:
    rows = [{"path": "/cats", "num_repeats": 2.0}, {"path": "/dogs", "caption_prefix": "sks, "}]
    settings = {"model": "flux", "directories": rows, "learning_rate": None}
    Store(home).profiles.put("cats", defaults=Defaults({"diffusion-pipe": settings}))
    text = tuneyard("new", "diffusion-pipe", "--profile", "cats", "-o", "-").out
    found = jobs.parse(text, Path("/x/job.toml")).settings
    assert [row["path"] for row in found["directories"]] == ["/cats", "/dogs"]
    assert found["directories"][0]["num_repeats"] == 2.0
    assert found["directories"][1]["caption_prefix"] == "sks, "
    assert (found["model"], found["learning_rate"]) == ("flux", None)
    assert '\ndiffusers_path = ""\n' in text
    assert "\n# checkpoint_path" in text
    preset = ("--preset", "sdxl", "--profile", "cats")
    again = jobs.parse(tuneyard("new", "diffusion-pipe", *preset, "-o", "-").out, Path("/x/j.toml"))
    for name, value in settings.items():
        assert again.settings[name] == found[name], value


def test_new_overwrites_nothing_unless_told(tuneyard: Tuneyard, tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text("mine")
    ran = tuneyard("new", "toy", "-o", file)
    assert ran.code == 2
    assert "is there already" in ran.err
    assert file.read_text() == "mine"
    assert tuneyard("new", "toy", "-o", file, "--force").code == 0
    assert jobs.read(file).name == "my-toy"


def test_new_can_begin_with_a_preset(tuneyard: Tuneyard) -> None:
    text = tuneyard("new", "toy", "--preset", "try", "-o", "-").out
    assert text == recipes()["toy"].presets["try"]
    ran = tuneyard("new", "toy", "--preset", "none", "-o", "-")
    assert (ran.code, "There are: try." in ran.err) == (2, True)
    assert tuneyard("new", "nothing", "-o", "-").code == 2


@pytest.mark.parametrize("preset", [[], ["--preset", "try"]])
def test_new_takes_over_an_older_scripts_variables(
    preset: list[str], tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPT", 'echo "old"')
    monkeypatch.setenv("REPO", "me/voice")
    monkeypatch.setenv("OLD_TOKEN", "hf_canary123")
    text = tuneyard("new", "toy", "--from-env", *preset, "-o", "-").out
    job = tomllib.loads(text)
    assert job["settings"]["script"] == 'echo "old"'
    assert job["results"] == {"repository": "me/voice"}
    assert "# OLD_TOKEN is set: it is used as HF_TOKEN." in text
    assert "hf_canary123" not in text


def test_a_variable_that_makes_no_sense_is_said(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOCHS", "many")
    ran = tuneyard("new", "toy", "--from-env", "-o", "-")
    assert ran.code == 2
    assert "EPOCHS is “many”, which is no whole number." in ran.err


def test_pipers_variables_become_a_job(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables = {"HF_DATASET_REPO_ID": "me/data", "LANGUAGE": "bn", "MAX_EPOCHS": "6200"}
    for name, value in {**variables, "PRECISION": "16", "HF_DATASET_TOKEN": "hf_secret99"}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "old.toml"
    assert tuneyard("new", "piper", "--from-env", "-o", file).code == 0
    settings = jobs.read(file).settings
    assert settings["dataset"] == "hf:me/data"
    assert settings["until_epoch"] == 6200
    assert settings["precision"] == "16-mixed"
    assert "hf_secret99" not in file.read_text()
    assert "HF_READ_TOKEN" in file.read_text()


def test_check_says_that_all_is_well_and_what_was_not_looked_at(
    tuneyard: Tuneyard, job_file: Path
) -> None:
    ran = tuneyard("check", job_file)
    assert ran.code == 0
    assert "Not checked: how it sounds: nobody listened" in ran.out
    assert "clips: 1,234" in ran.out
    assert "length: 1 min 38 s" in ran.out
    assert f"histogram, clips by seconds:\n       0  {'▇' * 15} 2\n" in ran.out
    assert ran.out.endswith("Nothing would stop the job.\n")


def test_check_names_field_sentence_and_next_step(tuneyard: Tuneyard, tmp_path: Path) -> None:
    file = write_job(tmp_path / "job.toml", "forbidden", size="large")
    ran = tuneyard("check", file)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"✕ {file}:5: That script is forbidden.",
        "  Write another.",
        f"! {file}:6: size: Large is slow.",
        "  Take small.",
    ]
    assert ran.out.endswith("1 problem would stop the job.\n")


def test_what_check_finds_wrong_names_its_line_in_a_row_too(
    tuneyard: Tuneyard, tmp_path: Path
) -> None:
    file = tmp_path / "job.toml"
    file.write_text(
        """recipe = "diffusion-pipe"
[settings]
model = "sdxl"
checkpoint_path = "hf:me/sdxl/sdxl.safetensors"
[[settings.directories]]
path = "hf:me/cats"
[[settings.directories]]
path = "/no/such/folder"
[[settings.evaluation]]
path = "hf:me/birds"
name = "train"
"""
    )
    found = json.loads(tuneyard("check", file, "--json").out)["problems"]
    places = {problem["field"]: problem["place"] for problem in found}
    assert places["directories.1.path"] == f"{file}:8"
    assert places["evaluation.0.name"] == f"{file}:11"


def test_check_tells_programs_the_same(tuneyard: Tuneyard, tmp_path: Path) -> None:
    file = write_job(tmp_path / "job.toml", "forbidden")
    ran = tuneyard("check", file, "--json")
    told = json.loads(ran.out)
    assert (ran.code, ran.err) == (2, "")
    assert told.keys() == {"ok", "problems", "not_checked", "facts"}
    assert not told["ok"]
    (problem,) = told["problems"]
    assert problem["field"] == "script"
    assert problem.keys() == {"sentence", "code", "field", "next_step", "severity", "place"}
    assert json.loads(tuneyard("check", write_job(file), "--json").out)["ok"]


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_every_mistake_in_a_file_is_named_with_its_line(
    command: str, tuneyard: Tuneyard, tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "job.toml"
    file.write_text('recipe = "toy"\n[settings]\nepochs = 0\nscirpt = "x"\n[compute]\nnane = 1\n')
    ran = tuneyard(command, file)
    assert ran.code == 2
    assert f"✕ {file}:3: " in ran.err
    assert f"✕ {file}:4: There is no setting “settings.scirpt”." in ran.err
    assert "Did you mean script?" in ran.err
    assert f"✕ {file}:6: " in ran.err
    assert not (home / "jobs").exists()


@pytest.mark.parametrize(
    ("out", "said"), [("none/job.toml", "There is no folder "), (".", " is a folder.")]
)
def test_where_no_file_can_be_made_nothing_is(
    tuneyard: Tuneyard, tmp_path: Path, out: str, said: str
) -> None:
    ran = tuneyard("new", "piper", "--force", "-o", tmp_path / out)
    assert ran.code == 2
    assert said in ran.err
    assert " -o" in ran.err


def test_a_file_that_is_not_there_is_wrong_input(tuneyard: Tuneyard, tmp_path: Path) -> None:
    ran = tuneyard("check", tmp_path / "none.toml", "--json")
    assert ran.code == 2
    assert "There is no file" in ran.err


def test_plan_shows_steps_needs_and_files_and_starts_nothing(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    ran = tuneyard("plan", job_file)
    assert ran.code == 0
    assert "$ sh -c 'echo hello'" in ran.out
    assert "counted on fingers" in ran.out
    assert "work/epochs.txt" in ran.out
    assert list(home.iterdir()) == []


def test_plan_tells_programs_every_file(tuneyard: Tuneyard, job_file: Path) -> None:
    plan = json.loads(tuneyard("plan", job_file, "--json").out)
    assert plan["files"] == {"work/epochs.txt": "1\n"}
    assert [step["name"] for step in plan["steps"]] == ["ready", "train", "export", "card"]
    assert plan["needs"]["source"] == "counted on fingers"


def test_plan_says_what_would_keep_it_from_starting(tuneyard: Tuneyard, tmp_path: Path) -> None:
    ran = tuneyard("plan", write_job(tmp_path / "job.toml", "forbidden"))
    assert ran.code == 0
    assert "✕ That script is forbidden." in ran.err


def test_plan_can_be_made_for_another_place(tuneyard: Tuneyard, job_file: Path) -> None:
    ran = tuneyard("plan", job_file, "--compute", "moon")
    assert ran.code == 2
    assert "There is no compute “moon”." in ran.err
    assert tuneyard("plan", job_file, "--compute", "local").code == 0


def test_facts_as_tables_are_drawn_under_their_heads() -> None:
    table = {
        "title": "Buckets",
        "columns": ["size", "pictures", "note"],
        "rows": [["512×512", 1234, "all"], ["768×512", 7, None], ["1\x1b[2J", 0.5, True]],
        "note": "2 are dropped.",
    }
    assert list(
        _facts({"tables": [table], "steps": 1234, "memory": "a few words", "disk": "A sentence."})
    ) == [
        "",
        "Buckets:",
        "  size      pictures  note",
        "  512×512      1,234  all",
        "  768×512          7",
        "  1\\x1b[2J       0.5  True",
        "  2 are dropped.",
        "steps: 1,234",
        "memory: a few words",
        "A sentence.",
    ]


def test_a_table_without_rows_is_its_heads() -> None:
    table = {"title": "Dropped", "columns": ["file", "why"], "rows": [], "note": ""}
    assert list(_facts({"tables": [table]})) == ["", "Dropped:", "  file  why"]
