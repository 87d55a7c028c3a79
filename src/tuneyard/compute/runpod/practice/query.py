"""As much of GraphQL as it takes to read one plain operation: no fragments, no directives."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\.\.\.|[_A-Za-z]\w*|-?\d+(?:\.\d+)?|[!$():=@\[\]{|}]|#[^\n]*'
)


@dataclass(frozen=True)
class Field:
    """One that is asked for. `key` is what the answer calls it."""

    key: str
    name: str
    given: Mapping[str, Any]
    fields: tuple[Field, ...]


class NotUnderstood(Exception):
    """A question that is no GraphQL, or of a kind that is not spoken here."""


def parse(text: str, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    """What one operation asks for. Raises NotUnderstood; knows no fragments, no directives."""
    tokens = _Tokens(text)
    if tokens.peek() in {"query", "mutation"}:
        tokens.take()
        while tokens.peek() != "{":  # its name, and what its variables are
            tokens.take()
    fields = _fields(tokens, variables)
    if tokens.peek():
        raise NotUnderstood(f'Unexpected "{tokens.peek()}".')
    return fields


def _fields(tokens: _Tokens, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    tokens.expect("{")
    found = []
    while not tokens.skip("}"):
        key = name = tokens.name()
        if tokens.skip(":"):
            name = tokens.name()
        given = _given(tokens, variables, ")") if tokens.skip("(") else {}
        inner = _fields(tokens, variables) if tokens.peek() == "{" else ()
        found.append(Field(key, name, given, inner))
    return tuple(found)


def _given(tokens: _Tokens, variables: Mapping[str, Any], end: str) -> dict[str, Any]:
    found = {}
    while not tokens.skip(end):
        name = tokens.name()
        tokens.expect(":")
        found[name] = _value(tokens, variables)
    return found


def _value(tokens: _Tokens, variables: Mapping[str, Any]) -> Any:
    sign = tokens.take()
    if sign == "$":
        return variables.get(tokens.name())
    if sign == "{":
        return _given(tokens, variables, "}")
    if sign == "[":
        found = []
        while not tokens.skip("]"):
            found.append(_value(tokens, variables))
        return found
    try:
        return json.loads(sign)  # text, numbers, true, false, null
    except ValueError:
        return sign  # a name of an enumeration


class _Tokens:
    def __init__(self, text: str) -> None:
        found: Iterator[str] = (match[0] for match in _TOKEN.finditer(text))
        self._left = [token for token in found if not token.startswith("#")][::-1]

    def peek(self) -> str:
        return self._left[-1] if self._left else ""

    def take(self) -> str:
        if not self._left:
            raise NotUnderstood("Unexpected <EOF>.")
        return self._left.pop()

    def skip(self, sign: str) -> bool:
        found = self.peek() == sign
        if found:
            self.take()
        return found

    def expect(self, sign: str) -> None:
        if (found := self.take()) != sign:
            raise NotUnderstood(f'Expected "{sign}", found "{found}".')

    def name(self) -> str:
        if not re.fullmatch(r"[_A-Za-z]\w*", found := self.take()):
            raise NotUnderstood(f'Expected Name, found "{found}".')
        return found
