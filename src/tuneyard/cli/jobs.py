"""``tuneyard jobs``: all jobs at a glance, at once even when there are ten thousand."""

from __future__ import annotations

import sys
from bisect import bisect_left
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len, set_cell_size

from tuneyard.home import home
from tuneyard.jobs import view
from tuneyard.jobs.store import Store
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.states import State

from .app import Json, LightCommand, noun
from .text import printable
from .words import WAITS, ago, colour, duration, figures, look, print_json, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

app = noun()

_NEWEST = 20  # jobs that are listed beside the unfinished ones

_EMPTY = """No jobs yet. A job is one training; it begins with a file that describes it:

  tuneyard new piper -o job.toml    write one, and say in it where the recordings are
  tuneyard check job.toml           see what is wrong
  tuneyard run job.toml             start it"""


@app.command("jobs", cls=LightCommand)
def jobs(
    everything: Annotated[
        bool, typer.Option("--all", help="All jobs, however many there are.")
    ] = False,
    json: Json = False,
) -> None:
    """List the jobs, the newest first.

    All that are unfinished are listed, and the newest twenty.
    """
    store = Store(home())
    states = list(store.states())
    chosen = [
        state
        for number, state in enumerate(states)
        if everything or number < _NEWEST or _unfinished(state)
    ]
    rows = [_row(store, state) for state in chosen]
    if json:
        print_json(rows)
    elif rows:
        _draw_rows(rows, [state["id"] for state in states])
    else:
        typer.echo(_EMPTY)


def _unfinished(state: Mapping[str, Any]) -> bool:
    return state["state"] is not None and not State(state["state"]).ended


def _row(store: Store, state: Mapping[str, Any]) -> dict[str, Any]:
    if _unfinished(state):
        store.tend(JobFolder(store.folder / state["id"]))
    return view.row(store, state)


def _draw_rows(rows: list[dict[str, Any]], ids: list[str]) -> None:
    handles = _handles([row["id"] for row in rows], ids)
    cells: list[tuple[str, ...]] = [("State", "Job", "Recipe", "Progress", "When")]
    for row in rows:
        when = ago(row["ended"] or row["started"])
        what = printable(progress_of(row))
        cells.append((look(row["state"])[0], handles[row["id"]], row["recipe"], what, when))
    styles = ["bright_black", *(look(row["state"])[1] for row in rows)]
    for line in _aligned(cells, styles, progress=3):
        typer.echo(line)
    if len(ids) > len(rows):
        typer.echo(f"\n{len(rows)} of {len(ids):,} jobs. All: tuneyard jobs --all")


def _aligned(cells: list[tuple[str, ...]], styles: list[str], progress: int) -> Iterator[str]:
    """Rows with their columns aligned, their first cell in colour.

    On a narrow terminal the column of progress is cut, and no other. Not by rich: to draw
    the jobs of years with it takes seconds.
    """
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    if sys.stdout.isatty():
        room = get_terminal_size().columns - sum(widths) - 2 * (len(widths) - 1)
        widths[progress] = max(8, widths[progress] + min(0, room))
    for row, style in zip(cells, styles, strict=True):
        first, *rest = (
            set_cell_size(cell, width) if cell_len(cell) <= width else _cut(cell, width)
            for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join([colour(first, style), *rest]).rstrip()


def _cut(text: str, width: int) -> str:
    return set_cell_size(text, width - 1) + "…"


def _handles(some: list[str], ids: list[str]) -> dict[str, str]:
    """The shortest way to name some jobs: what follows its time, where no other fits that."""
    forwards, backwards = sorted(ids), sorted(job_id[::-1] for job_id in ids)

    def handle(job_id: str) -> str:
        name = job_id.split("-", 2)[-1]
        unique = not _beginning(forwards, name) and _beginning(backwards, name[::-1]) == 1
        return name if unique else job_id

    return {job_id: handle(job_id) for job_id in some}


def _beginning(ordered: list[str], text: str) -> int:
    """How many of the first two that could begin with a text do."""
    first = bisect_left(ordered, text)
    return sum(each.startswith(text) for each in ordered[first : first + 2])


def progress_of(row: Mapping[str, Any]) -> str:
    """How far a job is, or what came of it, in one line."""
    if row["state"] is None:
        return "its folder can't be read"
    if row["needs"]:
        return f"waits for {', '.join(row['needs'])}"
    if row["waiting"]:
        if other := WAITS.get(row["waiting"]["for"]):
            return other
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
