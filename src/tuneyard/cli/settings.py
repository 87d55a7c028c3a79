"""Settings as rows: what help, job files and the reference show of a pydantic model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMPORTANCES = ("basic", "advanced", "expert")

_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "table",
}
_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "above {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "below {}"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} of them"),
)


@dataclass(frozen=True)
class Setting:
    """One field; `default` None stands for "not set". `choices` maps each to what it means.

    `shown_when` names other settings and the values of theirs for which this one matters. Of a
    list of tables, `rows` are the settings of each.
    """

    name: str
    title: str
    help: str
    kind: str
    default: Any
    bounds: str = ""
    unit: str = ""
    importance: str = "advanced"
    group: str = ""
    env: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    shown_when: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Setting, ...] = ()

    @property
    def values(self) -> str:
        """What it may be, in one line: unit and bounds."""
        return ", ".join(part for part in (self.unit, self.bounds) if part)


def settings_of(model: Any) -> list[Setting]:
    """The fields of a pydantic model, in its own order."""
    return _of_schema(model.model_json_schema(), {})


def by_importance(settings: list[Setting]) -> Iterator[tuple[str, list[Setting]]]:
    """Basic ones first; a kind that has none is left out."""
    for importance in IMPORTANCES:
        if chosen := [each for each in settings if each.importance == importance]:
            yield importance, chosen


def by_group(settings: list[Setting]) -> Iterator[tuple[str, list[Setting]]]:
    """In the order of their first settings; in each the basic ones first."""
    for group in dict.fromkeys(each.group for each in settings):
        chosen = [each for each in settings if each.group == group]
        yield group, sorted(chosen, key=lambda each: IMPORTANCES.index(each.importance))


def as_toml(value: Any) -> str:
    """A value as a job file has it; nothing for None."""
    import tomlkit  # only whoever writes a job file pays for it

    if value is None:
        return ""
    item = tomlkit.inline_table() if isinstance(value, dict) else tomlkit.item(value)
    if isinstance(value, dict):
        item.update(value)
    text: str = item.as_string()
    return text


def _of_schema(schema: Mapping[str, Any], others: Mapping[str, Any]) -> list[Setting]:
    """`others` are the schemas that this one names."""
    others = schema.get("$defs", others)
    return [_setting(name, found, others) for name, found in schema["properties"].items()]


def _setting(name: str, found: Mapping[str, Any], others: Mapping[str, Any]) -> Setting:
    options = [option for option in found.get("anyOf", [found]) if option.get("type") != "null"]
    shape = options[0]
    known = found.get("choices", {})
    return Setting(
        name=name,
        title=found.get("title", name),
        help=found.get("description", ""),
        kind=_kind(shape),
        default=found.get("default"),
        bounds=_bounds(shape),
        unit=found.get("unit", ""),
        importance=found.get("importance", "advanced"),
        group=found.get("group", ""),
        env=found.get("env", ""),
        choices={value: known.get(value, "") for value in shape.get("enum", ())},
        shown_when=found.get("shown_when", {}),
        rows=tuple(_rows(shape, others)),
    )


def _rows(shape: Mapping[str, Any], others: Mapping[str, Any]) -> list[Setting]:
    reference = shape.get("items", {}).get("$ref", "")
    return _of_schema(others[reference.rpartition("/")[2]], others) if reference else []


def _bounds(shape: Mapping[str, Any]) -> str:
    if "minimum" in shape and "maximum" in shape:
        return f"{_number(shape['minimum'])} to {_number(shape['maximum'])}"
    return ", ".join(text.format(_number(shape[key])) for key, text in _BOUNDS if key in shape)


def _kind(shape: Mapping[str, Any]) -> str:
    if "enum" in shape:
        return "one of these"
    if shape.get("type") == "array":
        return f"list of {_KINDS[shape['items'].get('type', 'object')]}s"
    if shape.get("type") == "object":
        return f"table of {_one(shape['additionalProperties'])}s by name"
    return _KINDS[shape["type"]]


def _one(shape: Any) -> str:
    """What each value of a table is; of one that may be any of several, a value."""
    return _KINDS.get(shape.get("type", ""), "value") if isinstance(shape, dict) else "value"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) or value != int(value) else f"{int(value):,}"
