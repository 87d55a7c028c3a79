"""JSON told by its shape, as strictly as RunPod reads it: what breaks it, in RunPod's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Text:
    shortest: int = 0
    pattern: str = ""
    choices: Sequence[str] = ()
    or_null: bool = False


@dataclass(frozen=True)
class Whole:
    """An integer from `least` to `most`, both included."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Several:
    of: Shape
    most: int | None = None


@dataclass(frozen=True)
class Texts:
    """Text by name, of any names."""


@dataclass(frozen=True)
class Record:
    """These fields and no others. `fewest` is how many of them there must be.

    Where RunPod puts one together from several, one fault makes it disown all the fields.
    """

    fields: Mapping[str, Shape]
    required: Sequence[str] = ()
    composed: bool = False
    fewest: int = 0


Shape = Text | Whole | Flag | Several | Texts | Record


def violations(value: Any, shape: Shape, at: str = "$") -> list[str]:
    """What keeps a value from having this shape; nothing if it has."""
    match shape:
        case Text():
            return list(_text(value, shape, at))
        case Whole():
            return list(_whole(value, shape, at))
        case Flag():
            return [] if isinstance(value, bool) else [_kind(value, "boolean", at)]
        case Several():
            return list(_several(value, shape, at))
        case Texts():
            return list(_texts(value, at))
        case Record():
            return list(_record(value, shape, at))


def _text(value: Any, shape: Text, at: str) -> Iterator[str]:
    if value is None and shape.or_null:
        return
    if not isinstance(value, str):
        yield _kind(value, "string or null" if shape.or_null else "string", at)
    elif len(value) < shape.shortest:
        yield f"{at}: length must be >= {shape.shortest}, but got {len(value)}"
    elif shape.choices and value not in shape.choices:
        yield f"{at}: value must be one of {', '.join(map(repr, shape.choices))}"
    elif shape.pattern and not re.search(shape.pattern, value):
        yield f"{at}: {value!r} does not match pattern {shape.pattern!r}"


def _whole(value: Any, shape: Whole, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _kind(value, "integer", at)
    elif shape.least is not None and value < shape.least:
        yield f"{at}: must be >= {shape.least} but found {value}"
    elif shape.most is not None and value > shape.most:
        yield f"{at}: must be <= {shape.most} but found {value}"


def _several(value: Any, shape: Several, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _kind(value, "array", at)
        return
    if shape.most is not None and len(value) > shape.most:
        yield f"{at}: maximum {shape.most} items required, but found {len(value)}"
    for number, item in enumerate(value):
        yield from violations(item, shape.of, f"{at}[{number}]")


def _texts(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _kind(value, "object", at)
        return
    for name, item in value.items():
        if not isinstance(item, str):
            yield _kind(item, "string", f"{at}.{name}")


def _record(value: Any, shape: Record, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _kind(value, "object", at)
        return
    found = [f"{at}: missing property {name!r}" for name in shape.required if name not in value]
    if len(value) < shape.fewest:
        found.append(f"{at}: minimum {shape.fewest} properties required")
    for name, item in value.items():
        if name in shape.fields:
            found += violations(item, shape.fields[name], f"{at}.{name}")
    strange = [name for name in value if name not in shape.fields]
    if found and shape.composed:
        strange = list(value)
    if strange:
        listed = ", ".join(map(repr, strange))
        found.append(f"{at}: additional properties {listed} not allowed")
    yield from found


def _kind(value: Any, wanted: str, at: str) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    got = "null" if value is None else kinds.get(type(value), "object")
    return f"{at}: got {got}, want {wanted}"
