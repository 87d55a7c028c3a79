"""Commands on one job: show, save, stop, rm."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.text import Text

from tuneyard.errors import NotPossible, TuneyardError
from tuneyard.fields import said_at_stop
from tuneyard.home import home
from tuneyard.jobs.job import recipe_of
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.view import view
from tuneyard.runner.folder import FolderError, read_lines
from tuneyard.runner.states import State

from .app import Detach, JobId, Json, noun
from .exits import LEFT_RUNNING
from .jobs import progress_of
from .output import console
from .text import printable
from .words import ago, duration, look, print_json, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.folder import JobFolder

app = noun()

_LOOK = 0.1  # seconds


@app.command()
def show(job_id: JobId, json: Json = False) -> None:
    """Show one job: its state, steps, results."""
    manager = Manager(home())
    folder = manager.find(job_id)
    manager.tend(folder)
    job = view(manager, folder)
    if json:
        print_json(job)
    else:
        _draw(job)


@app.command()
def save(job_id: JobId, detach: Detach = False) -> None:
    """Save a checkpoint now, while the training goes on.

    Of trainers that can. Waits for it; the exit code is 1 if none came.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    begin = folder.events.stat().st_size if folder.events.exists() else 0
    manager.save(folder)
    if detach:
        typer.echo("Asked it to save a checkpoint.")
        return
    typer.echo("Saving a checkpoint…")
    try:
        saved = _wait_for_checkpoint(manager, folder, begin)
    except KeyboardInterrupt:
        typer.echo("It goes on saving without you.")
        raise typer.Exit(LEFT_RUNNING) from None
    typer.echo(saved.sentence, err=not saved.there)
    if not saved.there:
        raise typer.Exit(1)


@app.command()
def stop(
    job_id: JobId,
    now: Annotated[
        bool,
        typer.Option("--now", help="Kill it: what was trained since the last checkpoint is lost."),
    ] = False,
    detach: Detach = False,
) -> None:
    """Stop a job, with a checkpoint to go on from.

    Waits until it has stopped, which takes as long as the trainer needs to save. What it saves
    beside the checkpoint is said.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    more = [] if now else _more_at_stop(manager, folder)
    manager.stop(folder, "now" if now else "save")
    if detach:
        asked = "Asked it to stop."
    else:
        asked = "Stopping it…" if now else "Stopping it; it saves a checkpoint first…"
    for sentence in (asked, *more):
        typer.echo(sentence)
    if detach:
        return
    try:
        state = _wait_for_end(manager, folder)
    except KeyboardInterrupt:
        typer.echo("It goes on stopping without you.")
        raise typer.Exit(LEFT_RUNNING) from None
    if state == State.STOPPED:
        typer.echo(f"Stopped. To go on: tuneyard resume {folder.id}")
    else:
        typer.echo(f"It had come to its end before: {state}. See: tuneyard show {folder.id}")


@app.command()
def rm(
    job_id: JobId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete a job with all that it made."""
    manager = Manager(home())
    folder = manager.find(job_id)
    if not yes:
        _confirm(folder)
    manager.remove(folder)
    typer.echo(f"Deleted {folder.id}.")


def _more_at_stop(manager: Manager, folder: JobFolder) -> list[str]:
    """What its trainer saves beside a checkpoint; nothing of one that has not begun to train."""
    if manager.state(folder).get("progress", {}).get("step") is None:
        return []
    try:
        job = manager.asked(folder)
    except (TuneyardError, FolderError, OSError):
        return []  # whatever is wrong with its folder, it can be stopped
    return said_at_stop(recipe_of(job).settings, job.settings)


_STEP_SIGNS = {
    "done": ("✓", "green"),
    "running": ("●", "cyan"),
    "failed": ("✕", "red"),
    "stopped": ("■", "bright_black"),
    "lost": ("?", "magenta"),
    "waiting": ("○", "bright_black"),
}


def _draw(job: Mapping[str, Any]) -> None:
    out = console()
    progress = printable(progress_of({**job, "cause": None}))
    out.print(
        Text.assemble((job["name"] or job["id"], "bold"), "  ", look(job["state"]), "  ", progress)
    )
    for line in (*_cause(job), *_about(job), *_step_lines(job)):
        out.print(line)
    for title, name in (("Results", "outputs"), ("Samples", "samples")):
        if job[name]:
            out.print(Text(f"\n{title}", "bold"))
            for file in job[name]:
                out.print(
                    Text.assemble(f"  {file['path']}  ", (size(file["bytes"]), "bright_black"))
                )


def _cause(job: Mapping[str, Any]) -> Iterator[Text]:
    if cause := job["cause"]:
        yield Text(f"\n{printable(cause['sentence'])}", "red" if job["state"] == "failed" else "")
        yield Text(printable(cause["next_step"]))
    for warning in job["warnings"]:
        yield Text(printable(f"! {warning['title']}: {warning['sentence']}"), "yellow")
        if warning["next_step"]:
            yield Text(printable(f"  {warning['next_step']}"))


def _about(job: Mapping[str, Any]) -> Iterator[Text]:
    yield Text()
    attempts = f"{job['attempt']}" + (f", begun {ago(job['started'])}" if job["started"] else "")
    for name, value in (
        ("id", job["id"]),
        ("recipe", job["recipe"]),
        ("compute", job["compute"]),
        ("attempt", attempts),
        ("folder", job["folder"]),
        ("log", f"{job['log']['path']} ({size(job['log']['bytes'])})"),
    ):
        yield Text.assemble((f"  {name:<9}", "bright_black"), value)
    if job["state"] in {"failed", "stopped", "lost"}:
        yield Text(f"\nTo go on: tuneyard resume {job['id']}")


def _step_lines(job: Mapping[str, Any]) -> Iterator[Text]:
    width = max((len(step["title"]) for step in job["steps"]), default=0)
    phase = ""
    for step in job["steps"]:
        if step["phase"] != phase:
            phase = step["phase"]
            yield Text(f"\n{phase}", "bold")
        sign, style = _STEP_SIGNS[step["state"]]
        took = "" if step["seconds"] is None else duration(step["seconds"])
        yield Text.assemble(
            "  ", (sign, style), f" {step['title']:<{width}}  ", (took, "bright_black")
        )


class _Saved(NamedTuple):
    there: bool
    sentence: str


def _wait_for_checkpoint(manager: Manager, folder: JobFolder, begin: int) -> _Saved:
    """What the job's events say from `begin` on: a checkpoint, or that none will come."""
    tended = time.monotonic()
    while True:
        over = State(manager.state(folder)["state"]).ended  # before the events are read
        for event in read_lines(folder.events, begin):
            if event["event"] == "checkpoint":
                at = f" at step {event['step']:,}" if event.get("step") is not None else ""
                return _Saved(True, f"Saved{at}. The training goes on.")
            cause = event.get("cause") or {}
            if event["event"] == "warning" and cause.get("code") == "not-saved":
                return _Saved(False, f"{cause['sentence']} {cause['next_step']}".strip())
        if over:
            return _Saved(False, "The job ended before it saved one.")
        if time.monotonic() > tended + 2:
            manager.tend(folder)
            tended = time.monotonic()
        time.sleep(_LOOK)


def _wait_for_end(manager: Manager, folder: JobFolder) -> str:
    tended = time.monotonic()
    while not State(state := manager.state(folder)["state"]).ended:
        if time.monotonic() > tended + 2:
            manager.tend(folder)
            tended = time.monotonic()
        time.sleep(_LOOK)
    return str(state)


def _confirm(folder: JobFolder) -> None:
    files = [path for path in folder.path.rglob("*") if path.is_file() and not path.is_symlink()]
    whole = size(sum(path.stat().st_size for path in files))
    if not sys.stdin.isatty():
        raise NotPossible(
            f"Nobody is there to be asked whether {folder.id} ({whole}) may go.",
            code="unconfirmed",
            next_step="Say so with --yes.",
        )
    typer.confirm(
        f"Delete {folder.id} with its checkpoints, results and log ({whole})?", abort=True
    )
