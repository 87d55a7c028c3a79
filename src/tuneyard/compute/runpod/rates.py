"""How long RunPod asks to wait, from the headers of an answer."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 86_400.0  # seconds; the largest window is a day
_AT_LEAST = 1.0  # seconds, where no header says anything

_ENTRY = re.compile(r'"(?P<name>[^"]*)"(?P<parameters>[^,"]*)')
_PARAMETER = re.compile(r";\s*(?P<key>[a-z]+)\s*=\s*(?P<value>\d{1,12})\b")


class Window(NamedTuple):
    """One quota: how many requests are left of it, and in how many seconds it begins anew."""

    name: str
    left: int
    seconds: int


def windows(header: str) -> list[Window]:
    """``"minute";r=176;t=1, "hour";r=7193;t=2701``; what can't be read is left out."""
    found: list[Window] = []
    for entry in _ENTRY.finditer(header):
        values = {p["key"]: int(p["value"]) for p in _PARAMETER.finditer(entry["parameters"])}
        if "r" in values and "t" in values:
            found.append(Window(entry["name"], values["r"], values["t"]))
    return found


def wait(headers: Mapping[str, str]) -> float:
    """Seconds after which all that is used up has begun anew: several windows can be."""
    empty = [window.seconds for window in windows(headers.get("ratelimit", "")) if not window.left]
    asked = _retry_after(headers.get("retry-after", ""))
    return min(LONGEST, max([_AT_LEAST, asked, *map(float, empty)]))


def _retry_after(value: str) -> float:
    """Seconds, from a number of them or from a date."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return 0.0
