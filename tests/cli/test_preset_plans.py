"""Every preset for pictures and clips, from `new` to `plan`, as a newcomer would go."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import toml

from cli.calling import Tuneyard
from pictures import pictures
from recipes.diffusion_pipe import trainer_keys
from tuneyard.jobs import job as job_files
from tuneyard.jobs import menu
from tuneyard.jobs.remote.terms import planning
from tuneyard.jobs.store import Store
from tuneyard.recipes.base import recipes
from tuneyard.runner import gpus

PRESETS = tuple(recipes()["diffusion-pipe"].presets)
LEAST = {name: 48 if name.endswith("48gb") else 24 for name in PRESETS}

STEPS = [
    *("environment", "vendor", "prove", "fetch-data", "fetch-models", "check-data"),
    *("train", "collect", "card"),
]
NO_SETTING_OF_THE_TRAINER = {"gpu_memory_gb", "expandable_segments"}


@pytest.fixture
def job_file(
    request: pytest.FixtureRequest,
    tuneyard: Tuneyard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A preset's file with a folder of pictures filled in, as `new` writes it."""
    monkeypatch.setenv(gpus.FAKE, "GPU-0")
    pictures(tmp_path / "cups", (64, 64), of_each=4)
    file = tmp_path / "job.toml"
    made = tuneyard("new", "diffusion-pipe", "--preset", request.param, "-o", file)
    assert made.code == 0, made.err
    text = file.read_text()
    assert text.count('\npath = ""') == 1
    file.write_text(text.replace('\npath = ""', '\npath = "cups"'))
    return file


@pytest.mark.parametrize(("job_file", "least"), LEAST.items(), indirect=["job_file"], ids=PRESETS)
def test_a_preset_becomes_a_plan(job_file: Path, least: int, tuneyard: Tuneyard) -> None:
    checked = tuneyard("check", job_file, "--json")
    problems = json.loads(checked.out)["problems"]
    errors = {each["code"] for each in problems if each["severity"] == "error"}
    assert errors <= {"disk", "system"}  # which may be wrong of the computer that runs this test

    ran = tuneyard("plan", job_file, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [step["name"] for step in found["steps"]] == STEPS
    assert found["needs"]["gpus"] == 1
    assert found["needs"]["gpu_memory_gb"] == least
    asked = tomllib.loads(job_file.read_text())["settings"]
    said = found["needs"]["gpu_memory_source"]
    assert said.startswith("as its setting" if "gpu_memory_gb" in asked else "documented for")
    assert found["needs"]["disk_gb"] > 10
    assert found["needs"]["source"]

    main = toml.loads(found["files"]["work/config/job.toml"])
    assert all_keys_are_read(main, asked["model"])
    for name, value in asked.items():
        assert_is_told(main, name, value)
    data = toml.loads(found["files"]["work/config/dataset.toml"])
    assert data.keys() <= trainer_keys.DATASET
    assert data["resolutions"] == [int(each) for each in asked["resolutions"]]
    assert data.get("frame_buckets") == asked.get("frame_buckets")
    (folder,) = data["directory"]
    assert folder.keys() <= trainer_keys.DIRECTORY
    assert folder["path"] == str(job_file.parent / "cups")


@pytest.mark.parametrize(("preset", "least"), LEAST.items())
def test_a_preset_is_rented_no_smaller_gpu(preset: str, least: int, home: Path) -> None:
    job = job_files.placed(menu.preset(recipes()["diffusion-pipe"].presets[preset]), "runpod")
    offers = planning.offered(job, Store(home))["offers"]
    fitting = [offer["memory_gb"] for offer in offers if offer["fits"]]
    assert min(fitting) == least
    small = [offer["why"] for offer in offers if offer["memory_gb"] < least]
    assert small
    assert all(f"the job needs {least} GB (" in why for why in small)


def all_keys_are_read(main: dict[str, Any], model: str) -> bool:
    return (
        main.keys() <= trainer_keys.MAIN | {"output_dir", "dataset"}
        and main["model"].keys() <= trainer_keys.MODELS[model] | {"type", "dtype"}
        and main.get("adapter", {}).keys() <= trainer_keys.ADAPTER["lora"]
    )


def assert_is_told(main: dict[str, Any], name: str, value: Any) -> None:
    """A setting of the job stands where the trainer reads it."""
    if name in NO_SETTING_OF_THE_TRAINER | {"directories", "resolutions", "frame_buckets"}:
        return
    if name == "adapter":
        assert "adapter" not in main
        return
    if name == "text_encoder":
        (encoder,) = main["model"]["text_encoders"]
        assert encoder["path"].startswith("${home}/models/")
        return
    table, key = {
        "model": ("model", "type"),
        "rank": ("adapter", "rank"),
        "optimizer": ("optimizer", "type"),
        "learning_rate": ("optimizer", "lr"),
    }.get(name, ("model" if name in main["model"] else "", name))
    told = (main[table] if table else main)[key]
    if str(value).startswith(("hf:", "['hf:")):
        assert "${home}/models/" in str(told)
    else:
        assert told == value
