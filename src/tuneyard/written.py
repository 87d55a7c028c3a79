"""Other ways in which a job file may write a value: each reads it, and says so in the JSON Schema.

So a page that reads job files itself reads the same (``written.ts``). They annotate a field's
type: ``Annotated[str, Joined("x")]``.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


class _Written(ABC):
    """`said` is what the schema has of it."""

    said: Mapping[str, Any]

    @abstractmethod
    def read(self, value: Any) -> Any:
        """What it means; as it is where it isn't written that way. Raises ValueError, in words."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), **self.said}


class Joined(_Written):
    """A text as the list of its parts: ``[512, 768]`` is 512x768.

    Lists inside are joined by the next separator: ``[[512, 4], [1024, 1]]`` is 512:4, 1024:1.
    """

    def __init__(self, *separators: str) -> None:
        self._separators = separators
        self.said = {"joined": list(separators)}

    def read(self, value: Any) -> Any:
        text = _joined(value, self._separators) if isinstance(value, list) else None
        return value if text is None else text


class Switched(_Written):
    """One of a few words as true or false."""

    def __init__(self, on: str, off: str) -> None:
        self._words = {True: on, False: off}
        self.said = {"switched": [on, off]}

    def read(self, value: Any) -> Any:
        return self._words[value] if isinstance(value, bool) else value


class Spelt(_Written):
    """A table of texts, whose values may be anything that JSON has a form for."""

    said: Mapping[str, Any] = {"spelt": True}

    def read(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: each if isinstance(each, str) else _spelt(name, each)
            for name, each in value.items()
        }


def _joined(value: Any, separators: tuple[str, ...]) -> str | None:
    """None for what is neither text nor number, nor a list of such."""
    if isinstance(value, list) and separators:
        parts = [_joined(each, separators[1:]) for each in value]
        told = [part for part in parts if part is not None]
        return separators[0].join(told) if len(told) == len(parts) else None
    is_told = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_told else None


def _spelt(name: str, value: Any) -> str:
    try:
        return json.dumps(value)
    except TypeError:
        raise ValueError(f"The value of {name} is neither a text, a number nor a list.") from None
