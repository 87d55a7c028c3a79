"""Makes the pictures of the demo: as it looks while it trains, and at its end.

    ./launch setup
    uv run --with pyte --with rich docs/images/make.py SECONDS

It runs `tuneyard run` on the example in a terminal of its own, and draws the screen
after so many seconds and when the command has ended.
"""

import io
import os
import pty
import re
import select
import sys
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 104, 60
COMMAND = ["tuneyard", "run", "examples/first-voice/job.toml"]
TITLE = "$ " + " ".join(COMMAND)
NAMED = {"brown": "yellow", "default": None}


def main() -> None:
    screen = pyte.Screen(COLUMNS, LINES)
    play(pyte.ByteStream(screen), float(sys.argv[1]), lambda: draw(screen, "running.svg"))
    draw(screen, "demo.svg")


def play(stream: pyte.ByteStream, seconds: float, in_between: Callable[[], None]) -> None:
    """Runs the command to its end; calls back once, after so many seconds."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        size = {"COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm-256color"}
        command = [str(ROOT / ".venv/bin" / COMMAND[0]), *COMMAND[1:]]
        os.execve(command[0], command, {**os.environ, **size})
    due = time.monotonic() + seconds
    while True:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                stream.feed(os.read(terminal, 65536))
            except OSError:  # the other end is closed
                return
        if time.monotonic() > due:
            in_between()
            due = float("inf")


def draw(screen: pyte.Screen, name: str) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    last = max(number for number, line in enumerate(screen.display) if line.strip())
    for number in range(last + 1):
        console.print(line_of(screen, number), no_wrap=True, overflow="crop")
    console.print()  # the drawing cuts off the last line's descenders
    # Without its fonts from elsewhere: a picture loads nothing.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title=TITLE), flags=re.DOTALL)
    (ROOT / "docs/images" / name).write_text(drawn, encoding="utf-8")


def line_of(screen: pyte.Screen, number: int) -> Text:
    cells = [screen.buffer[number][column] for column in range(screen.columns)]
    text = Text()
    for style, run in groupby(cells, style_of):
        text.append("".join(cell.data for cell in run), style)
    text.rstrip()
    return text


def style_of(cell: Char) -> Style:
    color = NAMED.get(cell.fg, cell.fg)
    if color and len(color) == 6 and all(c in "0123456789abcdef" for c in color):
        color = f"#{color}"
    dim = color == "brightblack"
    return Style(color=None if dim else color, bold=cell.bold, dim=dim)


if __name__ == "__main__":
    main()
