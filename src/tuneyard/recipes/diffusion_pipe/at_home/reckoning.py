"""What an expression of `needs` comes to: see `tuneyard.site.recipes` for how it is read."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def value(expression: Any, settings: Mapping[str, Any]) -> Any:
    """The same as the page makes of it. Of operations, those that this recipe uses."""
    if not isinstance(expression, dict):
        return expression
    word, given = next(iter(expression.items()))
    if word == "setting":
        return settings[given]
    if word == "by":
        case = expression["is"].get(text(value(given, settings)), expression["else"])
        return value(case, settings)
    if word == "cases":
        fitting = (then for where, then in given if fits(where, settings))
        return value(next(fitting, expression["else"]), settings)
    if word == "largest":
        pairs = [(value(number, settings), beside) for number, beside in given]
        known = [pair for pair in pairs if pair[0] is not None]
        return max(known, key=lambda pair: pair[0])[1] if known else None
    return _OPERATIONS[word]([value(part, settings) for part in given])


def fits(where: Mapping[str, str], settings: Mapping[str, Any]) -> bool:
    """Whether each named setting's text is wholly what its pattern says, in letters of any case."""
    return all(
        re.fullmatch(pattern, text(settings[name]), re.IGNORECASE)
        for name, pattern in where.items()
    )


def text(setting: Any) -> str:
    """A setting as a browser would write it."""
    if setting is None:
        return ""
    return str(setting).lower() if isinstance(setting, bool) else str(setting)


def _most(numbers: list[float | None]) -> float | None:
    return max((number for number in numbers if number is not None), default=None)


_OPERATIONS = {
    "first": lambda of: next((each for each in of if each is not None), None),
    "sum": sum,
    "product": math.prod,
    "quotient": lambda of: of[0] / of[1],
    "whole": lambda of: of[0] // of[1],
    "most": _most,
    "rounded": lambda of: None if of[0] is None else round(of[0], of[1]),
}
