"""Sentences for values that pydantic refuses: its own words are for programmers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 60  # letters of a value that are shown

# What follows the name, by pydantic's code: all that settings, job files and requests can give.
_SAID: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "has to be a text",
    "string_too_short": "needs at least {min_length} letters",
    "string_too_long": "can have at most {max_length} letters",
    "string_pattern_mismatch": "is not written as it has to be",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_parsing_size": "has to be a smaller number",
    "int_from_float": "has to be a whole number",
    "float_type": "has to be a number",
    "float_parsing": "has to be a number",
    "finite_number": "has to be a finite number",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
    "list_type": "has to be a list",
    "dict_type": "has to be a table",
    "model_type": "has to be a table",
    "model_attributes_type": "has to be a table",
    "too_short": "needs at least {min_length} entries",
    "too_long": "can have at most {max_length} entries",
    "literal_error": "has to be {expected}",
    "enum": "has to be {expected}",
    "greater_than": "has to be more than {gt}",
    "greater_than_equal": "has to be at least {ge}",
    "less_than": "has to be less than {lt}",
    "less_than_equal": "can be at most {le}",
    "multiple_of": "has to be a multiple of {multiple_of}",
    "json_invalid": "is not valid JSON",
    "json_type": "is not valid JSON",
}
_ONE = {
    "string_too_short": "can't be empty",
    "too_short": "can't be empty",
    "string_too_long": "can have one letter at most",
    "too_long": "can have one entry at most",
}


def sentence(detail: Mapping[str, Any], name: str) -> str:
    """A sentence of its own, with the value. `detail` is one of ``ValidationError.errors()``."""
    if detail["type"] == "extra_forbidden":
        return f"There is no setting “{name}”."
    if own := _own(detail):
        return own
    value = "" if detail["type"] == "missing" else f"; it is {shown(detail['input'])}"
    return f"“{name}” {predicate(detail)}{value}."


def plain(detail: Mapping[str, Any], name: str) -> str:
    """The same without the value, which may be a secret, and for a message that has no such name."""
    if own := _own(detail):
        return own
    said = "is nothing that is known here" if detail["type"] == "extra_forbidden" else None
    return f"{f'“{name}”' if name else 'The message'} {said or predicate(detail)}."


def predicate(detail: Mapping[str, Any]) -> str:
    """What has to be so, to follow a name; of a code that isn't known, that it can't be so."""
    kind, about = detail["type"], detail.get("ctx", {})
    if 1 in (about.get("min_length"), about.get("max_length")) and kind in _ONE:
        return _ONE[kind]
    told = {name: _told(name, value) for name, value in about.items()}
    return _SAID.get(kind, "is not possible here").format_map(told)


def shown(value: Any) -> str:
    """A value as a job file has it, shortened."""
    if value is None or value == "":
        return "empty"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}…"


def _own(detail: Mapping[str, Any]) -> str:
    """The sentence of a check of ours; "" of pydantic's own."""
    if detail["type"] != "value_error":
        return ""
    said = str(detail["ctx"]["error"])
    return said if said.endswith((".", "?")) else f"{said}."


def _told(name: str, value: Any) -> str:
    if name == "expected":  # 'a', 'b' or 'c'
        return _listed(re.findall(r"'([^']*)'", str(value)) or [str(value)])
    if isinstance(value, int | float):
        return f"{int(value):,}" if value == int(value) else str(value)
    return str(value)


def _listed(names: list[str]) -> str:
    words = [name for name in names if name] + (["empty"] if "" in names else [])
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
