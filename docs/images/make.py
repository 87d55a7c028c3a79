"""Makes docs/images/demo.svg: the demo in a terminal of its own, as it looks while it trains.

    ./launch setup
    .cache/uv/bin/uv run --with pyte --with rich docs/images/make.py [SECONDS]

It runs `tuneyard run` on the example in a pseudo-terminal and draws the screen as it
is at the end, or when the job has trained for so many seconds (and stops it then).
"""

import io
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 96, 60
COMMAND = ["tuneyard", "run", "examples/first-voice/job.toml"]
TITLE = "$ " + " ".join(COMMAND)
NAMED = {"brown": "yellow", "default": None}


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else None
    screen = pyte.Screen(COLUMNS, LINES)
    play(pyte.ByteStream(screen), seconds)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    shown = [number for number, line in enumerate(screen.display) if line.strip()]
    for number in range(shown[-1] + 1):
        console.print(line_of(screen, number), no_wrap=True, overflow="crop")
    console.save_svg(str(ROOT / "docs/images/demo.svg"), title=TITLE)


def play(stream: pyte.ByteStream, seconds: float | None) -> None:
    """Runs the command until it ends, or interrupts it (which leaves the job running)."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        size = {"COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm-256color"}
        command = [str(ROOT / ".venv/bin" / COMMAND[0]), *COMMAND[1:]]
        os.execve(command[0], command, {**os.environ, **size})
    begun = time.monotonic()
    while seconds is None or time.monotonic() < begun + seconds:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            stream.feed(os.read(terminal, 65536))
        except OSError:  # the other end is closed
            return
    os.kill(child, signal.SIGTERM)


def line_of(screen: pyte.Screen, number: int) -> Text:
    text = Text()
    for column in range(screen.columns):
        char = screen.buffer[number][column]
        color = NAMED.get(char.fg, char.fg)
        if color is not None and len(color) == 6 and color not in NAMED:
            color = f"#{color}" if all(c in "0123456789abcdef" for c in color) else color
        dim = color == "brightblack"
        style = Style(color=None if dim else color, bold=char.bold, dim=dim)
        text.append(char.data, style)
    text.rstrip()
    return text


if __name__ == "__main__":
    main()
