"""Numbers as a browser writes them: it knows no float that is whole."""

from __future__ import annotations

from typing import Any


def plain(data: Any) -> Any:
    """The same JSON; 6.0 becomes 6."""
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    return data
