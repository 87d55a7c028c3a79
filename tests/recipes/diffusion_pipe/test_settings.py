"""The form: 24 models, and no wall of fields."""

from typing import Any

import pytest
from pydantic import ValidationError

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.files.named import KINDS
from tuneyard.recipes.diffusion_pipe.settings import Directory, EvaluationDirectory, Settings

SCHEMA = Settings.model_json_schema()["properties"]
DEFAULTS = Settings().model_dump()


def shown(model: str, **chosen: Any) -> dict[str, dict[str, Any]]:
    """The fields of the form, as the page decides it."""
    values = {**DEFAULTS, "model": model, **chosen}
    return {name: field for name, field in SCHEMA.items() if _matters(field, values)}


def _matters(field: dict[str, Any], values: dict[str, Any]) -> bool:
    return all(
        bool(values[other]) if wanted == "*" else values[other] in _listed(wanted)
        for other, wanted in field.get("shown_when", {}).items()
    )


def _listed(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_newcomer_sees_a_dozen_fields(model: str) -> None:
    basic = [name for name, field in shown(model).items() if field["importance"] == "basic"]
    # HunyuanVideo has two ways to name its files
    assert len(basic) <= (13 if model == "hunyuan-video" else 12), basic
    assert {"model", "directories", "rank", "epochs", "learning_rate"} <= set(basic)
    needed = {*MODELS[model].required, *(n for names in MODELS[model].one_of for n in names)}
    assert needed <= set(basic)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_s_own_fields_are_shown_where_its_code_reads_them(model: str) -> None:
    own = frozenset().union(*(each.keys for each in MODELS.values()))
    assert own & set(shown(model)) == MODELS[model].keys


def test_fields_of_others_don_t_show() -> None:
    assert "frame_buckets" not in shown("sdxl")
    assert "resolutions" not in shown("cosmos")
    assert "exclude_modules" not in shown("sdxl")
    assert "huber_delta" not in shown("sdxl")
    assert not {"rank", "dropout", "blocks_to_swap"} & set(shown("wan", adapter="none"))
    assert "eval_every_n_epochs" not in shown("wan")
    assert "eval_every_n_epochs" in shown("wan", evaluation=[{}])
    assert "wandb_project" not in shown("wan")


@pytest.mark.parametrize("table", [Settings, Directory, EvaluationDirectory])
def test_every_field_says_what_it_is(table: type[Settings]) -> None:
    for name, field in table.model_json_schema()["properties"].items():
        assert field["title"], name
        assert field["description"].endswith("."), name
        assert len(field["description"]) <= 130, name
        assert field["importance"] in {"basic", "advanced", "expert"}
        for other in field.get("shown_when", ()):
            assert other in SCHEMA
        if table is Settings:
            assert field["group"], name


def test_choices_are_all_that_there_are() -> None:
    for name, field in SCHEMA.items():
        if "choices" in field:
            assert set(field["choices"]) == set(field["enum"]), name


def test_paths_of_a_model_are_asked_for_as_paths() -> None:
    for name in KINDS:
        assert SCHEMA[name]["widget"] in {"model-file", "model-folder"}
    assert SCHEMA["diffusers_path"]["widget"] == "model-folder"
    assert SCHEMA["vae"]["widget"] == "model-file"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"transformer_dtype": "nf4"}, "nf4"),
        ({"alpha": 16}, "alpha"),
        ({"model": "z-image"}, "z_image"),
        ({"lr": 1e-4}, "lr"),
        ({"save_dtype": "bf16"}, "bfloat16"),
        ({"directories": [{"path": "/x", "num_repeats": 0}]}, "greater than 0"),
        ({"directories": [{"paths": "/x"}]}, "paths"),
    ],
)
def test_what_upstream_would_stumble_over_is_refused(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings(**chosen)


def test_upstream_s_own_forms_are_understood() -> None:
    found = Settings.model_validate(
        {
            "resolutions": [512, [1280, 720]],
            "ar_buckets": [1.0, [512, 768]],
            "size_buckets": [[512, 512, 33]],
            "micro_batch_size_per_gpu": [[512, 4], [1024, 1]],
            "image_micro_batch_size_per_gpu": 4,
            "activation_checkpointing": True,
            "optimizer_options": {"stabilize": False, "d_coef": 1.5, "kind": "ema"},
            "directories": [{"path": "/x", "resolutions": [[448, 576]]}],
        }
    )
    assert found.resolutions == ["512", "1280x720"]
    assert found.ar_buckets == ["1.0", "512x768"]
    assert found.size_buckets == ["512x512x33"]
    assert found.micro_batch_size_per_gpu == "512:4, 1024:1"
    assert found.image_micro_batch_size_per_gpu == "4"
    assert found.activation_checkpointing == "on"
    assert found.optimizer_options == {"stabilize": "false", "d_coef": "1.5", "kind": "ema"}
    assert found.directories[0].resolutions == ["448x576"]
    assert (
        Settings.model_validate({"activation_checkpointing": False}).activation_checkpointing
        == "off"
    )


def test_the_folders_of_an_evaluation_are_as_others_with_a_name() -> None:
    assert set(EvaluationDirectory.model_fields) == {"name", *Directory.model_fields}
