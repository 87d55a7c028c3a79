"""What is said when a job has ended, and when somebody stops watching it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from tuneyard.jobs.view import files_in, fix
from tuneyard.recipes.base import recipes
from tuneyard.runner.folder import read_json
from tuneyard.runner.states import State

from .exits import OF_STATE
from .output import console
from .text import last_lines, printable
from .words import duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.folder import JobFolder

    from .story import Story

_LAST_LINES = 10

_HEADS = {
    State.SUCCEEDED: ("✓", "green", "succeeded"),
    State.FAILED: ("✕", "red", "failed"),
    State.STOPPED: ("■", "bright_black", "was stopped"),
    State.LOST: ("?", "magenta", "is lost"),
}


def ended(folder: JobFolder, state: Mapping[str, Any], story: Story) -> None:
    """The end of a followed job: what it gave, or why it gave nothing and what to do."""
    out = console()
    sign, style, word = _HEADS[State(state["state"])]
    name = read_json(folder.job).get("name") or folder.id
    took = duration(state["ended"] - state["started"])
    out.print()
    out.print(Text.assemble((sign, style), (f" {name} {word}", "bold"), f" after {took}"))
    lines = _success(folder) if state["state"] == State.SUCCEEDED else _end(folder, state, story)
    for line in lines:
        out.print(Text(line))


def done_again(folder: JobFolder, state: Mapping[str, Any], story: Story) -> None:
    """The end of an attempt that ran a few chosen steps of a job that had ended before."""
    if not story.ran:
        typer.echo("\nThere was nothing to do: it was all done before.")
    elif exit_code(state, story) == 0:
        typer.echo(f"\nDone: {', '.join(story.only)}.")
    else:
        typer.echo(f"\nNot all of it was done. The whole log: tuneyard logs {folder.id}")


def exit_code(state: Mapping[str, Any], story: Story) -> int:
    """The job's; of chosen steps, whether all of them were done."""
    if not story.only:
        return OF_STATE[State(state["state"])]
    as_before = state["state"] == state.get("before") and not state.get("cause")
    return 0 if as_before and not story.warnings else 1


def left_running(folder: JobFolder) -> None:
    typer.echo(f"\n{folder.id} goes on without you.")
    for what, command in (
        ("follow it", f"logs -f {folder.id}"),
        ("see how far it is", f"show {folder.id}"),
        ("stop it", f"stop {folder.id}"),
        ("resume it once it has stopped", f"resume {folder.id}"),
    ):
        typer.echo(f"  {what:<30} tuneyard {command}")


def _success(folder: JobFolder) -> Iterator[str]:
    job = read_json(folder.job)
    recipe = recipes().get(job["recipe"])
    told = recipe.closing(folder.path, job["settings"]) if recipe else []
    yield from told or results(folder)
    yield f"Everything of this job: {folder.path}"


def results(folder: JobFolder) -> Iterator[str]:
    """Its results and samples, each with its size."""
    for place in (folder.outputs, folder.samples):
        yield from (f"{file['path']}  ({size(file['bytes'])})" for file in files_in(place))


def _end(folder: JobFolder, state: Mapping[str, Any], story: Story) -> Iterator[str]:
    """Why it ended, the end of its log if that helps, and how to go on."""
    cause = state.get("cause") or {}
    recipe = read_json(folder.job)["recipe"]
    for part in ("sentence", "next_step"):
        if text := cause.get(part):
            yield printable(story.masker.text(text))
    if state["state"] == State.FAILED:
        lines = last_lines(folder.log, story.masker, _LAST_LINES, story.begin)
        if lines:
            yield "\nThe end of the log:"
            yield from (f"  {line}" for line in lines)
        yield f"\nThe whole log:  tuneyard logs {folder.id}"
    yield f"To go on:       tuneyard resume {folder.id}{_changes(cause, recipe)}"


def _changes(cause: Mapping[str, Any], recipe: str) -> str:
    """Options by which a resume follows a cause's advice, where that names values."""
    known = fix(cause, recipe).items()
    return "".join(f" --set {shlex.quote(f'{name}={value}')}" for name, value in known)
