"""What `tuneyard new script` writes, tables and all."""

from pathlib import Path

import tomlkit

from tuneyard.cli import template
from tuneyard.jobs import job as jobs
from tuneyard.recipes.base import recipes

SCRIPT = recipes()["script"]


def test_a_new_file_explains_every_setting_and_can_be_read(tmp_path: Path) -> None:
    text = template.text(SCRIPT, "mine", "job.toml", {"environment": {"EPOCHS": "20"}}, {})
    job = jobs.parse(text, tmp_path / "job.toml")
    assert job.settings["environment"] == {"EPOCHS": "20"}
    assert all(field.description in text for field in SCRIPT.settings.model_fields.values())
    assert "environment = {}" in template.text(SCRIPT, "mine", "job.toml", {}, {})


def test_a_preset_s_table_keeps_what_isn_t_set_anew() -> None:
    settings = {"environment": {"BATCH_SIZE": "4"}, "gpus": 2}
    text = template.filled(SCRIPT.presets["piper-legacy"], settings, {"folder": "x"}, ["A note."])
    found = tomlkit.parse(text).unwrap()
    assert text.startswith("# A note.\n")
    assert found["settings"]["gpus"] == 2
    assert found["settings"]["environment"]["BATCH_SIZE"] == "4"
    assert found["settings"]["environment"]["MAX_EPOCHS"] == 6200
    assert found["results"] == {"folder": "x"}


def test_variables_survive_being_written_and_set_on_the_command_line(tmp_path: Path) -> None:
    data = {
        "recipe": "script",
        "settings": {"script": "#!/bin/sh\n'''\\\n", "environment": {"A B": 'x = "1"', "N": 1.5}},
    }
    job = jobs.build(data)
    assert job.settings["environment"] == {"A B": 'x = "1"', "N": "1.5"}
    assert jobs.parse(jobs.as_toml(job), tmp_path / "job.toml") == job
    path, value = jobs.override('environment={ EPOCHS = 3, "NAME" = "x y" }')
    changed = job.changed({path: value})
    assert changed.settings["environment"] == {"EPOCHS": "3", "NAME": "x y"}
