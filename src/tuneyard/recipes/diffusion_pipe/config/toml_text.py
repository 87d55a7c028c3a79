"""Values as TOML that the PyPI package ``toml`` 0.10.2 reads back as they are.

The trainer reads its files with it. It refuses arrays of mixed kinds, cuts arrays and inline
tables at signs inside of strings, and stumbles over quotes: hence no inline tables, and
escapes for whatever isn't plain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lines(table: Mapping[str, Any], name: str = "") -> str:
    """A table's lines; lists of tables come last, each under ``[[name.key]]``."""
    tables = {key: value for key, value in table.items() if _are_tables(value)}
    text = "".join(f"{key} = {_value(table[key])}\n" for key in table if key not in tables)
    for key, entries in tables.items():
        whole = f"{name}.{key}" if name else key
        text += "".join(f"\n[[{whole}]]\n{lines(entry, whole)}" for entry in entries)
    return text


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return repr(value)
    return _array(value)


def _array(values: Sequence[Any]) -> str:
    if any(isinstance(each, str) for each in values):
        return f"[{', '.join(_plain(str(each)) for each in values)}]"
    return f"[{', '.join(_value(each) for each in alike(values))}]"


def alike(values: Sequence[Any]) -> list[Any]:
    """Numbers of one kind: where one has a point, all have."""
    if any(isinstance(each, float) for each in values):
        return [float(each) for each in values]
    return list(values)


def _string(text: str) -> str:
    return _quoted(text, lambda sign: sign.isprintable())


def _plain(text: str) -> str:
    """As `_string`, with nothing inside that could seem to end a string or an array."""
    return _quoted(text, lambda sign: sign.isalnum() or sign in _HARMLESS)


_HARMLESS = " /._-:@+*()"


def _quoted(text: str, harmless: Callable[[str], bool]) -> str:
    """In quotes, with escapes for the rest.

    A backslash is never written as a number, which would be read as the beginning of another
    escape; and a u behind one always is, which would be read as the beginning of a number.
    What begins with two quotes it can't read at all: see traps/dataset.py.
    """
    written = []
    before = ""
    for sign in text:
        if sign == "\\":
            written.append("\\\\")
        elif sign == '"' or (before == "\\" and sign in "uU") or not harmless(sign):
            written.append(_number(sign))
        else:
            written.append(sign)
        before = sign
    return f'"{"".join(written)}"'


def _number(sign: str) -> str:
    code = ord(sign)
    # That reader takes the long ones after the short: a U of a short one would begin a long one.
    return f"\\u{code:04x}" if code < 0x10000 and sign != "U" else f"\\U{code:08x}"
