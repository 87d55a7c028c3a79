"""Fields of settings: pydantic, with what a form, the CLI's help and the docs need to know."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

Importance = Literal["basic", "advanced", "expert"]

# Widgets whose value names a file or folder, unless it is an address or a name of some list.
PATHS = frozenset(
    {"dataset", "path", "file", "folder", "checkpoint", "program", "model-file", "model-folder"}
)

_LITTER = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})  # of file managers and archivers


@dataclass(frozen=True)
class Reads:
    """What is read of a folder that a setting names: of all that is neither hidden nor litter.

    `inside`: whether its sub-folders are entered. `without`: endings of files that are passed over.
    `archive`: whether a .zip will do in its place.
    """

    inside: bool = True
    without: tuple[str, ...] = ()
    archive: bool = True

    def takes(self, name: str) -> bool:
        """Of a file's path inside of it, with ``/``: the page has the same in ``dropped.ts``."""
        parts = name.split("/")
        return (
            (self.inside or len(parts) == 1)
            and not any(part.startswith(".") or part in _LITTER for part in parts)
            and not (self.without and name.endswith(self.without))
        )


ALL = Reads()


def setting(
    default: Any,
    title: str,
    help: str,  # noqa: A002 - the form's own word
    *,
    importance: Importance = "advanced",
    group: str = "",
    unit: str = "",
    env: str = "",
    widget: str = "",
    shown_when: dict[str, Any] | None = None,
    choices: dict[str, str] | None = None,
    reads: Reads = ALL,
    at_stop: str = "",
    **bounds: Any,
) -> Any:
    """One setting.

    `help` is one line. `env` is the variable it was known by in older scripts.
    `widget` hints at how to ask for it (``dataset``, ``path``, ``hub-model``,
    ``language``, ``secrets``: a list of their names…); `shown_when` names another field and the values for which this
    one matters; `choices` says in words what each value means; `reads` what is read
    of a folder: the rest doesn't travel. `at_stop`, of a switch, is what a stop that saves does
    more while it is on, in a sentence for whoever stops the job. `bounds` are pydantic's (``ge``, ``le``, ``gt``, ``max_length``).
    """
    extra: dict[str, Any] = {
        "importance": importance,
        "group": group,
        "unit": unit,
        "env": env,
        "widget": widget,
        "shown_when": shown_when,
        "choices": choices,
        "reads": None if reads == ALL else asdict(reads),
        "at_stop": at_stop,
    }
    return Field(
        default=default,
        title=title,
        description=help,
        json_schema_extra={name: value for name, value in extra.items() if value},
        **bounds,
    )


def tables(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The settings that are lists of tables, each with the model of its tables."""
    lists = {
        name: get_args(field.annotation)[0]
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list
    }
    return {
        name: inner
        for name, inner in lists.items()
        if isinstance(inner, type) and issubclass(inner, BaseModel)
    }


def texts(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every text among the values: its place (``directories.0.path``), its widget, and itself."""
    nested = tables(model)
    for name, value in values.items():
        if name in nested:
            for number, row in enumerate(value):
                for place, widget, text in texts(nested[name], row):
                    yield f"{name}.{number}.{place}", widget, text
        elif isinstance(value, str):
            yield name, widget_of(model, name), value
        elif isinstance(value, list):
            for number, text in enumerate(value):
                if isinstance(text, str):
                    yield f"{name}.{number}", widget_of(model, name), text


def reads_at(model: type[BaseModel], place: str) -> Reads:
    """What is read of the folder that stands at a place, as `texts` names places."""
    name, _, rest = place.partition(".")
    inside = tables(model).get(name)
    if inside is not None:
        return reads_at(inside, rest.partition(".")[2])
    said = extra(model.model_fields[name], "reads")
    return Reads(**{**said, "without": tuple(said["without"])}) if said else ALL


def with_value(values: Mapping[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The same values with another one at a place, which may be a further row of a list.

    Raises LookupError, ValueError or TypeError where there is no such place.
    """
    name, _, rest = place.partition(".")
    if not rest:
        return {**values, name: value}
    if isinstance(values[name], dict):
        return {**values, name: with_value(values[name], rest, value)}
    digits, _, rest = rest.partition(".")
    if not digits.isdecimal():
        raise ValueError(place)
    rows, number = list(values[name]), int(digits)
    if number == len(rows):
        rows.append({})
    rows[number] = with_value(rows[number], rest, value) if rest else value
    return {**values, name: rows}


def emptied(model: type[BaseModel], values: Any) -> Any:
    """The same values with none for an empty text where a number or none is due, in rows too.

    So a job file can say that a number which has a default is not to be set.
    """
    if not isinstance(values, dict):
        return values
    nested, fields = tables(model), model.model_fields
    found: dict[str, Any] = {
        name: None if value == "" and name in fields and _may_be_no_number(fields[name]) else value
        for name, value in values.items()
    }
    rows = {name: found[name] for name in nested if isinstance(found.get(name), list)}
    return found | {name: [emptied(nested[name], row) for row in rows[name]] for name in rows}


def _may_be_no_number(field: FieldInfo) -> bool:
    kinds = set(get_args(field.annotation))
    return NoneType in kinds and kinds <= {NoneType, int, float, bool}


def widget_of(model: type[BaseModel], name: str) -> str:
    return str(extra(model.model_fields[name], "widget") or "")


def said_at_stop(model: type[BaseModel], values: Mapping[str, Any]) -> list[str]:
    """What a stop that saves does beside a checkpoint, of a job with these values."""
    return [
        str(sentence)
        for name, field in model.model_fields.items()
        if (sentence := extra(field, "at_stop"))
        and values.get(name) is True
        and matters(extra(field, "shown_when"), values)
    ]


def matters(shown_when: Mapping[str, Any] | None, values: Mapping[str, Any]) -> bool:
    """Whether the others are such that a setting does; ``*`` stands for anything that is set."""
    for name, wanted in (shown_when or {}).items():
        value = values.get(name)
        fits = value in wanted if isinstance(wanted, list) else value == wanted
        if not (bool(value) if wanted == "*" else fits):
            return False
    return True


def extra(field: FieldInfo, name: str) -> Any:
    """What `setting` noted of a field; None where it noted nothing."""
    return field.json_schema_extra.get(name) if isinstance(field.json_schema_extra, dict) else None
