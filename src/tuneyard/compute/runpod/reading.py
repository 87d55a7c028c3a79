"""Values out of JSON that may have changed since we last saw it: each as it should be, or a default."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

_GAP = re.compile(r" ([+-]\d{4})$")


def text(value: Any, default: str = "") -> str:
    """A text that can be written and printed; a number is one too."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return default
    return str(value).encode(errors="replace").decode()


def number(value: Any) -> float | None:
    """A finite number that isn't negative, also where it comes as a text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def whole(value: Any, default: int = 0) -> int:
    found = number(value)
    return default if found is None or found > 1 << 53 else int(found)


def table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; what else is in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def moment(value: Any) -> float | None:
    """Seconds since 1970: of ``2026-08-20T06:16:19Z``, and of ``2026-08-20 06:16:19.436 +0000 UTC``."""
    if not isinstance(value, str):
        return None
    plain = _GAP.sub(r"\1", value.strip().removesuffix(" UTC"))
    try:
        found = datetime.fromisoformat(plain)
        seconds = found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None  # the year 1 stands for never
