import re
from pathlib import Path

import pytest

from tuneyard.cli import reference
from tuneyard.cli.exits import MEANINGS, OF_STATE
from tuneyard.cli.main import COMMANDS, command
from tuneyard.compute.base import computes
from tuneyard.jobs.job import Results
from tuneyard.recipes.base import recipes

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    "name", ["cli.md", "diffusion-pipe.md", "piper.md", "runpod.md", "script.md"]
)
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


@pytest.mark.parametrize("of", ["diffusion-pipe", "piper", "script"])
def test_every_setting_and_preset_is_in_its_recipes_page(of: str) -> None:
    recipe = recipes()[of]
    page = re.sub(r"### Each of .+?(?=\n## )", "", reference.recipe_page(recipe), flags=re.DOTALL)
    settings, _, results = page.partition("\n## Results\n")
    fields = [(settings, *field) for field in recipe.settings.model_fields.items()]
    for part, name, field in [*fields, *((results, *f) for f in Results.model_fields.items())]:
        (row,) = [line for line in part.splitlines() if line.startswith(f"| `{name}` |")]
        extra = field.json_schema_extra
        assert field.title in row
        assert field.description.replace("|", "\\|") in row
        assert extra.get("unit", "") in row
        assert f"`{extra['env']}`" in row if "env" in extra else "` | yes" not in row
        for choice, meaning in extra.get("choices", {}).items():
            assert f'`"{choice}"` {meaning}' in row
        if part is settings:
            assert row.endswith("| yes |" if name in recipe.rules.CHANGEABLE else "| no |")
    assert all(f"| `{preset}` |" in page for preset in recipe.presets)


def test_many_settings_are_sorted_by_what_they_are_about() -> None:
    page = reference.recipe_page(recipes()["diffusion-pipe"])
    heads = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert heads.index("Model") < heads.index("Data") < heads.index("GPUs") < heads.index("Trainer")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert "*Only where `model` is `flux`.*" in rows["bypass_guidance_embedding"]
    assert "*Only where `model` is not `sdxl`, `ltx-video` or `cosmos`.*" in rows["huber_delta"]
    assert "*Only where `stall_seconds` is set.*" in rows["stall_action"]
    assert "and for 8 of `model`.*" in rows["eval_image_micro_batch_size_per_gpu"]


def test_what_two_lists_of_tables_share_is_said_once() -> None:
    page = reference.recipe_page(recipes()["diffusion-pipe"])
    own = page.partition("### Each of `evaluation`")[2].partition("\n## ")[0]
    assert "As each of `directories`, and:" in own
    assert re.findall(r"^\| `(\w+)`", own, re.MULTILINE) == ["name"]


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
        "diffusion-pipe.md",
        "piper.md",
        "runpod.md",
        "script.md",
    }
