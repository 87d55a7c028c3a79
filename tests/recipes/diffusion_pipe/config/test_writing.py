"""What is written is what diffusion-pipe reads: with its own reader, and against its own keys."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from recipes.diffusion_pipe import trainer_keys
from recipes.diffusion_pipe.asked_settings import complete, entry
from recipes.diffusion_pipe.asked_settings import settings as any_settings
from recipes.diffusion_pipe.read_back import dataset, main
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.catalog.optimizers import OPTIMIZERS
from tuneyard.recipes.diffusion_pipe.config import shapes, writing
from tuneyard.recipes.diffusion_pipe.files.named import KINDS, fused

OF_COMFY = {"text_encoder", "byt5"}


@hypothesis_settings(max_examples=80)
@given(settings=any_settings)
def test_every_key_is_one_that_the_model_s_code_reads(settings: dict[str, Any]) -> None:
    config = main(settings, evaluation=[("held, back", "/job/eval, {0}.toml")])
    model = settings["model"]
    assert set(config) <= trainer_keys.MAIN
    assert set(config["model"]) <= {"type", "dtype"} | trainer_keys.MODELS[model]
    if settings["adapter"] == "none":
        assert "adapter" not in config
    else:
        fusing = {"fuse_adapters"} if model in trainer_keys.FUSING else set()
        assert set(config["adapter"]) <= trainer_keys.ADAPTER[settings["adapter"]] | fusing
    assert set(config.get("monitoring", ())) <= trainer_keys.MONITORING
    assert ("blocks_to_swap" in config) <= (model in trainer_keys.SWAPPING)
    made = set(config["optimizer"]) - set(settings["optimizer_options"])
    name = settings["optimizer"]
    assert made <= {"type", "gradient_release", "beta2_half_life", *_taken(name)}


def _taken(name: str) -> set[str]:
    if name in trainer_keys.OPTIMIZERS:
        return trainer_keys.OPTIMIZERS[name]
    found = OPTIMIZERS[name]
    return {*found.options, *(["betas"] if found.betas else [])}


@hypothesis_settings(max_examples=80)
@given(settings=any_settings)
def test_every_value_is_read_back_as_it_was_set(settings: dict[str, Any]) -> None:
    config = main(settings, evaluation=[("held, back", "/job/eval, {0}.toml")])
    assert config["output_dir"] == "/job/runs"
    assert config["dataset"] == "/job/dataset.toml"
    assert config["eval_datasets"] == [{"name": "held, back", "config": "/job/eval, {0}.toml"}]
    for name, value in config.items():
        if isinstance(value, int | float | str) and name in settings:
            _same(name, value, settings[name])
    for name in ("epochs", "warmup_steps", "pipeline_stages", "lr_scheduler"):
        assert config[name] == settings[name]
    table = config["model"]
    for name in MODELS[settings["model"]].keys - OF_COMFY:
        if settings[name] not in (None, "", [], False) and _counts(settings, name):
            assert table[name] == settings[name], name
    for name in set(table) - {"type", "text_encoders"}:
        assert table[name] == settings[name], name
    assert table["type"] == settings["model"]
    _same_adapter(config.get("adapter", {}), settings)


def _counts(settings: dict[str, Any], name: str) -> bool:
    """Whether something that is set is worth a line: defaults of the trainer's own are not."""
    if name == "sigmoid_scale":
        return bool(settings["timestep_sample_method"] == "logit_normal")
    return name != "cache_text_embeddings"  # on by itself


def _same(name: str, value: object, setting: object) -> None:
    if name == "activation_checkpointing":
        assert value == {"on": True, "off": False, "unsloth": "unsloth"}[str(setting)]
    elif name.endswith("micro_batch_size_per_gpu"):
        assert value == int(str(setting))
    else:
        assert value == setting, name
        assert isinstance(value, bool) == isinstance(setting, bool)


def _same_adapter(table: dict[str, Any], settings: dict[str, Any]) -> None:
    if settings["adapter"] == "none":
        return
    assert (table["type"], table["rank"]) == (settings["adapter"], settings["rank"])
    assert table.get("dtype", "") == settings["adapter_dtype"]
    assert table.get("init_from_existing", "") == settings["init_from_existing"]
    for name in ("dropout", "rank_dropout", "decompose_factor"):
        if name in table:
            assert table[name] == settings[name]
    if "fuse_adapters" in table:
        pairs = [(each["path"], each["weight"]) for each in table["fuse_adapters"]]
        assert pairs == fused(settings["fuse_adapters"])


@hypothesis_settings(max_examples=80)
@given(settings=any_settings)
def test_a_dataset_is_read_back_as_it_was_set(settings: dict[str, Any]) -> None:
    for entries, for_evaluation in (
        (settings["directories"], False),
        (settings["evaluation"], True),
    ):
        if not entries:
            continue
        config = dataset(settings, entries)
        assert set(config) <= trainer_keys.DATASET - (
            {"num_repeats", "subsample_ratio"} if for_evaluation else set()
        )
        for written, asked in zip(config["directory"], entries, strict=True):
            assert set(written) <= trainer_keys.DIRECTORY
            for name in ("path", "control_path", "mask_path", "default_mask_file"):
                assert written.get(name, "") == asked[name]
            for name in ("caption_prefix", "skip_empty_caption", "shuffle_tags", "num_repeats"):
                assert written.get(name) == asked[name]
        for name in ("caption_prefix", "cache_shuffle_num", "skip_empty_caption"):
            if name in config:
                assert config[name] == settings[name]
        _sizes(settings, config, entries)


def _sizes(settings: dict[str, Any], config: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """The trainer looks at the top for what a folder doesn't say, and finds what it looks for."""
    for written, asked in zip(config["directory"], entries, strict=True):
        exact = written.get("size_buckets", config.get("size_buckets"))
        wanted = asked["size_buckets"] or settings["size_buckets"]
        if wanted:
            assert exact == [list(each) for each in shapes.size_buckets(wanted)]
            continue
        if settings["model"] == "cosmos":
            assert exact == []  # rules refuse it: this model knows exact sizes alone
            continue
        assert exact is None
        resolutions = written.get("resolutions", config["resolutions"])
        assert _areas(resolutions) == _areas(
            [
                list(each)
                for each in shapes.resolutions(asked["resolutions"] or settings["resolutions"])
            ]
        )
        if not written.get("enable_ar_bucket", config["enable_ar_bucket"]):
            continue
        shapes_ = written.get("ar_buckets", config.get("ar_buckets"))
        if shapes_:
            wanted = asked["ar_buckets"] or settings["ar_buckets"]
            assert _ratios(shapes_) == _ratios(list(shapes.ratios(wanted)))
        else:
            for name in ("min_ar", "max_ar", "num_ar_buckets"):
                own = settings[name] if asked[name] is None else asked[name]
                assert written.get(name, config[name]) == own


def _areas(found: list[Any]) -> list[float]:
    sides = [each if isinstance(each, list) else [each] for each in found]
    return [each[0] * each[-1] for each in sides]


def _ratios(found: list[Any]) -> list[float]:
    return [each[0] / each[1] if isinstance(each, list | tuple) else each for each in found]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_has_exactly_the_keys_that_its_code_reads(model: str) -> None:
    keys = MODELS[model].keys
    in_the_table = (keys - OF_COMFY) | {"text_encoders"} if MODELS[model].te else keys
    assert in_the_table == {"dtype"} | trainer_keys.MODELS[model]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_everything_set_at_once_is_written(model: str) -> None:
    settings = complete(model=model)
    for name in MODELS[model].keys & set(KINDS):
        settings[name] = ["/a b/ü.safetensors"] if name == "merge_adapters" else f"/models/{name}"
    table = main(settings)["model"]
    for name in MODELS[model].keys & set(KINDS) - OF_COMFY:
        assert table[name] == settings[name]
    if model not in trainer_keys.TEXT_ENCODERS:
        assert "text_encoders" not in table
        return
    [found] = table["text_encoders"]
    assert found.pop("type") == trainer_keys.TEXT_ENCODERS[model]
    both = {"paths": ["/models/text_encoder", "/models/byt5"]}
    assert found == (both if "byt5" in MODELS[model].keys else {"path": "/models/text_encoder"})


def test_files_that_were_fetched_take_the_place_of_their_addresses() -> None:
    settings = complete(
        model="chroma",
        diffusers_path="hf:black-forest-labs/FLUX.1-dev",
        transformer_path="hf:lodestones/Chroma/chroma.safetensors",
        init_from_existing="hf:me/lora",
        fuse_adapters=["hf:me/style=0.5", "hf:me/face"],
    )
    places = {
        "diffusers_path": "/home/models/flux",
        "transformer_path": "/home/models/chroma.safetensors",
        "init_from_existing": "/home/models/lora",
        "fuse_adapters": ["/home/models/style", "/home/models/face"],
    }
    config = main(settings, models=places)
    assert config["model"]["diffusers_path"] == "/home/models/flux"
    assert config["model"]["transformer_path"] == "/home/models/chroma.safetensors"
    assert config["adapter"]["init_from_existing"] == "/home/models/lora"
    assert config["adapter"]["fuse_adapters"] == [
        {"path": "/home/models/style", "weight": 0.5},
        {"path": "/home/models/face", "weight": 1.0},
    ]


def test_changes_take_the_place_of_settings() -> None:
    config = main(complete(wandb=True), changes={"max_steps": 41, "wandb_project": "mine"})
    assert config["max_steps"] == 41
    assert config["monitoring"]["wandb_tracker_name"] == "mine"


def test_the_key_of_weights_and_biases_is_never_written() -> None:
    assert main(complete(wandb=True))["monitoring"]["wandb_api_key"] == ""
    assert "monitoring" not in main(complete())


def test_without_evaluation_nothing_of_it_is_written() -> None:
    config = main(complete(eval_every_n_steps=5))
    assert not [name for name in config if name.startswith("eval")]


def test_cosmos_finds_its_sizes_in_every_folder_and_nothing_else() -> None:
    settings = complete(model="cosmos", size_buckets=["960x960x1"], directories=[{"path": "/a"}])
    config = dataset(settings, settings["directories"])
    assert config["directory"] == [{"path": "/a", "size_buckets": [[960, 960, 1]]}]
    assert not {"resolutions", "min_ar", "max_ar", "num_ar_buckets"} & set(config)


def test_repeats_are_for_training_alone() -> None:
    settings = complete(num_repeats=5, subsample_ratio=0.5, evaluation=[entry(num_repeats=2)])
    assert dataset(settings, settings["directories"])["num_repeats"] == 5
    config = dataset(settings, settings["evaluation"])
    assert "num_repeats" not in config
    assert config["directory"][0]["num_repeats"] == 2


def test_mixed_sizes_are_written_as_one_kind() -> None:
    settings = complete(resolutions=["512", "1280x720"], ar_buckets=["1.5", "512x1024"])
    config = dataset(settings, settings["directories"])
    assert config["resolutions"] == [[512, 512], [1280, 720]]
    assert config["ar_buckets"] == [1.5, 0.5]


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["to_q", "ff.net"], ["to_q", "ff.net"]),
        ([r".*norm.*"], "(.*norm.*)"),
        (["to_q", r"blocks\.[0-9]\..*"], r"(.*\.)?to_q|(blocks\.[0-9]\..*)"),
    ],
)
def test_layers_to_leave_out_are_names_or_one_expression(names: list[str], written: object) -> None:
    config = main(complete(model="flux", exclude_modules=names))
    assert config["adapter"]["exclude_modules"] == written


def test_sets_are_folders_of_one_name() -> None:
    entries = [entry(name="a"), entry(name="b"), entry(name="a")]
    assert writing.sets(complete(evaluation=entries)) == [("a", [0, 2]), ("b", [1])]


def test_options_of_the_command() -> None:
    settings = complete(
        trust_cache=True,
        i_know_what_i_am_doing=True,
        reset_dataloader=True,
        reset_optimizer="parameters",
    )
    begun = ["--trust_cache", "--i_know_what_i_am_doing"]
    assert writing.options(settings) == begun
    resets = ["--reset_dataloader", "--reset_optimizer_params"]
    assert writing.options(settings, resume=True) == [*begun, *resets]
    assert writing.options(complete(regenerate_cache=True)) == ["--regenerate_cache"]
    assert writing.options(complete(reset_optimizer="states"), resume=True) == ["--reset_optimizer"]
