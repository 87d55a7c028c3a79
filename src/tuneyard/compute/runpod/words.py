"""Money, times and texts of others, as people are shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_GRAM = 8  # characters: so much of a secret in a row gives it away
_SHORTEST = 4  # characters; what is shorter would star out ordinary words


def money(dollars: float) -> str:
    """``$3.00``, ``-$0.50``; what is less than a cent is not nothing."""
    if 0 < dollars < 0.005:
        return "less than $0.01"
    sign = "-" if dollars < 0 else ""
    return f"{sign}${abs(dollars):,.2f}"


def span(seconds: float) -> str:
    """Hours and minutes, rounded down: ``6 h 48 min``, ``6 h``, ``5 min``, ``40 s``."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{max(0, int(seconds))} s"
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)


def soon(seconds: float) -> str:
    """How long to wait, rounded up: ``a minute``, ``5 minutes``, ``2 hours``."""
    minutes = -(-int(seconds) // 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 120 else f"{-(-minutes // 60)} hours"


def quoted(text: str, longest: int = 300) -> str:
    """What another computer said, on one line that can't steer a terminal."""
    plain = "".join(c if c.isprintable() else " " for c in text[: longest * 4])
    line = " ".join(plain.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The same text with stars over secrets, also where only a part of one is quoted."""
    stars = [False] * len(text)
    for secret in secrets:
        length = min(_GRAM, len(secret))
        if length < _SHORTEST:
            continue
        grams = {secret[at : at + length] for at in range(len(secret) - length + 1)}
        for at in range(len(text) - length + 1):
            if text[at : at + length] in grams:
                stars[at : at + length] = [True] * length
    return "".join("*" if star else c for c, star in zip(text, stars, strict=True))
