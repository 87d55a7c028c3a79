"""Two ways to show a story: on a terminal, with one live line; and as plain lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import typer
from rich.live import Live
from rich.text import Text

from .output import console

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from .story import Line, Now

_SIGNS = {
    "done": ("✓", "green"),
    "failed": ("✕", "red"),
    "stopped": ("■", "bright_black"),
    "lost": ("?", "magenta"),
    "note": ("·", "bright_black"),
    "sample": ("♪", "cyan"),
    "warning": ("!", "yellow"),
}
_BAR = 12  # characters
_BETWEEN_PLAIN = 10.0  # seconds between two lines of progress where nothing can be redrawn


class View(Protocol):
    def line(self, line: Line) -> None:
        """Shows what happened, for good."""

    def now(self, now: Now) -> None:
        """Shows what is happening, for now."""

    def close(self) -> None:
        """Leaves the terminal as it was; the next `now` begins again."""


def view(title_width: int) -> View:
    """The view that fits where the output goes."""
    out = console()
    if out.is_terminal and not out.is_dumb_terminal:
        return Screen(out, title_width)
    return Plain(title_width)


class Screen:
    def __init__(self, out: Console, title_width: int) -> None:
        self.out = out
        self.title_width = title_width
        self.live: Live | None = None
        self._last: Now | None = None

    def line(self, line: Line) -> None:
        self.out.print(_line(line, self.title_width))

    def now(self, now: Now) -> None:
        if self.live is None:
            self.live = Live(console=self.out, transient=True, auto_refresh=False)
            self.live.start()
            self._last = None
        if now != self._last:
            self.live.update(_now(now), refresh=True)
            self._last = now

    def close(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None


class Plain:
    def __init__(self, title_width: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.title_width = title_width
        self.clock = clock
        self._last = ""
        self._said_at = clock()

    def line(self, line: Line) -> None:
        typer.echo(_line(line, self.title_width).plain)

    def now(self, now: Now) -> None:
        text = _now(now).plain.strip()
        if text != self._last and self.clock() >= self._said_at + _BETWEEN_PLAIN:
            typer.echo(f"    {text}")
            self._last, self._said_at = text, self.clock()

    def close(self) -> None:
        """Nothing was drawn that would have to go."""


class Quiet:
    """For programs, which are told the end alone."""

    def line(self, line: Line) -> None: ...

    def now(self, now: Now) -> None: ...

    def close(self) -> None: ...


def _line(line: Line, title_width: int) -> Text:
    if line.kind == "phase":
        return Text(line.text, "bold")
    sign, style = _SIGNS[line.kind]
    if line.kind == "warning":
        more = f"\n    {line.more}" if line.more else ""
        return Text.assemble("  ", (sign, style), f" {line.text}{more}")
    return Text.assemble(
        "  ", (sign, style), f" {line.text:<{title_width}}  ", (line.more, "bright_black")
    )


def _now(now: Now) -> Text:
    text = Text("  ", no_wrap=True, overflow="ellipsis", end="")
    text.append("● ", "cyan").append(now.title)
    if now.share is not None:
        done = round(now.share * _BAR)
        text.append("  ").append("▓" * done, "cyan").append("░" * (_BAR - done), "bright_black")
        text.append(f" {now.share:.0%}")
    if now.text:
        text.append("  ").append(now.text, "" if now.share is not None else "bright_black")
    return text
