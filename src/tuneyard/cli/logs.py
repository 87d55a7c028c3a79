"""``tuneyard logs``: what the steps printed, byte for byte but for secrets."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneyard.home import home
from tuneyard.jobs.manager import Manager
from tuneyard.runner.masking import Masker
from tuneyard.runner.states import State

from .app import JobId, noun
from .exits import LEFT_RUNNING, OF_STATE
from .follow import Companion

if TYPE_CHECKING:
    from tuneyard.runner.folder import JobFolder

app = noun()

_LOOK = 0.05  # seconds between two looks at a quiet log


@app.command("logs")
def logs(
    job_id: JobId,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing until the job ends.")
    ] = False,
    offset: Annotated[
        int,
        typer.Option(
            "--from",
            metavar="OFFSET",
            help="The byte to begin at; a negative one counts from the end.",
        ),
    ] = 0,
) -> None:
    """Print a job's log.

    It is printed byte for byte; tokens are replaced by stars, so that offsets stay as
    they are. With -f the exit code is the job's.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    manager.tend(folder)
    try:
        state = stream(manager, folder, offset, follow=follow)
    except KeyboardInterrupt:
        raise typer.Exit(LEFT_RUNNING) from None
    raise typer.Exit(OF_STATE[State(state["state"])] if follow else 0)


def stream(manager: Manager, folder: JobFolder, offset: int, *, follow: bool) -> dict[str, Any]:
    """Writes a job's log to stdout from a byte on; returns the job's state at the end of it."""
    companion = Companion(manager, folder)
    out = sys.stdout.buffer
    while True:
        state = companion.look()
        # In this order: of a job that had ended by then, all is there to be read.
        over = not follow or State(state["state"]).ended
        chunk = Masker.of_job(folder.masks).read(folder.log, offset)
        if chunk.reset:
            typer.echo("The log began again.", err=True)
        offset = chunk.next
        if chunk.data:
            out.write(chunk.data)
            out.flush()
            continue
        if over and offset >= _size(folder):
            return state
        if names := companion.wants(state):
            companion.give(names)
        time.sleep(_LOOK)


def _size(folder: JobFolder) -> int:
    return folder.log.stat().st_size if folder.log.exists() else 0
