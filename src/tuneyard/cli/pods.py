"""``tuneyard pods``: what is rented, what it costs, and ending what nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tuneyard.home import home
from tuneyard.jobs.store import Store

from .app import Json, ProfileName, noun
from .text import printable
from .words import ago, colour, duration, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuneyard.jobs.pods import Overview, PodRow

app = noun()
group = noun(invoke_without_command=True)
app.add_typer(group, name="pods", help="List rented pods with what they cost, and end them.")

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]

# For the reference: what `pods ls --json` prints.
FIELDS = {
    "pods": "of each, the newest first: id, name, status (RunPod's word), dollars_an_hour, created, uptime "
    "(seconds; null while its container isn't up), gpu, gpu_count, cloud, data_center, image, whose (job, "
    "ending, orphan, elsewhere or other), job_id, job_state, spent (dollars so far, or null), url",
    "balance": "dollars, dollars_an_hour and limit (dollars an hour) of the account; null if it isn't told",
    "dollars_an_hour": "what all of them cost an hour now",
}

_CONFIRMED = {
    "job": "It runs the job {job}; to stop that with a checkpoint: tuneyard stop {job}",
    "ending": "It may wait for the results of the job {job} to be collected.",
    "elsewhere": "It was started by another computer or page, for the job {job}.",
    "other": "It is not Tuneyard's.",
}


@group.callback()
def pods(context: typer.Context, profile: ProfileName = "", json: Json = False) -> None:
    """List rented pods with what they cost, and end them. Without a command: ls."""
    if context.invoked_subcommand is None:
        ls(profile, json)


@group.command()
def ls(profile: ProfileName = "", json: Json = False) -> None:
    """Say which pods are rented, for which job, and what they cost.

    Asks RunPod; the key is the secret RUNPOD_API_KEY.
    """
    from tuneyard.jobs import pods  # httpx takes a while to load

    store = Store(home())
    with pods.client(store, profile) as client:
        found = pods.overview(client, store)
    if json:
        print_json(found.as_json())
    else:
        _show(found)


@group.command()
def sweep(profile: ProfileName = "", yes: Yes = False) -> None:
    """End the pods that this home started and nobody looks after any more.

    Lists them; with --yes, ends them. Pods that were started elsewhere are never among them.
    The exit code is 1 if one was to be ended and is still there.
    """
    from tuneyard.jobs import pods  # same

    store = Store(home())
    with pods.client(store, profile) as client:
        found = pods.orphans(client, store)
        if not found:
            typer.echo("No pod of this home is left without a job.")
            return
        if not yes:
            _draw(found)
            typer.echo("To end them: tuneyard pods sweep --yes")
            return
        gone, left = pods.sweep(client, store, found)
    for pod in gone:
        typer.echo(f"Ended {printable(pod)}.")
    for pod, problem in left.items():
        typer.echo(printable(f"Left {pod}: {problem.sentence} {problem.next_step}"), err=True)
    raise typer.Exit(1 if left else 0)


@group.command()
def end(
    pod: Annotated[str, typer.Argument(metavar="ID", help="The pod's id, or its whole name.")],
    profile: ProfileName = "",
    yes: Yes = False,
) -> None:
    """End one pod, with all that lies on its disk, and wait until it is gone.

    One that is more than a leftover of this home is ended only after a question, or with --yes.
    """
    from tuneyard.jobs import pods  # same

    store = Store(home())
    with pods.client(store, profile) as client:
        row = pods.find(client, store, pod)
        _confirm(row, yes=yes)
        pods.end_by_hand(client, store, row)
    typer.echo(f"Ended {printable(row.pod.id)}.")


def _confirm(row: PodRow, *, yes: bool) -> None:
    if yes or row.whose == "orphan":
        return
    from tuneyard.errors import NotPossible

    from .ask import can_ask

    about = _CONFIRMED[row.whose].format(job=row.job_id)
    if not can_ask():
        raise NotPossible(
            f"The pod {row.pod.id} is not simply a leftover. {about}",
            code="needs-yes",
            next_step=f"To end it all the same: tuneyard pods end {row.pod.id} --yes",
        )
    typer.echo(printable(about), err=True)
    typer.confirm(f"End the pod {printable(row.pod.id)}?", abort=True, err=True)


def _show(found: Overview) -> None:
    if found.pods:
        _draw(found.pods)
        number = len(found.pods)
        what = "1 pod costs" if number == 1 else f"{number} pods cost"
        typer.echo(f"{what} ${found.dollars_an_hour:.2f} an hour.{_balance(found)}")
    else:
        typer.echo(f"No pod is rented.{_balance(found)}")
    orphans = sum(row.whose == "orphan" for row in found.pods)
    if orphans:
        them = "1 of them is" if orphans == 1 else f"{orphans} of them are"
        typer.echo(f"{them} left without a job: tuneyard pods sweep")


def _balance(found: Overview) -> str:
    if found.balance is None:
        return ""
    dollars = found.balance.dollars
    lasts = ""
    if dollars > 0 and found.dollars_an_hour:
        lasts = f", enough for {duration(dollars / found.dollars_an_hour * 3600)}"
    return f" Balance: ${dollars:,.2f}{lasts}."


def _draw(rows: Iterable[PodRow]) -> None:
    cells: list[tuple[str, ...]] = [("Pod", "Whose", "GPU", "Price", "So far", "Since")]
    cells += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        first, *rest = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        style = "bright_black" if number == 0 else "red" if row[1].startswith("!") else "cyan"
        typer.echo("  ".join([colour(first, style), *rest]).rstrip())


def _cells(row: PodRow) -> tuple[str, ...]:
    pod = row.pod
    count = f"{pod.gpu_count} × " if pod.gpu_count > 1 else ""
    where = ", ".join(part for part in (pod.cloud, pod.data_center) if part)
    return (
        printable(pod.id),
        printable(_whose(row)),
        printable(f"{count}{pod.gpu or 'no GPU'}{f' ({where})' if where else ''}"),
        f"${pod.dollars_an_hour:.2f}/h",
        "unknown" if row.spent is None else f"${row.spent:.2f}",
        ago(pod.created) or pod.status.lower(),
    )


def _whose(row: PodRow) -> str:
    """In words; a sign for what is paid for nothing, since colour is never the only one."""
    if row.whose == "orphan":
        return f"! left by {row.job_id}, {row.job_state or 'which is no longer here'}"
    if row.whose == "elsewhere":
        return f"started elsewhere: {row.job_id}"
    if row.whose == "other":
        return f"not Tuneyard's: {row.pod.name or 'without a name'}"
    state = "ends itself" if row.whose == "ending" else row.job_state or "unreadable"
    return f"{row.job_id}, {state}"
