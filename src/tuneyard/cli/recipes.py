"""What can be trained: ``tuneyard recipes`` and ``tuneyard recipes show``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from tuneyard.errors import NotFound
from tuneyard.recipes.base import purpose, recipe_named, recipes

from . import completion
from .app import Json, noun
from .output import console
from .settings import Setting, as_toml, by_importance, settings_of
from .words import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.recipes.base import Recipe

app = noun()
group = noun(invoke_without_command=True)
app.add_typer(group, name="recipes")

# For the reference: what `recipes show NAME --json` prints.
FIELDS = {
    "name": "the recipe's name, as job files have it",
    "title": "its title",
    "summary": "what it trains, in a line",
    "settings": "of each: name, title, help, kind, default, bounds, unit, importance, group, env, "
    "choices, shown_when (the values of others for which it matters), rows (of a list of tables: "
    "the settings of each), changeable (by a resume)",
    "presets": "job files to start from: name, purpose",
    "choices": "settings that have a list to choose from: see --choices",
}


@group.callback()
def list_recipes(context: typer.Context, json: Json = False) -> None:
    """List what can be trained, and its settings."""
    if context.invoked_subcommand:
        return
    found = [_brief(recipe) for recipe in recipes().values()]
    if json:
        print_json(found)
        return
    for recipe in found:
        typer.echo(f"{recipe['name']}  {recipe['summary']}")
        for preset in recipe["presets"]:
            typer.echo(f"  --preset {preset['name']:<20} {preset['purpose']}")
    typer.echo("\nIts settings: tuneyard recipes show NAME")


@group.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=completion.recipe_names)],
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the settings' JSON Schema.")
    ] = False,
    choices: Annotated[
        str,
        typer.Option(metavar="SETTING", help="List what a setting can be chosen from."),
    ] = "",
    find: Annotated[
        str, typer.Option(metavar="WORDS", help="With --choices: only those with these words.")
    ] = "",
    json: Json = False,
) -> None:
    """Show a recipe's settings, presets and what can be chosen."""
    recipe = recipe_named(name)
    if schema:
        print_json(recipe.settings.model_json_schema())
    elif choices:
        _show_choices(recipe, choices, find, json=json)
    elif json:
        print_json(_whole(recipe))
    else:
        _draw(recipe)


def _brief(recipe: Recipe) -> dict[str, Any]:
    presets = [{"name": name, "purpose": purpose(text)} for name, text in recipe.presets.items()]
    return {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "presets": presets,
    }


def _whole(recipe: Recipe) -> dict[str, Any]:
    changeable = recipe.rules.CHANGEABLE
    settings = [
        {**asdict(setting), "changeable": setting.name in changeable}
        for setting in settings_of(recipe.settings)
    ]
    return {**_brief(recipe), "settings": settings, "choices": list(recipe.choices)}


def _show_choices(recipe: Recipe, setting: str, text: str, *, json: bool) -> None:
    if setting not in recipe.choices:
        listed = ", ".join(recipe.choices) or "none"
        raise NotFound(
            f"“{setting}” has no list to choose from.",
            code="no-choices",
            next_step=f"Settings that have one: {listed}.",
        )
    found = recipe.choices[setting](text)
    if json:
        print_json([{"value": value, "label": label} for value, label in found])
        return
    width = max((len(value) for value, _ in found), default=0)
    for value, label in found:
        typer.echo(f"{value:<{width}}  {label}")
    if not found:
        typer.echo(f"Nothing has “{text}” in it.", err=True)


def _named(settings: list[Setting]) -> Iterator[tuple[str, Setting]]:
    """Each by its name; of a list of tables, the settings of each after it, by place."""
    for setting in settings:
        yield setting.name, setting
        for row in setting.rows:
            yield f"  {setting.name}.N.{row.name}", row


def _draw(recipe: Recipe) -> None:
    out = console()
    out.print(Text.assemble((recipe.title, "bold"), f"  {recipe.summary}"))
    for importance, settings in by_importance(settings_of(recipe.settings)):
        out.print(Text(f"\n{importance.capitalize()} settings", "bold"))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=24)
        table.add_column(overflow="fold")
        for name, setting in _named(settings):
            default = as_toml(setting.default) or "not set"
            table.add_row(f"  {name}", Text(default, "bright_black"), _about(setting, recipe))
        out.print(table, soft_wrap=False)
    if recipe.presets:
        out.print(Text("\nPresets", "bold"))
        for name, text in recipe.presets.items():
            out.print(f"  {name:<20}  {purpose(text)}")
        out.print(f"\nTo begin with one: tuneyard new {recipe.name} --preset NAME")


def _about(setting: Setting, recipe: Recipe) -> Text:
    return Text("\n").join([Text(setting.help), *_details(setting, recipe)])


def _details(setting: Setting, recipe: Recipe) -> Iterator[Text]:
    if setting.values:
        yield Text(setting.values, "bright_black")
    for value, meaning in setting.choices.items():
        yield Text(f"{value}  {meaning}", "bright_black")
    if setting.name in recipe.choices:
        command = f"tuneyard recipes show {recipe.name} --choices {setting.name}"
        yield Text(f"To choose from: {command} --find WORDS", "bright_black")
