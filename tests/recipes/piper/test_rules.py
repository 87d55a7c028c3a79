from typing import Any

import pytest

from tuneyard.recipes.base import recipes
from tuneyard.recipes.piper import older, rules
from tuneyard.recipes.piper.settings import Settings

RESULTS = {"repository": "", "folder": "", "private": True}


def settings(**changes: Any) -> dict[str, Any]:
    return Settings(dataset="/data", **changes).model_dump()


def found(place: dict[str, Any] | None = None, **changes: Any) -> list[tuple[str, str]]:
    made = rules.problems(settings(**changes), RESULTS, place or {"gpus": 1})
    return [(problem.code, problem.severity) for problem in made]


def test_the_defaults_are_fine_but_for_the_dataset() -> None:
    assert found() == []
    (problem,) = rules.problems(Settings().model_dump(), RESULTS, {"gpus": 1})
    assert (problem.code, problem.field) == ("dataset-missing", "dataset")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dataset": "hf:nobody"}, "dataset-name"),
        ({"shortest_seconds": 20.0}, "clip-bounds"),
        ({"language": "klingonese"}, "language-unknown"),
        ({"base": "en_US/lessac/high"}, "base-quality"),
        ({"base": "en_US/lessac/medium", "sample_rate": 16000}, "base-rate"),
        ({"base": "en_US/nobody/medium"}, "base-unknown"),
        ({"base": "en_US/lessac/medium", "until_epoch": 2165}, "until-epoch"),
    ],
)
def test_what_would_stop_the_job_is_an_error(changes: dict[str, Any], code: str) -> None:
    dataset = {"dataset": "/data", **changes}
    made = rules.problems(Settings(**dataset).model_dump(), RESULTS, {"gpus": 1})
    assert [(problem.code, problem.severity) for problem in made] == [(code, "error")]
    assert made[0].next_step


@pytest.mark.parametrize(
    ("place", "changes", "code"),
    [
        ({"gpus": 0}, {"accelerator": "gpu"}, "no-gpu"),
        ({"gpus": 0}, {"precision": "16-mixed"}, "precision-cpu"),
        ({"gpus": 1}, {"precision": "16-mixed", "accelerator": "cpu"}, "precision-cpu"),
    ],
)
def test_what_the_place_lacks_is_an_error(
    place: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    assert found(place, **changes) == [(code, "error")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checkpoint_epochs": 1000}, "no-checkpoint"),
        ({"base": "de_DE/thorsten/medium"}, "base-language"),
    ],
)
def test_what_may_be_meant_is_a_warning(changes: dict[str, Any], code: str) -> None:
    assert found(**changes) == [(code, "warning")]


@pytest.mark.parametrize(
    "base",
    ["/home/me/voice.ckpt", "https://example.org/voice.ckpt", "voice.ckpt", "en_US/lessac/medium"],
)
def test_a_base_is_a_file_an_address_or_a_name_of_the_table(base: str) -> None:
    assert found(base=base) == []


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({"repository": "voice"}, "repository-name"),
        ({"repository": "me/voice", "folder": "../up"}, "repository-folder"),
        ({"repository": "me/voice", "folder": "/top"}, "repository-folder"),
    ],
)
def test_where_results_go_must_be_a_place_on_the_hub(results: dict[str, Any], code: str) -> None:
    made = rules.problems(settings(), {**RESULTS, **results}, {"gpus": 1})
    assert [problem.code for problem in made] == [code]


@pytest.mark.parametrize(
    ("quality", "chosen", "rate"),
    [("x-low", None, 16000), ("low", None, 16000), ("high", None, 22050), ("low", 22050, 22050)],
)
def test_the_sample_rate_follows_the_quality(quality: str, chosen: int | None, rate: int) -> None:
    assert rules.sample_rate(settings(quality=quality, sample_rate=chosen)) == rate


def test_a_language_is_given_to_piper_under_the_name_it_knows() -> None:
    assert found(language="en-gb") == []
    assert rules.language(settings(language="en-gb")) == "en"
    assert rules.language(settings(language="de")) == "de"


LEGACY = {
    "HF_DATASET_REPO_ID": "me/recordings",
    "HF_DATASET_TOKEN": "hf_reads",
    "HF_UPLOAD_REPO_ID": "me/voices",
    "HF_UPLOAD_TOKEN": "hf_writes",
    "HF_UPLOAD_SESSION_ID": "run-7",
    "HF_CHECKPOINT_NAME": "epoch=1.ckpt",
    "HF_CHECKPOINT_URL": "https://example.org/epoch=1.ckpt",
    "HF_CHECKPOINT_TOKEN": "hf_base",
    "MAX_EPOCHS": "6200",
    "CHECKPOINT_EPOCHS": "25",
    "BATCH_SIZE": "16",
    "PRECISION": "16",
    "QUALITY": "medium",
    "KEEP_LAST_K": "2",
    "LANGUAGE": "bn",
    "MAX_WORKERS": "4",
    "RUNPOD_KILLER_API_KEY": "rpa_key",
    "POD_NAME": "pod",
}


def test_the_older_scripts_variables_are_understood() -> None:
    settings, results, notes = older.from_environment(LEGACY)
    assert settings == {
        "dataset": "hf:me/recordings",
        "base": "https://example.org/epoch=1.ckpt",
        "base_use": "resume",
        "until_epoch": 6200,
        "checkpoint_epochs": 25,
        "batch_size": 16,
        "precision": "16-mixed",
        "quality": "medium",
        "keep_last": 2,
        "language": "bn",
        "workers": 4,
    }
    assert results == {"repository": "me/voices", "folder": "run-7"}
    text = "\n".join(notes)
    for name in ("HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN", "RUNPOD_KILLER_API_KEY"):
        assert name in text
    for value in ("hf_reads", "hf_writes", "hf_base", "rpa_key"):
        assert value not in text
    assert Settings(**settings)


def test_every_older_variable_is_a_fields_name_or_has_a_note() -> None:
    from tuneyard.jobs.job import Results

    fields = [*Settings.model_fields.values(), *Results.model_fields.values()]
    names = {(field.json_schema_extra or {}).get("env") for field in fields}  # type: ignore[union-attr]
    notes = "\n".join(older.from_environment(LEGACY)[2])
    assert [name for name in LEGACY if name not in names and name not in notes] == []


def test_a_value_that_is_no_number_is_said() -> None:
    with pytest.raises(ValueError, match="BATCH_SIZE is “many”"):
        older.from_environment({"BATCH_SIZE": "many"})


def test_every_setting_belongs_to_a_step_or_only_to_home() -> None:
    """A setting that no step reads would change nothing."""
    job = {
        "id": "1",
        "name": "n",
        "settings": settings(),
        "results": {**RESULTS, "repository": "a/b"},
    }
    plan = recipes()["piper"].steps.plan(job, {"gpus": 0})
    read = {name for step in plan.steps for name in step.reads if step.name != "card"}
    beside = {"samples_while_training"}  # asked by side_tasks
    assert set(Settings.model_fields) - read - beside == set()
