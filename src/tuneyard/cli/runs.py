"""Commands that start a job, or start it again, and stay with it: run, resume, push."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneyard.errors import WrongInput
from tuneyard.home import home
from tuneyard.jobs import job as job_files
from tuneyard.jobs import plan as plans
from tuneyard.jobs.job import compute_of
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.view import view

from . import card, logs, views
from .app import ComputeName, Detach, JobId, Json, Overrides, ProfileName, Raw, noun
from .ask import ask, can_ask
from .exits import LEFT_RUNNING
from .failures import tell_problems
from .follow import follow, lacking
from .story import Story
from .words import print_json

if TYPE_CHECKING:
    from tuneyard.jobs.job import Job
    from tuneyard.runner.folder import JobFolder

app = noun()


@app.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The job file.")],
    compute: ComputeName = "",
    set_: Overrides = [],  # noqa: B006 - typer reads it, nobody changes it
    profile: ProfileName = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Don't ask whether to rent, where results may be lost.")
    ] = False,
    detach: Detach = False,
    log: Raw = False,
    json: Json = False,
) -> None:
    """Start a job and follow it.

    Checks the file first; nothing starts while something would stop the job. Ctrl-C
    leaves the job running. The exit code is the job's.
    """
    manager = Manager(home())
    job = job_files.placed(job_files.read(file), compute)
    job = job.changed(dict(map(job_files.override, set_)))
    _check(job, manager, profile)
    _ask_early(job, manager, profile)
    _agree(job, manager, ask_for_it=not yes)
    folder = manager.start(job, profile)
    if not json:
        typer.echo(f"{folder.id}  in {folder.path}")
    _stay(manager, folder, detach=detach, log=log, json=json)


@app.command()
def resume(
    job_id: JobId,
    set_: Overrides = [],  # noqa: B006 - typer reads it, nobody changes it
    profile: ProfileName = "",
    detach: Detach = False,
    log: Raw = False,
    json: Json = False,
) -> None:
    """Go on with a job that has ended.

    Or with one that waits for a token. Steps that were finished are not run again, unless a changed setting concerns them.
    The exit code is the job's.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    begin = _log_size(folder)
    if set_ or profile or not manager.state(folder).get("needs"):
        overrides = dict(map(job_files.override, set_))
        profile = profile or manager.profile_of(folder)
        _ask_early(manager.asked(folder).changed(overrides), manager, profile)
        manager.resume(folder, overrides, profile=profile)
    else:
        manager.tend(folder)
    _stay(manager, folder, detach=detach, log=log, json=json, begin=begin)


@app.command()
def push(
    job_id: JobId,
    to: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="A repository other than the job's own.")
    ] = "",
    detach: Detach = False,
    log: Raw = False,
    json: Json = False,
) -> None:
    """Push what a job made to the Hugging Face Hub, once more.

    To another repository with --to. The exit code is 0 if all was pushed, else 1.
    """
    manager = Manager(home())
    folder = manager.find(job_id)
    begin = _log_size(folder)
    job = manager.asked(folder).changed({"results.repository": to} if to else {})
    profile = manager.profile_of(folder)
    if names := _lacking(job, manager, profile):
        # Nothing starts without it: a job that succeeded is not to end up waiting.
        if not can_ask():
            raise lacking(names, f"push {folder.id}{f' --to {to}' if to else ''}")
        _ask(names, manager, profile)
    manager.push(folder, to)
    _stay(manager, folder, detach=detach, log=log, json=json, begin=begin)


def _check(job: Job, manager: Manager, profile: str) -> None:
    if sys.stderr.isatty():
        typer.echo("Checking…", err=True)  # a large dataset takes its time
    report = plans.check(job, manager.home)
    if not report.errors:
        from tuneyard.jobs import at_hub

        report.extend(at_hub.look(job, manager.tokens(profile)))
    if report.errors:
        raise WrongInput(report.problems)
    tell_problems(report.problems)


def _agree(job: Job, manager: Manager, *, ask_for_it: bool) -> None:
    """Says what renting means, and asks where that may lose results and somebody can answer."""
    if not compute_of(job).remote:
        return
    from tuneyard.jobs.remote.terms import planning, travelling

    told, question = planning.agreement(job)
    typer.echo(told, err=True)
    if question:
        typer.echo(question, err=True)
    if question and ask_for_it and can_ask():
        typer.confirm("Rent it?", default=True, abort=True, err=True)
    # To know that, the program is made: the first time that takes seconds, and it is kept.
    if later := travelling.recipe(job, manager.home):
        typer.echo(later, err=True)


def _ask_early(job: Job, manager: Manager, profile: str) -> None:
    """Asks now for what a step will need hours later; a job waits for it in any case."""
    if profile:
        manager.profiles.get(profile)
    names = _lacking(job, manager, profile)
    if names and can_ask():
        _ask(names, manager, profile)
    elif names:
        under = f" --profile {profile}" if profile else ""
        typer.echo(
            f"The job will wait for {', '.join(names)}, which nobody holds yet. "
            f"Keep it before then: tuneyard secrets set {names[0]}{under}",
            err=True,
        )


def _lacking(job: Job, manager: Manager, profile: str) -> list[str]:
    required = [secret.name for secret in plans.make(job).secrets if secret.required]
    wanted = [*compute_of(job).secrets, *required]
    if compute_of(job).remote:
        from tuneyard.jobs.inputs import hub

        wanted += hub.secrets(job, manager.home)
    return manager.lacking(dict.fromkeys(wanted), profile)


def _ask(names: list[str], manager: Manager, profile: str) -> None:
    manager.secrets.give({name: ask(name) for name in names}, profile)


def _stay(
    manager: Manager, folder: JobFolder, *, detach: bool, log: bool, json: bool, begin: int = 0
) -> None:
    """Follows a started job and ends with its exit code; `begin` is where its log goes on."""
    if detach:
        _detached(manager, folder, json=json)
        return
    try:
        if log and not json:
            state = logs.stream(manager, folder, begin, follow=True)
            story = Story(folder, max(folder.attempts()))
            list(story.news())
        else:
            state, story = follow(manager, folder, _quiet if json else views.view)
    except KeyboardInterrupt:
        card.left_running(folder)
        raise typer.Exit(LEFT_RUNNING) from None
    if json:
        print_json(view(manager, folder))
    elif story.only:
        card.done_again(folder, state, story)
    else:
        card.ended(folder, state, story)
    raise typer.Exit(card.exit_code(state, story))


def _detached(manager: Manager, folder: JobFolder, *, json: bool) -> None:
    if json:
        print_json(view(manager, folder))
    else:
        typer.echo(f"It runs by itself. Follow it: tuneyard logs -f {folder.id}")


def _quiet(_width: int) -> views.View:
    return views.Quiet()


def _log_size(folder: JobFolder) -> int:
    return folder.log.stat().st_size if folder.log.exists() else 0
