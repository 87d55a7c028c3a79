import re
from pathlib import Path

import pytest

import jobs_by_hand
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.base import recipes
from tuneyard.recipes.script import older

SCRIPT = recipes()["script"]
LEGACY = SCRIPT.presets["piper-legacy"]
TO_FILL_IN = {
    "HF_DATASET_REPO_ID",
    "HF_UPLOAD_REPO_ID",
    "HF_UPLOAD_SESSION_ID",
    "HF_CHECKPOINT_NAME",
    "HF_CHECKPOINT_URL",
}


def test_hello_runs_anywhere(manager: Manager, tmp_path: Path) -> None:
    job = jobs.parse(SCRIPT.presets["hello"], tmp_path / "job.toml")
    folder = manager.start(job.changed({"gpus": 0}))
    state = jobs_by_hand.ended(folder)
    assert state["state"] == "succeeded"
    assert (state["progress"]["step"], state["figure"]) == (40, {"loss": 0.025})
    text = (folder.outputs / "model.txt").read_text()
    assert text == "trained for 40 steps, said ['--greeting', 'Hello there']\n"
    lines = SCRIPT.closing(folder.path, job.settings)
    assert lines == [f"Results:  {folder.outputs}", "          model.txt"]


def legacy(**environment: str) -> jobs.Job:
    job = jobs.parse(LEGACY, Path("/nowhere/job.toml"))
    return job.changed({"environment": {**job.settings["environment"], **environment}})


def test_the_older_script_lacks_what_only_its_user_knows() -> None:
    found = SCRIPT.rules.problems(legacy().settings, {}, {"gpus": 1})
    assert {problem.field for problem in found} == {"environment"}
    assert {problem.sentence.split()[0] for problem in found} == TO_FILL_IN
    filled = legacy(**dict.fromkeys(TO_FILL_IN, "x"))
    assert SCRIPT.rules.problems(filled.settings, {}, {"gpus": 1}) == []


def test_the_older_script_gets_all_that_it_asks_for_and_is_pinned() -> None:
    settings = legacy().settings
    assert set(settings["environment"]) == set(older.VARIABLES)
    pairs = dict(entry.split("=") for entry in settings["secrets"])
    assert pairs == older.TOKENS
    assert re.search("/[0-9a-f]{40}/piper_train_runpod.sh$", settings["address"])
    assert re.fullmatch("[0-9a-f]{64}", settings["sha256"])
    assert "kill" not in settings["address"] + settings["script"]


def test_the_older_script_runs_on_a_gpu_that_is_rented() -> None:
    job = legacy()
    assert job.compute.name == "runpod"
    assert SCRIPT.steps.plan({**job.model_dump(), "id": "x"}, {"gpus": 1}).needs.gpus == 1


@pytest.mark.parametrize("name", sorted(SCRIPT.presets))
def test_it_says_what_it_is_for_and_explains_each_line(name: str) -> None:
    text = SCRIPT.presets[name]
    assert text.startswith("# ")
    script = re.compile("'''.*?'''", re.DOTALL)
    for line in script.sub(
        "...  # its own lines explain themselves", text.partition("[settings]")[2]
    ).splitlines():
        if "=" in line.partition("#")[0]:
            assert "#" in line, line


@pytest.mark.parametrize("name", sorted(SCRIPT.presets))
def test_it_survives_being_written_out_again(name: str, tmp_path: Path) -> None:
    job = jobs.parse(SCRIPT.presets[name], tmp_path / "job.toml")
    assert jobs.parse(jobs.as_toml(job), tmp_path / "job.toml") == job


def test_the_guide_s_job_is_one(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs/guide/script.md").read_text(encoding="utf-8")
    job, patterns = re.findall("```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "my-project").mkdir()
    text = job.replace("[settings]\n", f"[settings]\n{patterns}")
    found = jobs.parse(text, tmp_path / "job.toml")
    assert SCRIPT.rules.problems(found.settings, found.results.model_dump(), {"gpus": 0}) == []
    names = re.findall(r"\| `(TUNEYARD_\w+)` \|", guide)
    assert len(names) > 3
    run = (Path(__file__).parents[3] / "src/tuneyard/recipes/script/run.py").read_text()
    assert [name for name in names if name not in run] == []
