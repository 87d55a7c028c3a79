"""Commands on job files: new, check, plan."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneyard.errors import NotFound, NotPossible, WrongInput
from tuneyard.home import home
from tuneyard.jobs import job as job_files
from tuneyard.jobs import plan as plans
from tuneyard.jobs import preview
from tuneyard.jobs.store import Store
from tuneyard.recipes.base import recipe_named
from tuneyard.runner.problems import Problem, Report

from . import completion, rented, template
from .app import ComputeName, Json, ProfileName, noun
from .exits import WRONG_INPUT
from .failures import tell_problems
from .output import console
from .text import printable
from .words import duration, print_json, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.recipes.base import Recipe
    from tuneyard.runner.step import Needs, Plan

app = noun()

File = Annotated[Path, typer.Argument(metavar="FILE", help="The job file.")]

# For the reference.
CHECKED = {
    "ok": "whether nothing would stop the job",
    "problems": "of each: sentence, code, field, next_step, severity (error or warning), place",
    "not_checked": "what could not be looked at here, and why, in words",
    "facts": "what was learnt on the way",
}


@app.command()
def new(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE", autocompletion=completion.recipe_names, help="Such as piper."
        ),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="The file to write; - prints it.")
    ] = Path("job.toml"),
    preset: Annotated[
        str, typer.Option(help="A preset to start from; `tuneyard recipes` lists them.")
    ] = "",
    from_env: Annotated[
        bool,
        typer.Option("--from-env", help="Take over the variables of older training scripts."),
    ] = False,
    profile: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Begin with the defaults of this profile.",
            autocompletion=completion.profiles,
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a job file to start from.

    Every setting is in it, explained in a line. No token is ever written into it.
    """
    found = recipe_named(recipe)
    settings, results, notes = _from_environment(found) if from_env else ({}, {}, [])
    if profile:
        defaults = Store(home()).profiles.get(profile).defaults
        settings = {**defaults.settings.get(found.name, {}), **settings}
        results = {**defaults.results, **results}
    if preset:
        text = template.filled(_preset(found, preset), settings, results, notes)
    else:
        text = template.text(found, _name(out, found), str(out), settings, results, notes)
    if str(out) == "-":
        typer.echo(text, nl=False)
        return
    _write(out, text, force=force)
    for note in notes:
        typer.echo(note)
    typer.echo(f"Wrote {out}. Edit it, then:")
    for word, does in (("check", "says what is missing or wrong"), ("run  ", "starts it")):
        typer.echo(f"  tuneyard {word} {shlex.quote(str(out))}    {does}")


@app.command()
def check(file: File, json: Json = False) -> None:
    """Find what is wrong with a job file, before anything runs.

    The exit code is 2 if something would stop the job.
    """
    report = _report(file)
    if json:
        print_json({"ok": not report.errors, **report.as_json()})
    else:
        _tell(report)
    raise typer.Exit(WRONG_INPUT if report.errors else 0)


@app.command("plan")
def show_plan(
    file: File,
    compute: ComputeName = "",
    profile: ProfileName = "",
    json: Json = False,
) -> None:
    """Say what a job file would do, without starting anything.

    Shows the steps and their commands, what the job needs, and the files it would write.
    """
    job = job_files.placed(job_files.read(file), compute)
    plan, remote = plans.make(job), preview.remote(job, Store(home()), profile)
    estimate = plans.estimate(job, home(), preview.rented(remote))
    if json:
        print_json({**plan.as_json(), "estimate": estimate, "remote": remote})
        return
    for line in _plan_lines(plan, estimate):
        console().print(line)
    for line in rented.lines(remote) if remote else ():
        console().print(line)
    if errors := plans.check(job, home(), data=False).errors:
        typer.echo("\nIt would not start as it is:", err=True)
        tell_problems(errors)


def _report(file: Path) -> Report:
    try:
        job = job_files.read(file)
        report = plans.check(job, home())
        from tuneyard.jobs import at_hub

        report.extend(at_hub.look(job, Store(home()).tokens()))
    except WrongInput as wrong:
        return Report(problems=wrong.problems)
    text = job_files.text_of(file)
    return replace(report, problems=[_located(each, file, text) for each in report.problems])


def _located(problem: Problem, file: Path, text: str) -> Problem:
    """With the line of the job file that it is about, unless it names another place."""
    line = None if problem.place else job_files.line_of(problem.field, text)
    return replace(problem, place=f"{file}:{line}") if line else problem


def _tell(report: Report) -> None:
    tell_problems(sorted(report.problems, key=lambda problem: problem.severity))
    for sentence in report.not_checked:
        typer.echo(f"Not checked: {sentence}")
    for line in _facts(report.facts):
        typer.echo(line)
    errors = len(report.errors)
    if errors:
        typer.echo(f"{errors} {'problem' if errors == 1 else 'problems'} would stop the job.")
    else:
        typer.echo("Nothing would stop the job.")


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        title = name.replace("_", " ").removesuffix(" bytes")
        if isinstance(value, dict):
            if value:
                yield f"{title}: {', '.join(f'{each} ({n:,})' for each, n in value.items())}"
        elif name == "tables":
            for table in value:
                yield from _table(table)
        elif isinstance(value, list):
            yield from _histogram(title, value)
        elif name == "seconds" and value is not None:
            yield f"length: {duration(value)}"
        elif name.endswith("_bytes") and value is not None:
            yield f"{title}: {size(value)}"
        elif isinstance(value, int | float):
            yield f"{title}: {value:,}"
        elif isinstance(value, str) and value.endswith("."):
            yield printable(value)  # a sentence needs no title
        elif isinstance(value, str) and value:
            yield f"{title}: {printable(value)}"


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    """Rows under heads, as a check wrote them for people."""
    rows = [table["columns"], *table["rows"]]
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    yield ""
    yield f"{table['title']}:"
    numeric = {n for row in table["rows"] for n, cell in enumerate(row) if _is_number(cell)}
    for row in cells:
        aligned = (
            f"{cell:>{width}}" if column in numeric else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(aligned)}".rstrip()
    if table.get("note"):
        yield f"  {table['note']}"


def _cell(value: Any) -> str:
    if _is_number(value):
        return f"{value:,}"
    return "" if value is None else printable(str(value))  # names of files may be anything


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _histogram(title: str, bins: list[Mapping[str, float]], width: int = 30) -> Iterator[str]:
    """Bars for bins like ``{"seconds": 2, "clips": 10}``: where each begins, how many it has."""
    if not bins:
        return
    begin, count = bins[0]
    most = max(each[count] for each in bins)
    yield f"{title}, {count} by {begin}:"
    for each in bins:
        bar = "▇" * round(each[count] / most * width) if most else ""
        yield f"  {each[begin]:>6,}  {bar} {each[count]:,}"


def _preset(recipe: Recipe, name: str) -> str:
    if name not in recipe.presets:
        raise NotFound(
            f"{recipe.name} has no preset “{name}”.",
            code="no-preset",
            next_step=f"There are: {', '.join(recipe.presets)}.",
        )
    return recipe.presets[name]


def _from_environment(recipe: Recipe) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    try:
        settings, results, notes = recipe.from_environment(os.environ)
    except ValueError as error:
        raise WrongInput([Problem(str(error), "environment")]) from None
    if not settings and not results:
        notes = [*notes, "None of the variables that are looked for was set."]
    return settings, results, notes


def _name(out: Path, recipe: Recipe) -> str:
    return f"my-{recipe.name}" if out.stem in {"job", "-", ""} else out.stem


def _write(out: Path, text: str, *, force: bool) -> None:
    if out.is_dir():
        raise NotPossible(
            f"{out} is a folder.", code="folder", next_step=f"Name a file: -o {out / 'job.toml'}"
        )
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NotPossible(
            f"{out} is there already.",
            code="file-exists",
            next_step="Choose another name with -o, or overwrite it with --force.",
        ) from None
    except FileNotFoundError:
        raise NotPossible(
            f"There is no folder {out.parent}.",
            code="no-folder",
            next_step="Make it first, or choose another place with -o.",
        ) from None


def _plan_lines(plan: Plan, estimate: str) -> Iterator[str]:
    phase = ""
    for number, step in enumerate(plan.steps, start=1):
        if step.phase != phase:
            phase = step.phase
            yield f"{phase}"
        yield f"  {number}  {step.title}{'  (may fail)' if step.optional else ''}"
        yield f"     $ {shlex.join(step.command)}"
        if step.note:
            yield f"     {step.note}"
        for secret in step.secrets:
            yield f"     {'needs' if secret.required else 'takes'} {secret.name}"
    yield from _needs(plan.needs)
    yield from (f"· {note}" for note in [*plan.notes, estimate])
    yield "\nfiles it writes before the first step"
    yield from (f"  {path}" for path in plan.files)


def _needs(needs: Needs) -> Iterator[str]:
    known = (
        (needs.disk_gb, "{:.1f} GB of disk"),
        (needs.memory_gb, "{:.1f} GB of memory"),
        (needs.gpus or None, "{} GPU"),
        (needs.gpu_memory_gb, "{:g} GB of GPU memory"),
    )
    parts = [text.format(value) for value, text in known if value is not None]
    yield f"\nneeds {', '.join(parts) or 'nothing in particular'}"
    if needs.source:
        yield f"  {needs.source}"
    if needs.gpu_memory_source:
        yield f"  GPU memory: {needs.gpu_memory_source}"
