import json

import pytest

from cli.calling import Tuneyard
from tuneyard.cli.recipes import FIELDS
from tuneyard.recipes.base import recipes


def test_all_recipes_are_listed_with_their_presets(tuneyard: Tuneyard) -> None:
    out = tuneyard("recipes").out
    assert "toy  A shell script that plays training" in out
    assert "--preset try" in out
    assert "For trying things out" in out
    assert f"piper  {recipes()['piper'].summary}" in out


def test_programs_get_the_list(tuneyard: Tuneyard) -> None:
    found = {recipe["name"]: recipe for recipe in json.loads(tuneyard("recipes", "--json").out)}
    assert found.keys() == {"diffusion-pipe", "piper", "script", "toy"}
    assert found["toy"]["presets"] == [{"name": "try", "purpose": "For trying things out"}]


@pytest.mark.parametrize("recipe", ["diffusion-pipe", "piper", "script", "toy"])
def test_every_setting_is_shown_with_default_unit_and_help(recipe: str, tuneyard: Tuneyard) -> None:
    ran = tuneyard("recipes", "show", recipe)
    assert ran.code == 0
    for name, field in recipes()[recipe].settings.model_fields.items():
        assert name in ran.out
        assert field.description in ran.out
        assert field.json_schema_extra.get("unit", "") in ran.out


def test_programs_get_every_setting(tuneyard: Tuneyard) -> None:
    told = json.loads(tuneyard("recipes", "show", "toy", "--json").out)
    assert told.keys() == FIELDS.keys()
    settings = {setting["name"]: setting for setting in told["settings"]}
    assert settings["epochs"] == {
        "name": "epochs",
        "title": "Epochs",
        "help": "How often.",
        "kind": "whole number",
        "default": 1,
        "bounds": "at least 1",
        "unit": "epochs",
        "importance": "basic",
        "group": "",
        "env": "",
        "choices": {},
        "shown_when": {},
        "rows": [],
        "changeable": True,
    }
    assert settings["hours"]["kind"] == "number"
    assert settings["hours"]["default"] is None
    assert settings["size"]["choices"] == {"small": "a little", "large": "a lot"}
    assert not settings["size"]["changeable"]


def test_a_list_of_tables_is_shown_with_the_settings_of_each(tuneyard: Tuneyard) -> None:
    out = tuneyard("recipes", "show", "diffusion-pipe").out
    for name in ("directories.N.path", "directories.N.num_repeats", "evaluation.N.name"):
        assert f"  {name} " in out
    told = json.loads(tuneyard("recipes", "show", "diffusion-pipe", "--json").out)
    settings = {setting["name"]: setting for setting in told["settings"]}
    rows = {row["name"]: row for row in settings["directories"]["rows"]}
    assert rows["num_repeats"]["bounds"] == "above 0, at most 100,000"
    assert rows["num_repeats"]["default"] is None
    assert "flux" not in settings["frame_buckets"]["shown_when"]["model"]
    assert settings["directories"]["kind"] == "list of tables"


def test_the_schema_is_the_settings_own(tuneyard: Tuneyard) -> None:
    schema = json.loads(tuneyard("recipes", "show", "piper", "--schema").out)
    assert schema == recipes()["piper"].settings.model_json_schema()


def test_long_lists_can_be_searched(tuneyard: Tuneyard) -> None:
    show = ("recipes", "show", "toy", "--choices", "size")
    assert tuneyard(*show).out == "small  SMALL\nlarge  LARGE\n"
    assert json.loads(tuneyard(*show, "--find", "lar", "--json").out) == [
        {"value": "large", "label": "LARGE"}
    ]
    assert tuneyard(*show, "--find", "huge").err == "Nothing has “huge” in it.\n"


@pytest.mark.parametrize("arguments", [["none"], ["toy", "--choices", "script"]])
def test_what_is_not_there_is_wrong_input(arguments: list[str], tuneyard: Tuneyard) -> None:
    ran = tuneyard("recipes", "show", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 2
