"""A job file that explains itself: what `tuneyard new` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit

from tuneyard.fields import matters
from tuneyard.jobs.job import ComputeChoice, Results

from .settings import Setting, as_toml, by_importance, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tuneyard.recipes.base import Recipe

_TITLES = {"basic": "", "advanced": "Advanced", "expert": "Expert"}


def text(
    recipe: Recipe,
    name: str,
    file: str,
    settings: Mapping[str, Any],
    results: Mapping[str, Any],
    notes: Sequence[str] = (),
) -> str:
    """A job file with these values; the basic ones that matter are written out, all others commented."""
    return "\n".join(
        [
            *_head(recipe, file, notes),
            "format = 1",
            f"recipe = {as_toml(recipe.name)}",
            f"name = {as_toml(name)}    # becomes part of the job's id",
            "",
            "[settings]",
            *_table(settings_of(recipe.settings), settings),
            "",
            "# Where it runs.",
            "[compute]",
            f"name = {as_toml(ComputeChoice().name)}",
            "",
            "# Where results go, beside the job's own folder.",
            "[results]",
            *_table(settings_of(Results), results),
            "",
        ]
    )


def filled(
    preset: str, settings: Mapping[str, Any], results: Mapping[str, Any], notes: Sequence[str]
) -> str:
    """A preset's text with some values set, its comments kept; a table's other entries stay."""
    document = tomlkit.parse(preset)
    for table, values in (("settings", settings), ("results", results)):
        for name, value in _writable(values).items():
            there = document.setdefault(table, tomlkit.table())
            if isinstance(value, dict) and name in there:
                there[name].update(value)
            else:
                there[name] = value
    return "".join(f"# {note}\n" for note in notes) + tomlkit.dumps(document)


def _writable(value: Any) -> Any:
    """The same with an empty text for none, which TOML has no word for."""
    if isinstance(value, dict):
        return {name: _writable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_writable(each) for each in value]
    return "" if value is None else value


def _head(recipe: Recipe, file: str, notes: Sequence[str]) -> Iterator[str]:
    yield f"# {recipe.title}: {recipe.summary[:1].lower()}{recipe.summary[1:]}."
    yield "#"
    yield f"#   tuneyard check {file}    says what is missing or wrong"
    yield f"#   tuneyard run {file}      starts it"
    yield "#"
    yield "# A line that begins with # counts for nothing: take the # away to set it."
    yield "# This file can be shared. It never holds a token: see `tuneyard secrets`."
    if notes:
        yield "#"
    for note in notes:
        yield f"# {note}"
    yield ""


def _table(
    settings: list[Setting], values: Mapping[str, Any], around: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """`around` are the values of the settings among which a row's stand."""
    known = {each.name: values.get(each.name, each.default) for each in settings}
    known = {**(around or {}), **known}
    for importance, chosen in by_importance([each for each in settings if not each.rows]):
        if title := _TITLES[importance]:
            yield ""
            yield f"# -- {title} --"
        for setting in chosen:
            yield ""
            yield from _setting(setting, values, known)
    for setting in settings:  # last: whatever follows would belong to the last of their rows
        if setting.rows:
            yield ""
            yield from _rows(setting, values, known)


def _rows(setting: Setting, values: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[str]:
    """A list of tables: as many as there are, or an empty one to be filled in."""
    yield f"# -- {setting.title} --"
    yield f"# {setting.help}"
    there: Sequence[Mapping[str, Any]] = values.get(setting.name) or [{}]
    unused = "" if values.get(setting.name) or setting.importance == "basic" else "# "
    for row in there:
        yield ""
        yield f"{unused}[[settings.{setting.name}]]"
        for line in _table(list(setting.rows), row, around):
            yield line if line.startswith("#") else f"{unused}{line}".rstrip()


def _setting(
    setting: Setting, values: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    yield f"# {setting.title}. {setting.help}"
    for value, meaning in setting.choices.items():
        yield f"#   {as_toml(value)}: {meaning}" if meaning else f"#   {as_toml(value)}"
    value = values.get(setting.name, setting.default)
    if value is None and setting.default is not None:
        value = ""  # as a job file says it
    asked = setting.importance == "basic" and matters(setting.shown_when, known)
    chosen = value is not None and (setting.name in values or asked)
    shown = f"{setting.name} = {as_toml(value)}".rstrip()
    unit = f"    # {setting.values}" if setting.values else ""
    yield f"{'' if chosen else '# '}{shown}{unit}"
