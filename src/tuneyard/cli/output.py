"""The console that commands draw on."""

from __future__ import annotations

import sys

from rich.console import Console

_WIDE = 1000  # columns of a file or a pipe: whoever reads it cuts it


def console() -> Console:
    """A console that prints text as it is, in colour on a terminal unless NO_COLOR is set."""
    stream = sys.stdout
    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=terminal,
        width=None if terminal else _WIDE,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )
