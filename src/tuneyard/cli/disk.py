"""``tuneyard disk``: what takes how much of the disk, and cleaning it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from tuneyard.errors import NotFound
from tuneyard.home import home
from tuneyard.jobs.storage.disk import Disk
from tuneyard.jobs.storage.uploads import Uploads
from tuneyard.jobs.store import Store

from .app import Json, noun
from .output import console
from .text import printable
from .words import ago, print_json, size

if TYPE_CHECKING:
    from collections.abc import Mapping

app = noun()

# For the reference: what `disk --json` prints.
FIELDS = {
    "home": "the folder that all of it lies in",
    "total": "bytes of its disk",
    "free": "bytes of it that you may still write",
    "bytes": "bytes of all that lies in the home",
    "complete": "true",
    "groups": "of environments, models, caches, uploads and jobs: kind, bytes, count, complete, items (of each: "
    "id, kind, name, path, bytes, shared, made, jobs, state, cleanable, note)",
}

# For the reference: what `disk --clean --json` prints.
CLEANED = {
    "items": "ids of what was removed",
    "freed": "bytes",
    "refused": "what was left; of each: id, sentence",
}

_HEADS = {
    "environments": "Environments",
    "models": "Models",
    "caches": "Caches",
    "uploads": "Uploads",
    "jobs": "Largest jobs",
}


@app.command()
def disk(
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ITEM]...", help="What to clean, as it is listed."),
    ] = None,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean", help="Remove these items; without any, those that nothing needs any more."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Say what takes how much of the disk, and clean it.

    What a job needs that has not ended is never removed. Jobs are removed by `tuneyard rm`.
    The exit code is 1 if something was to be removed and could not be.
    """
    store = Store(home())
    found = Disk(store, Uploads(home()))
    if not clean:
        _show(found.look(wait=_AS_LONG_AS_IT_TAKES), items or [], json=json)
        return
    done = found.clean(items or found.unused())
    if json:
        print_json(done)
    else:
        _tell(done)
    raise typer.Exit(1 if done["refused"] else 0)


_AS_LONG_AS_IT_TAKES = 3600.0  # seconds


def _show(found: Mapping[str, Any], only: list[str], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    listed = {item["id"] for group in found["groups"] for item in group["items"]}
    if unknown := [item for item in only if item not in listed]:
        raise NotFound(
            f"“{unknown[0]}” is nothing that is listed here.",
            code="no-item",
            next_step="See `tuneyard disk`. To clean: tuneyard disk --clean",
        )
    out = console()
    for group in found["groups"]:
        items = [item for item in group["items"] if not only or item["id"] in only]
        if items:
            heading = Text(_HEADS[group["kind"]], "bold")
            out.print(heading, Text(f"  {size(group['bytes'])}"), sep="")
            out.print(_table(items))
    typer.echo(f"{size(found['bytes'])} in {found['home']}, {size(found['free'])} free there.")
    unused = [i for group in found["groups"] for i in group["items"] if i["state"] == "unused"]
    if unused:
        total = size(sum(item["bytes"] for item in unused))
        typer.echo(f"Nothing needs {len(unused)} of these ({total}): tuneyard disk --clean")


def _table(items: list[dict[str, Any]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column(justify="right", no_wrap=True)
    for item in items:
        what = "" if item["name"] in item["id"] else printable(item["name"])
        state = {"unused": "nothing needs it", "in-use": item["note"], "kept": _by(item)}
        made = ago(item["made"])
        table.add_row(size(item["bytes"]), printable(item["id"]), what, state[item["state"]], made)
    return table


def _by(item: Mapping[str, Any]) -> str:
    jobs = item["jobs"]
    if not jobs:
        return ""
    return f"used by {jobs[0]}" + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")


def _tell(done: Mapping[str, Any]) -> None:
    for item in done["items"]:
        typer.echo(f"Removed {printable(item)}.")
    for item in done["refused"]:
        typer.echo(f"Left {printable(item['id'])}: {item['sentence']}", err=True)
    if done["items"]:
        typer.echo(f"{size(done['freed'])} came free.")
    elif not done["refused"]:
        typer.echo("There is nothing that nothing needs.")
