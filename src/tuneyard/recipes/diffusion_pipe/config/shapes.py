"""Sizes as people type them, read: ``512``, ``512x768``, ``512x512x33``, ``512:4, 1024:1``.

All functions raise ValueError with a sentence for the user.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["batches", "ratios", "resolutions", "size_buckets"]

_LARGEST = 16384  # of a side, and of a clip's frames: beyond every model, and typed by mistake
_TIMES = re.compile(r"\s*[x×]\s*", re.IGNORECASE)


def resolutions(texts: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Each ``(side,)`` of a square or ``(width, height)``."""
    return tuple(
        _numbers(text, (1, 2), "resolution", "512, or 1280x720 for width and height")
        for text in texts
    )


def ratios(texts: Sequence[str]) -> tuple[float | tuple[int, int], ...]:
    """Aspect ratios: width over height, or ``(width, height)``."""
    return tuple(_ratio(text) for text in texts)


def size_buckets(texts: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Each ``(width, height, frames)``; a picture's frame may be left out."""
    found = []
    for text in texts:
        numbers = _numbers(text, (2, 3), "size", "512x768x33: width, height and frames")
        width, height, frames = (*numbers, 1)[:3]
        found.append((width, height, frames))
    return tuple(found)


def batches(text: str) -> tuple[tuple[int | None, int], ...]:
    """Pairs of a resolution and its batch size; ``((None, n),)`` where one is for all."""
    example = "4, or 512:4, 1024:1 for one by resolution"
    found: list[tuple[int | None, int]] = []
    for part in text.split(","):
        side, colon, size = part.rpartition(":")
        try:
            found.append((int(side) if colon else None, int(size)))
        except ValueError:
            raise ValueError(_no(text, "batch size", example)) from None
    sides = [side for side, _ in found]
    several = len(found) > 1
    if (several and None in sides) or len(set(sides)) < len(sides):
        raise ValueError(_no(text, "batch size", example))
    if any(not 0 < size <= _LARGEST or not _fits(side) for side, size in found):
        raise ValueError(f"“{text}” names a batch that can't be: {_bounds()}.")
    return tuple(found)


def _ratio(text: str) -> float | tuple[int, int]:
    example = "1.5, or 512x768 for width and height"
    if len(_TIMES.split(text)) > 1:
        width, height = _numbers(text, (2,), "aspect ratio", example)
        return width, height
    try:
        ratio = float(text)
    except ValueError:
        raise ValueError(_no(text, "aspect ratio", example)) from None
    if not 0.01 <= ratio <= 100:  # refuses nan as well
        raise ValueError(f"“{text}” is no aspect ratio: it is width over height, 0.01 to 100.")
    return ratio


def _numbers(text: str, lengths: tuple[int, ...], what: str, example: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in _TIMES.split(text.strip()))
    except ValueError:
        raise ValueError(_no(text, what, example)) from None
    if len(numbers) not in lengths:
        raise ValueError(_no(text, what, example))
    if not all(_fits(number) for number in numbers):
        raise ValueError(f"“{text}” is no {what}: {_bounds()}.")
    return numbers


def _fits(number: int | None) -> bool:
    return number is None or 0 < number <= _LARGEST


def _bounds() -> str:
    return f"numbers are 1 to {_LARGEST:,}"


def _no(text: str, what: str, example: str) -> str:
    return f"“{text}” is no {what}. Write it as {example}."
