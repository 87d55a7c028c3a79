"""Tables in Markdown, for the reference pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .settings import as_toml, settings_of

if TYPE_CHECKING:
    from tuneyard.recipes.base import Recipe

    from .settings import Setting

MANY = 60  # settings, from which on a page sorts them by what they are about
_NAMED = 4  # values that are named one by one where a setting matters for a few alone


def of_settings(
    settings: list[Setting], recipe: Recipe | None = None, among: list[Setting] | None = None
) -> str:
    """`among`: all settings, of which some decide whether these matter; left out, none is named."""
    if recipe is not None and among is None:
        among = settings_of(recipe.settings)
    columns = {
        "Setting": [f"`{each.name}`" for each in settings],
        "Default": [_default(each) for each in settings],
        "Values": [_values(each, recipe) for each in settings],
        "What it does": [_meaning(each, among or []) for each in settings],
    }
    if among is None or len(among) <= MANY:
        columns["Variable"] = [f"`{each.env}`" if each.env else "" for each in settings]
    else:
        columns["Level"] = [each.importance for each in settings]
    if recipe is not None:
        changeable = recipe.rules.CHANGEABLE
        columns["Resume"] = ["yes" if each.name in changeable else "no" for each in settings]
    return table(tuple(columns), list(zip(*columns.values(), strict=True)))


def _default(setting: Setting) -> str:
    default = as_toml(setting.default)
    return f"`{default}`" if default else "not set"


def _meaning(setting: Setting, among: list[Setting]) -> str:
    """What it does; on a page with many settings also where it matters."""
    said = f"**{setting.title}.** {setting.help}"
    if len(among) <= MANY or not setting.shown_when:
        return said
    others = {each.name: each for each in among}
    where = (_where(others[name], wanted) for name, wanted in setting.shown_when.items())
    return f"{said} *Only {' and '.join(where)}.*"


def _where(other: Setting, wanted: Any) -> str:
    """For which values of another setting one matters: ``where `model` is `flux` or `chroma` ``."""
    if wanted == "*":
        return f"where `{other.name}` is set"
    values = wanted if isinstance(wanted, list) else [wanted]
    rest = [value for value in other.choices if value not in values]
    if len(values) <= _NAMED:
        return f"where `{other.name}` is {_or(values)}"
    if len(rest) <= _NAMED:
        return f"where `{other.name}` is not {_or(rest)}"
    return f"for {len(values)} of `{other.name}`"


def _or(values: list[Any]) -> str:
    names = [f"`{value if isinstance(value, str) else as_toml(value)}`" for value in values]
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _values(setting: Setting, recipe: Recipe | None) -> str:
    parts = [", ".join(part for part in (setting.kind, setting.values) if part)]
    parts += [f"`{as_toml(value)}` {text}".strip() for value, text in setting.choices.items()]
    if recipe is not None and setting.name in recipe.choices:
        parts.append(
            f"to choose from: `tuneyard recipes show {recipe.name} --choices {setting.name}`"
        )
    return "<br>".join(parts)


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
