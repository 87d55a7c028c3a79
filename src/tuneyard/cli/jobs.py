"""Commands that look at jobs, stop them and delete them."""

from __future__ import annotations

import sys
import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from tuneyard.errors import NotPossible
from tuneyard.home import home
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, read_json_or
from tuneyard.runner.masking import Masker
from tuneyard.runner.states import State

from .app import Detach, JobId, Json, noun
from .exits import LEFT_RUNNING
from .output import ago, console, duration, figures, look, print_json, share, size
from .shown import masked, shown
from .text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

app = noun()

_NEWEST = 20  # jobs that are listed beside the unfinished ones
_LOOK = 0.1  # seconds

_EMPTY = """No jobs yet. A job is one training; it begins with a file that describes it:

  tuneyard new piper -o job.toml    write one, and say in it where the recordings are
  tuneyard check job.toml           see what is wrong
  tuneyard run job.toml             start it"""

# For the reference: what `jobs --json` prints of each job.
ROW = {
    "id": "the job's id",
    "name": "its name",
    "recipe": "what it trains with",
    "state": "as in `show`",
    "attempt": "how many times it was started",
    "started": "seconds since 1970",
    "ended": "seconds since 1970, or null",
    "progress": "step, steps, epoch, epochs, seconds_left; where known",
    "figure": "the figure that best says how it goes, by its name",
    "needs": "names of secrets that it waits for",
    "waiting": "what else it waits for, or null",
    "cause": "why it ended badly: code, sentence, next_step, …; or null",
}


@app.command("jobs")
def jobs(
    everything: Annotated[
        bool, typer.Option("--all", help="All jobs, however many there are.")
    ] = False,
    json: Json = False,
) -> None:
    """List the jobs: all that are unfinished, and the newest of the others."""
    manager = Manager(home())
    states = list(manager.states())
    chosen = [
        state
        for number, state in enumerate(states)
        if everything or number < _NEWEST or _unfinished(state)
    ]
    rows = [_row(manager, state) for state in chosen]
    if json:
        print_json(rows)
    elif rows:
        _draw_rows(rows, [state["id"] for state in states])
    else:
        typer.echo(_EMPTY)


@app.command()
def show(job_id: JobId, json: Json = False) -> None:
    """Show one job: its state, steps, results, and why it failed if it did."""
    manager = Manager(home())
    folder = manager.find(job_id)
    manager.tend(folder)
    job = shown(manager, folder)
    if json:
        print_json(job)
    else:
        _draw(job)


@app.command()
def stop(
    job_id: JobId,
    now: Annotated[
        bool, typer.Option("--now", help="Kill it: what was trained since the last checkpoint is lost.")
    ] = False,
    detach: Detach = False,
) -> None:
    """Stop a job, and wait until it has stopped.

    The trainer is asked to leave a checkpoint first, so that the job can be resumed.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    manager.stop(folder, "now" if now else "save")
    if detach:
        typer.echo("Asked it to stop.")
        return
    typer.echo("Stopping it…" if now else "Stopping it; it saves a checkpoint first…")
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
    """Delete a job's folder, with its checkpoints and all that it made."""
    manager = Manager(home())
    folder = manager.find(job_id)
    if not yes:
        _confirm(folder)
    manager.remove(folder)
    typer.echo(f"Deleted {folder.id}.")


def _unfinished(state: Mapping[str, Any]) -> bool:
    return state["state"] is not None and not State(state["state"]).ended


def _row(manager: Manager, state: Mapping[str, Any]) -> dict[str, Any]:
    folder = JobFolder(manager.folder / state["id"])
    if _unfinished(state):
        manager.tend(folder)
    job = read_json_or(folder.job, {})
    return {
        "id": folder.id,
        "name": job.get("name", ""),
        "recipe": job.get("recipe", ""),
        "state": state["state"],
        "attempt": state.get("attempt", 0),
        "started": state.get("started"),
        "ended": state.get("ended"),
        "progress": state.get("progress") or {},
        "figure": state.get("figure") or {},
        "needs": state.get("needs") or [],
        "waiting": state.get("waiting"),
        "cause": masked(state.get("cause"), Masker.of_job(folder.masks)),
    }


def _draw_rows(rows: list[dict[str, Any]], ids: list[str]) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    table.add_column("State", no_wrap=True)
    table.add_column("Job", overflow="fold")
    table.add_column("Recipe", no_wrap=True)
    table.add_column("Progress", no_wrap=True, overflow="ellipsis")
    table.add_column("When", no_wrap=True, justify="right")
    handles = _handles(ids)
    for row in rows:
        when = ago(row["ended"] or row["started"])
        what = Text(printable(_progress(row)))
        table.add_row(look(row["state"]), handles[row["id"]], row["recipe"], what, when)
    out.print(table, soft_wrap=False)
    if len(ids) > len(rows):
        out.print(f"\n{len(rows)} of {len(ids):,} jobs. All: tuneyard jobs --all")


def _handles(ids: list[str]) -> dict[str, str]:
    """The shortest way to name each job: what follows its time, where no other fits that."""
    forwards, backwards = sorted(ids), sorted(job_id[::-1] for job_id in ids)

    def handle(job_id: str) -> str:
        name = job_id.split("-", 2)[-1]
        unique = not _beginning(forwards, name) and _beginning(backwards, name[::-1]) == 1
        return name if unique else job_id

    return {job_id: handle(job_id) for job_id in ids}


def _beginning(ordered: list[str], text: str) -> int:
    """How many of the first two that could begin with a text do."""
    first = bisect_left(ordered, text)
    return sum(each.startswith(text) for each in ordered[first : first + 2])


def _progress(row: Mapping[str, Any]) -> str:
    """How far a job is, or what came of it, in one line."""
    if row["state"] is None:
        return "its folder can't be read"
    if row["needs"]:
        return f"waits for {', '.join(row['needs'])}"
    if row["waiting"]:
        before = row["waiting"].get("before", 0)
        return f"waits for a GPU, {before} before it" if before else "waits for a GPU"
    if row["cause"]:
        return str(row["cause"]["sentence"])
    done = share(row["progress"])
    parts = figures(row["progress"], row["figure"])
    if State(row["state"]).ended:
        parts = [part for part in parts if not part.endswith("left")]
        if row["started"] and row["ended"]:
            parts.append(f"in {duration(row['ended'] - row['started'])}")
    elif done is not None:
        parts.insert(0, f"{_bar(done)} {done:.0%}")
    return " · ".join(parts)


def _bar(done: float, width: int = 8) -> str:
    full = round(done * width)
    return "▓" * full + "░" * (width - full)


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
    progress = printable(_progress({**job, "cause": None}))
    out.print(Text.assemble((job["name"] or job["id"], "bold"), "  ", look(job["state"]), "  ", progress))
    for line in (*_cause(job), *_about(job), *_step_lines(job)):
        out.print(line)
    for title, name in (("Results", "outputs"), ("Samples", "samples")):
        if job[name]:
            out.print(Text(f"\n{title}", "bold"))
            for file in job[name]:
                out.print(Text.assemble(f"  {file['path']}  ", (size(file["bytes"]), "bright_black")))


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
        yield Text.assemble("  ", (sign, style), f" {step['title']:<{width}}  ", (took, "bright_black"))


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
