"""Words for sizes, times and states, and JSON. Imports nothing slow."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import typer

from tuneyard.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

# What else than a GPU of this computer a job waits for, or does where nothing can be counted.
WAITS = {
    "offer": "looking for a GPU",
    "pod": "waiting for the pod",
    "inputs": "sending the data",
    "push": "pushing the last checkpoint",
    "results": "bringing the results home",
    "end": "ending the pod",
}

# Colour is never the only sign.
_LOOKS = {
    State.QUEUED: ("◌", "yellow"),
    State.PROVISIONING: ("◌", "yellow"),
    State.PREPARING: ("●", "cyan"),
    State.TRAINING: ("●", "cyan"),
    State.FINISHING: ("●", "cyan"),
    State.SUCCEEDED: ("✓", "green"),
    State.FAILED: ("✕", "red"),
    State.STOPPED: ("■", "bright_black"),
    State.LOST: ("?", "magenta"),
}
_UNKNOWN = ("?", "magenta")


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def look(state: str | None) -> tuple[str, str]:
    """A state as sign and word, and its colour."""
    sign, style = _LOOKS[State(state)] if state else _UNKNOWN
    return f"{sign} {state or 'unreadable'}", style


def colour(text: str, style: str) -> str:
    """Text in a colour, on a terminal and unless NO_COLOR is set."""
    return (
        typer.style(text, style) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
    )


def size(number: float) -> str:
    """Bytes in the unit that fits: ``846 MB``, ``1.6 MB``, ``340 bytes``."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            value = number / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number:.0f} bytes"


def duration(seconds: float, *, precise: bool = True) -> str:
    """In the two units that matter: ``3 h 12 min``, ``2 min 5 s``, ``0.4 s`` if `precise`."""
    if precise and seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    days, hours = divmod(hours, 24)
    if not days:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{days} d {hours} h" if hours else f"{days} d"


def left(seconds: float) -> str:
    """Time left, rounded so that it doesn't flicker: ``12 min left``."""
    if seconds < 60:
        return "less than a minute left"
    if seconds < 3600:
        return f"{round(seconds / 60)} min left"
    return f"{duration(round(seconds / 300) * 300)} left"


def ago(moment: float | None) -> str:
    """``just now``, ``5 min ago``, ``3 d ago``, of seconds since 1970."""
    if moment is None:
        return ""
    seconds = time.time() - moment
    if seconds < 60:
        return "just now"
    for unit, length in (("d", 86400), ("h", 3600)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return f"{int(seconds // 60)} min ago"


def figures(progress: Mapping[str, Any], figure: Mapping[str, float]) -> list[str]:
    """How far a training is, in parts: ``epoch 3/12``, ``step 9/36``, ``loss_g 2.31``, time left."""
    parts = [
        _count(name, progress[name], progress.get(f"{name}s"))
        for name in ("epoch", "step")
        if progress.get(name) is not None
    ]
    parts += [f"{name} {value:.4g}" for name, value in figure.items()]
    if progress.get("seconds_left") is not None:
        parts.append(left(progress["seconds_left"]))
    return parts


def share(progress: Mapping[str, Any]) -> float | None:
    """What share of a training is done, from 0 to 1, if that is known."""
    for name in ("step", "epoch"):
        done, whole = progress.get(name), progress.get(f"{name}s")
        if done is not None and whole:
            return max(0.0, min(1.0, float(done) / float(whole)))
    return None


def _count(name: str, done: float, whole: float | None) -> str:
    return f"{name} {done:,}/{whole:,}" if whole else f"{name} {done:,}"
