import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import toml

from recipes.diffusion_pipe import trainer_keys
from recipes.diffusion_pipe.read_back import dataset, main
from tuneyard.jobs import job as jobs
from tuneyard.recipes.base import purpose
from tuneyard.recipes.diffusion_pipe import recipe, rules
from tuneyard.recipes.diffusion_pipe.at_home import disk, memory
from tuneyard.recipes.diffusion_pipe.files.named import paths
from tuneyard.recipes.diffusion_pipe.files.sizes import ENVIRONMENT
from tuneyard.recipes.diffusion_pipe.settings import Settings

PRESETS = sorted(recipe.presets)
FOLDER = "/data/pictures"


def settings(name: str) -> dict[str, Any]:
    """As a job would hold them, with a dataset named."""
    table = tomllib.loads(recipe.presets[name])["settings"]
    table["directories"][0]["path"] = FOLDER
    return Settings(**table).model_dump()


def test_there_is_one_for_each_usual_wish_the_easiest_first() -> None:
    assert list(recipe.presets) == [
        *("sdxl", "z-image-turbo", "flux-dev", "qwen-image-24gb"),
        *("wan-2.1-1.3b", "wan-2.1-14b-24gb", "wan-2.2-low-noise", "wan-2.2-high-noise"),
        *("hunyuan-video-24gb", "sdxl-full-48gb"),
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_it_says_what_is_fetched_and_whether_a_token_is_needed(name: str) -> None:
    about = " ".join(
        line.strip("# ") for line in recipe.presets[name].split("\n\n")[0].splitlines()
    )
    assert re.search(r"\d GB to fetch", about)
    assert ("gated" in about) == (name == "flux-dev")
    assert ("no token needed" in about) == (name != "flux-dev")
    assert "license" in about
    (size,) = re.findall(r"([\d.]+) GB to fetch", about)
    fetched, _ = disk.needed({**settings(name), "adapter": "lora"})
    assert fetched == pytest.approx(float(size) + ENVIRONMENT["cuda"])


def test_a_full_training_says_what_it_keeps_on_the_disk() -> None:
    whole = settings("sdxl-full-48gb")
    kept = disk.needed(whole)[0] - disk.needed({**whole, "adapter": "lora"})[0]
    assert f"saved models take {kept:.0f} GB of the disk" in recipe.presets["sdxl-full-48gb"]


@pytest.mark.parametrize("name", PRESETS)
def test_what_it_says_of_the_memory_is_what_is_reckoned(name: str) -> None:
    chosen = settings(name)
    known, source = memory.needed({**chosen, "gpu_memory_gb": None})
    said = re.search(r"gpu_memory_gb = (\d+) .* alone take\w* ([\d.]+) GB", recipe.presets[name])
    assert (said is None) == source.startswith("documented")
    if said:
        assert float(said[2]) == known
        assert known < float(said[1]) == chosen["gpu_memory_gb"]
    else:
        assert "a rented GPU has that at least" in recipe.presets[name].replace("\n# ", " ")
        assert f"{known} GB" in recipe.presets[name]
    assert not list(memory.notes(chosen))


@pytest.mark.parametrize("name", PRESETS)
def test_nothing_is_wrong_with_it_once_a_dataset_is_named(name: str) -> None:
    loud = ["full"] if name == "sdxl-full-48gb" else []
    for place in ({"gpus": 1}, {"gpus": 1, "pod": True}):
        found = rules.problems(settings(name), {}, place)
        assert [problem.code for problem in found] == loud


@pytest.mark.parametrize("name", PRESETS)
def test_without_a_dataset_that_alone_is_wrong(name: str) -> None:
    table = Settings(**tomllib.loads(recipe.presets[name])["settings"]).model_dump()
    found = rules.problems(table, {}, {"gpus": 1})
    errors = [problem.code for problem in found if problem.severity == "error"]
    assert errors == ["dataset-missing"]


@pytest.mark.parametrize("name", PRESETS)
def test_the_trainer_can_read_what_it_makes(name: str) -> None:
    chosen = settings(name)
    config = main(chosen)
    assert config["model"]["type"] == chosen["model"]
    assert set(config["model"]) <= {"type", "dtype"} | trainer_keys.MODELS[chosen["model"]]
    assert ("adapter" in config) == (name != "sdxl-full-48gb")
    found = dataset(chosen, chosen["directories"])
    assert [each["path"] for each in found["directory"]] == [FOLDER]


@pytest.mark.parametrize("name", PRESETS)
def test_its_files_are_named_on_the_hub(name: str) -> None:
    found = paths(settings(name))
    assert found
    for _, path in found:
        assert re.fullmatch(r"hf:[\w.-]+/[\w.-]+(/[\w./-]+)?", path)


@pytest.mark.parametrize("name", PRESETS)
def test_it_says_what_it_is_for_and_explains_each_line(name: str) -> None:
    text = recipe.presets[name]
    assert text.startswith("# ")
    assert len(purpose(text)) <= 110
    for line in text.partition("[settings]")[2].splitlines():
        if "=" in line.partition("#")[0]:
            assert "#" in line, line


@pytest.mark.parametrize("name", PRESETS)
def test_it_is_a_job_file(name: str, tmp_path: Path) -> None:
    job = jobs.parse(recipe.presets[name], tmp_path / "job.toml")
    assert job.settings["model"] == settings(name)["model"]
    assert toml.loads(recipe.presets[name])["recipe"] == recipe.name


@pytest.mark.parametrize("name", PRESETS)
def test_what_it_leaves_commented_can_be_taken_in(name: str, tmp_path: Path) -> None:
    lines = [
        line[2:]
        if line.startswith(("# [", "# ")) and ("= " in line or line.startswith("# ["))
        else line
        for line in recipe.presets[name].splitlines()
    ]
    job = jobs.parse("\n".join(lines), tmp_path / "job.toml")
    assert job.settings["evaluation"][0]["name"] == "held-back"


@pytest.mark.parametrize(
    ("name", "documented"),
    [
        (
            "wan-2.1-14b-24gb",
            {"blocks_to_swap": 32, "activation_checkpointing": "unsloth", "save_every_n_epochs": 5},
        ),
        (
            "qwen-image-24gb",
            {"blocks_to_swap": 8, "gradient_accumulation_steps": 4, "caching_batch_size": 8},
        ),
    ],
)
def test_it_is_as_upstream_s_example(name: str, documented: dict[str, Any]) -> None:
    config = main(settings(name))
    assert {key: config[key] for key in documented} == documented
    assert config["model"]["transformer_dtype"] == "float8"
    assert config["adapter"]["rank"] == 32
    assert config["optimizer"]["weight_decay"] == 0.01


@pytest.mark.parametrize(("half", "bounds"), [("low", (0.0, 0.875)), ("high", (0.875, 1.0))])
def test_each_half_of_wan_22_has_its_own_noise(half: str, bounds: tuple[float, float]) -> None:
    table = main(settings(f"wan-2.2-{half}-noise"))["model"]
    assert (table["min_t"], table["max_t"]) == bounds
    assert table["transformer_path"].endswith(f"{half}_noise_model")
