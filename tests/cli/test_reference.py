from pathlib import Path

import pytest

from tuneyard.cli import reference
from tuneyard.cli.exits import MEANINGS, OF_STATE
from tuneyard.cli.main import COMMANDS, command
from tuneyard.compute.base import computes
from tuneyard.jobs.job import Results
from tuneyard.recipes.base import recipes

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", ["cli.md", "piper.md", "runpod.md", "script.md"])
def test_the_pages_are_current(name: str) -> None:
    """If this fails: python -m tuneyard.cli.reference docs/reference"""
    assert (DOCS / name).read_text(encoding="utf-8") == reference.pages()[name]


def test_every_command_and_option_is_in_the_reference() -> None:
    page = reference.cli_page()
    for name in COMMANDS:
        assert f"## tuneyard {name}\n" in page
        loaded = command().commands[name].load()  # type: ignore[attr-defined]
        for each in (loaded, *getattr(loaded, "commands", {}).values()):
            section = page.partition(f"tuneyard {name}")[2]
            for parameter in each.params:
                assert (parameter.metavar or max(parameter.opts, key=len)) in section


def test_every_exit_code_is_in_the_reference() -> None:
    page = reference.cli_page()
    assert set(OF_STATE.values()) < set(MEANINGS)
    for code, meaning in MEANINGS.items():
        assert f"| `{code}` | {meaning} |" in page


def test_every_field_of_json_is_in_the_reference() -> None:
    page = reference.cli_page()
    for name, (_, fields) in reference._JSON.items():
        section = page.partition(f"### {name}\n")[2].partition("\n###")[0]
        assert all(f"| `{field}` |" in section for field in fields)


@pytest.mark.parametrize("of", ["piper", "script"])
def test_every_setting_and_preset_is_in_its_recipes_page(of: str) -> None:
    recipe = recipes()[of]
    page = reference.recipe_page(recipe)
    for name, field in (*recipe.settings.model_fields.items(), *Results.model_fields.items()):
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        extra = field.json_schema_extra
        assert field.title in row
        assert field.description.replace("|", "\\|") in row
        assert extra.get("unit", "") in row
        assert f"`{extra['env']}`" in row if "env" in extra else "` | yes" not in row
        for choice, meaning in extra.get("choices", {}).items():
            assert f'`"{choice}"` {meaning}' in row
        if name in recipe.settings.model_fields:
            assert row.endswith("| yes |" if name in recipe.rules.CHANGEABLE else "| no |")
    assert all(f"| `{preset}` |" in page for preset in recipe.presets)


def test_every_setting_of_a_compute_is_in_its_page() -> None:
    compute = computes()["runpod"]
    page = reference.compute_page(compute)
    for name, field in compute.settings.model_fields.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert field.title is not None
        assert field.title in row
        assert str(field.description) in row


def test_a_page_is_written_for_built_in_recipes_alone(tmp_path: Path) -> None:
    assert reference.main([str(tmp_path / "there")]) == 0
    made = {path.name for path in (tmp_path / "there").iterdir()}
    assert made == {
        "cli.md",
        "piper.md",
        "runpod.md",
        "script.md",
    }
