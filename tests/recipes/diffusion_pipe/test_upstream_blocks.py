"""Whatever upstream's documents show can be asked for, and comes out as they have it."""

from typing import Any

import pytest

from recipes.diffusion_pipe import upstream_blocks
from recipes.diffusion_pipe.asked_settings import complete, entry
from recipes.diffusion_pipe.read_back import dataset, main
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.traps import adapter, model
from tuneyard.recipes.diffusion_pipe.traps import dataset as of_dataset


def asked(block: dict[str, Any]) -> dict[str, Any]:
    """A [model] table, as settings."""
    settings = {("model" if name == "type" else name): value for name, value in block.items()}
    for encoder in settings.pop("text_encoders", ()):
        files = encoder.get("paths") or [encoder["path"]]
        settings |= dict(zip(("text_encoder", "byt5"), files, strict=False))
    return settings


@pytest.mark.parametrize("name", upstream_blocks.MODELS)
def test_every_table_of_a_model_can_be_asked_for(name: str) -> None:
    block = upstream_blocks.MODELS[name]
    settings = complete(**{**dict.fromkeys(_files(block["type"]), ""), **asked(block)})
    table = main(settings)["model"]
    assert table.pop("dtype") == "bfloat16"
    if "timestep_sample_method" not in block:
        assert table.pop("timestep_sample_method", "logit_normal") == "logit_normal"
    assert table == block
    found = [*model.problems(settings), *adapter.problems(settings, {"gpus": 1})]
    assert [each for each in found if each.severity == "error"] == []


def _files(name: str) -> set[str]:
    of_all = {*MODELS[name].required, *(n for names in MODELS[name].one_of for n in names)}
    return {each for each in of_all if each != "max_sequence_length"}


def test_every_model_is_among_them() -> None:
    assert {block["type"] for block in upstream_blocks.MODELS.values()} == set(MODELS)


@pytest.mark.parametrize("block", upstream_blocks.ADAPTERS)
def test_every_adapter_can_be_asked_for(block: dict[str, Any]) -> None:
    names = {"type": "adapter", "dtype": "adapter_dtype"}
    settings = {names.get(name, name): value for name, value in block.items()}
    for fused in settings.pop("fuse_adapters", ()):
        settings["fuse_adapters"] = [f"{fused['path']}={fused['weight']}"]
    kind = "chroma" if block["type"] == "lokr" else "flux"
    assert main(complete(model=kind, **settings))["adapter"] == block


@pytest.mark.parametrize("block", upstream_blocks.OPTIMIZERS)
def test_every_optimizer_can_be_asked_for(block: dict[str, Any]) -> None:
    names = {"type": "optimizer", "lr": "learning_rate"}
    settings: dict[str, Any] = {"learning_rate": None, "optimizer_options": {}}
    for name, value in block.items():
        if name == "stabilize":
            settings["optimizer_options"][name] = value
        else:
            settings[names.get(name, name)] = value
    assert main(complete(**settings))["optimizer"] == block


@pytest.mark.parametrize("name", upstream_blocks.TOPS)
def test_every_top_of_a_file_can_be_asked_for(name: str) -> None:
    block = upstream_blocks.TOPS[name]
    asked_for = {key: value for key, value in block.items() if key != "steps_per_print"}
    config = main(complete(model="wan", **asked_for), evaluation=[("e", "/e.toml")])
    assert {key: config[key] for key in block} == block


@pytest.mark.parametrize("name", upstream_blocks.DATASETS)
def test_every_dataset_can_be_asked_for(name: str) -> None:
    block = dict(upstream_blocks.DATASETS[name])
    directories = block.pop("directory")
    kind = {"cosmos": "cosmos", "kontext": "flux", "numbers": "lumina_2"}.get(name, "wan")
    settings = complete(model=kind, directories=directories, **block)
    config = dataset(settings, settings["directories"])
    written = config.pop("directory")
    if name == "cosmos":  # each folder needs them, whatever its example says
        directories = [{**each, "size_buckets": block["size_buckets"]} for each in directories]
    assert written == directories
    assert config == {"num_repeats": 1, **block}
    errors = [each for each in of_dataset.problems(settings) if each.severity == "error"]
    assert errors == []


def test_a_set_for_evaluation_is_a_dataset_of_its_own() -> None:
    settings = complete(model="wan", evaluation=[entry(path="/held", resolutions=[[448, 576]])])
    config = dataset(settings, settings["evaluation"])
    assert config["directory"] == [{"path": "/held", "resolutions": [[448, 576]]}]
    assert config["resolutions"] == [512]
