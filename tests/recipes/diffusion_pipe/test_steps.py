import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tuneyard.jobs import job as jobs
from tuneyard.recipes.base import recipes
from tuneyard.recipes.diffusion_pipe import length, steps, travel
from tuneyard.recipes.diffusion_pipe.settings import Settings
from tuneyard.recipes.diffusion_pipe.trainer import layout
from tuneyard.runner.step import Plan, fingerprint

PRESETS = recipes()["diffusion-pipe"].presets


def a_job(repository: str = "", **changes: Any) -> dict[str, Any]:
    chosen = {"checkpoint_path": "/models/sdxl.safetensors", "directories": [{"path": "/data"}]}
    settings = Settings.model_validate({**chosen, **changes}).model_dump()
    results = {"repository": repository, "folder": "", "private": True}
    return {"id": "20261122-120000-v", "name": "My cat", "settings": settings, "results": results}


def plan(repository: str = "", **changes: Any) -> Plan:
    return steps.plan(a_job(repository, **changes), {"gpus": 1})


def test_the_steps_are_in_their_order() -> None:
    found = plan()
    assert [(step.name, step.phase) for step in found.steps] == [
        ("environment", "prepare"),
        ("vendor", "prepare"),
        ("prove", "prepare"),
        ("fetch-data", "prepare"),
        ("fetch-models", "prepare"),
        ("check-data", "prepare"),
        ("train", "train"),
        ("collect", "finish"),
        ("card", "finish"),
    ]
    assert plan("me/cat").steps[-1].name == "push"
    assert [step.name for step in found.steps if step.gpu] == ["train"]
    assert plan(gpus=4).needs.gpus == 4


def test_every_step_starts_what_is_there() -> None:
    """A step whose module has another name fails only when its turn comes."""
    package = Path(steps.__file__).parent
    begin = "tuneyard.recipes.diffusion_pipe."
    called = [step.command[3] for step in plan("me/cat").steps]
    called += [step.command[3] for step in saved_tasks("me/cat")]
    for name in called:
        if name != "tuneyard.runner.environment":
            path = package / f"{name.removeprefix(begin).replace('.', '/')}.py"
            assert "def main(" in path.read_text(), name


def test_what_is_fetched_for_all_jobs_is_shared_until_the_training() -> None:
    flux: dict[str, Any] = {
        "model": "flux",
        "diffusers_path": "hf:bfl/flux",
        "fuse_adapters": ["hf:me/one=0.5"],
    }
    shares = {step.name: step.shares for step in plan(**flux).steps}
    assert shares["fetch-models"] == {
        "models.json:diffusers_path": "train",
        "models.json:fuse_adapters": "train",
    }
    assert shares["fetch-data"] == {
        "data.json:directories": "train",
        "data.json:evaluation": "train",
    }
    assert shares["vendor"] == {"vendor.json:path": "train"}
    saves = {step.name: step.save for step in plan().steps if step.save}
    assert saves == {"train": str(layout.SAVE)}


def test_each_step_names_only_the_secrets_it_needs() -> None:
    def secrets(found: Plan) -> dict[str, list[str]]:
        named = {step.name: [secret.name for secret in step.secrets] for step in found.steps}
        return {name: names for name, names in named.items() if names}

    fetching = {"fetch-data": ["HF_READ_TOKEN"], "fetch-models": ["HF_READ_TOKEN"]}
    assert secrets(plan()) == fetching
    assert secrets(plan("me/cat", wandb=True)) == {
        **fetching,
        "train": ["WANDB_API_KEY"],
        "push": ["HF_WRITE_TOKEN"],
    }
    push = plan("me/cat").steps[-1]
    assert push.optional
    assert push.secrets[0].required


def test_a_stop_has_time_for_a_checkpoint_and_a_lora() -> None:
    (train,) = (step for step in plan().steps if step.gpu)
    assert train.stop.signal == "SIGTERM"
    assert train.stop.grace == 3600


def test_changed_settings_change_the_steps_that_they_concern() -> None:
    before = plan()
    everything = {"check-data", "train", "card"}
    for changes, changed in (
        ({"epochs": 7}, everything),
        ({"trainer_python": "/opt/python"}, {"environment", *everything}),
        ({"revision": "v1"}, {"vendor", *everything}),
        ({"checkpoint_path": "/models/other.safetensors"}, {"fetch-models", *everything}),
        ({"directories": [{"path": "/other"}]}, {"fetch-data", *everything}),
        ({"directories": [{"path": "/data", "num_repeats": 2}]}, everything),
    ):
        pairs = zip(before.steps, plan(**changes).steps, strict=True)
        assert {a.name for a, b in pairs if fingerprint(a) != fingerprint(b)} == changed


def test_the_trainers_cache_is_no_change_of_the_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.png").write_bytes(b"picture")

    def mark() -> str:
        return fingerprint(plan(directories=[{"path": str(data)}]).steps[3])

    before = mark()
    (data / "cache" / "sdxl").mkdir(parents=True)
    (data / "cache" / "sdxl" / "metadata.db").touch()
    assert mark() == before
    (data / "a.txt").write_text("a cat")
    assert mark() != before


def test_of_a_pods_image_the_torch_is_used() -> None:
    exact = steps.requirements({})
    assert "torch==2.13.0" in exact
    assert not any(line.startswith("#") for line in exact)
    loose = steps.requirements({"pod": True})
    assert [line for line in loose if line.startswith("torch")] == [
        "torch>=2.9,<3",
        "torch-optimi==0.3.3",
        "torchaudio<2.11",
        "torchsde==0.2.6",
        "torchvision",
    ]
    assert len(loose) == len(exact)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_shows_the_trainers_own_files(name: str, tmp_path: Path) -> None:
    job = jobs.parse(PRESETS[name], tmp_path / "job.toml")
    job = job.changed({"directories": [{"path": "/data"}, {"path": "hf:me/cats/more"}]})
    asked = {**a_job(), "settings": job.settings}
    files = steps.plan(asked, {"gpus": 1}).files
    main = tomllib.loads(files["work/config/job.toml"])
    data = tomllib.loads(files["work/config/dataset.toml"])
    assert main["model"]["type"] == job.settings["model"]
    assert main["output_dir"] == "${job}/work/train/runs"
    assert main["dataset"] == "${job}/work/config/dataset.toml"
    assert "hf:" not in files["work/config/job.toml"]
    places = [each["path"] for each in data["directory"]]
    assert places == ["/data", "${home}/cache/datasets/me--cats/…/more"]
    assert json.loads(files["work/settings.json"]) == job.settings


def test_sets_of_the_evaluation_have_files_of_their_own() -> None:
    entries = [
        {"name": "a", "path": "/a"},
        {"name": "b", "path": "/b"},
        {"name": "a", "path": "/c"},
    ]
    files = plan(evaluation=entries, wandb=True).files
    main = tomllib.loads(files["work/config/job.toml"])
    assert main["eval_datasets"] == [
        {"name": "a", "config": "${job}/work/config/eval-1.toml"},
        {"name": "b", "config": "${job}/work/config/eval-2.toml"},
    ]
    first = tomllib.loads(files["work/config/eval-1.toml"])
    assert [each["path"] for each in first["directory"]] == ["/a", "/c"]
    assert main["monitoring"]["wandb_tracker_name"] == "My cat"
    assert main["monitoring"]["wandb_api_key"] == ""


def test_settings_that_are_wrong_have_a_plan_without_these_files() -> None:
    found = plan(resolutions=["wide"])
    assert "work/settings.json" in found.files
    assert "work/config/job.toml" not in found.files


def test_the_disk_is_what_is_known() -> None:
    flux = {
        "model": "flux",
        "checkpoint_path": "",
        "diffusers_path": "hf:black-forest-labs/FLUX.1-dev",
    }
    assert plan().needs.disk_gb == 5.9
    assert plan(trainer_python="/opt/python").needs.disk_gb == 0
    assert plan(**flux).needs.disk_gb == 39.6
    assert "come on top" in plan().needs.source


def test_what_is_hidden_takes_no_disk() -> None:
    flux = "hf:black-forest-labs/FLUX.1-dev"
    assert plan(diffusers_path=flux).needs.disk_gb == 5.9
    assert plan(model="qwen_image", diffusers_path="", vae_path=flux).needs.disk_gb == 5.9


def test_the_gpu_must_have_what_is_documented() -> None:
    whole = plan(adapter="none")
    assert whole.needs.gpu_memory_gb == 48
    assert whole.needs.gpu_memory_source == "documented for all of the model"
    assert plan().needs.gpu_memory_gb is None
    assert "documented nowhere" in plan().needs.gpu_memory_source
    assert plan(gpu_memory_gb=12).needs.gpu_memory_gb == 12
    krea = {"model": "krea2", "diffusion_model": "/a", "vae": "/b", "text_encoder": "/c"}
    assert any("a higher rank" in note for note in plan(**krea, rank=64).notes)


def saved_tasks(repository: str) -> list[Any]:
    events: list[dict[str, Any]] = [
        {"event": "saved", "name": "epoch5", "file": "../outputs/my-cat-epoch5.safetensors"},
        {"event": "checkpoint", "step": 40, "path": "train/runs/20261122/global_step40"},
        {"event": "end", "step": 50},
    ]
    job = a_job(repository)
    return [step for event in events for step in steps.side_tasks(event, job)]


def test_what_is_saved_is_pushed_while_it_trains() -> None:
    assert saved_tasks("") == []
    saved, checkpoint = saved_tasks("me/cat")
    assert saved.command[-2:] == ("--saved", "../outputs/my-cat-epoch5.safetensors")
    assert checkpoint.command[-2:] == ("--checkpoint", "train/runs/20261122/global_step40")
    for step in (saved, checkpoint):
        assert step.secrets[0].name == "HF_WRITE_TOKEN"
        assert step.pushes == "itself"


def test_what_decides_speed_and_length_is_a_setting() -> None:
    assert set(steps.SPEED) | set(length.EPOCH) <= Settings.model_fields.keys()
    assert length.length({"epochs": 10, "max_steps": None}, 12) == (120, None)
    assert length.length({"epochs": 10, "max_steps": 50}, 12) == (50, None)
    assert length.length({"epochs": 10, "max_steps": 500}, 12) == (120, None)


def test_only_what_a_job_can_ask_for_travels() -> None:
    settings = a_job()["settings"]
    mine = travel.tables({**settings, "optimizer": "adamw8bitkahan"})
    assert mine["prepare/attention.txt"] == ""
    assert [row.partition("\t")[0] for row in mine["catalog/optimizers.tsv"].splitlines()] == [
        "name",
        "adamw8bitkahan",
    ]
    assert "#" not in mine["requirements.txt"]
    assert (
        "def flash_attn_varlen_func"
        in travel.tables({**settings, "model": "wan"})["prepare/attention.txt"]
    )
    named = travel.tables({**settings, "optimizer": "Prodigy"})["catalog/optimizers.tsv"]
    assert named.splitlines()[1].startswith("Prodigy\t")
    for known, tables in travel.cases():
        exact = travel.tables({**settings, **known, "model": "wan"})
        assert set(exact["catalog/optimizers.tsv"].splitlines()) <= set(
            tables["catalog/optimizers.tsv"].splitlines()
        )
        assert exact["prepare/attention.txt"] == tables["prepare/attention.txt"]


def test_every_requirement_is_an_exact_version() -> None:
    for line in steps.requirements({}):
        name, sign, version = line.partition("==")
        assert name
        assert sign == "=="
        assert version
