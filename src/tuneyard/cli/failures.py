"""How errors are told: the sentence and the next step, never a traceback for wrong input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tuneyard.errors import TuneyardError, WrongInput
from tuneyard.home import home
from tuneyard.runner.folder import FolderError

from .text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuneyard.runner.problems import Problem

_SIGNS = {"error": "✕", "warning": "!"}


def tell(error: Exception) -> int:
    """Says on stderr what went wrong; returns the exit code."""
    if isinstance(error, WrongInput):
        tell_problems(error.problems)
        return error.exit_code
    if isinstance(error, TuneyardError):
        _say(error.sentence, error.next_step)
        return error.exit_code
    if isinstance(error, FolderError):
        _say(str(error))
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror or error}.", _way_out(error))
    else:
        _say(
            f"Tuneyard itself went wrong ({type(error).__name__}: {error}).",
            "TUNEYARD_DEBUG=1 before the same command shows the details; please report them.",
        )
    return 1


def _way_out(error: OSError) -> str:
    """What to do about the home, where that is what can't be read or written."""
    place, path = home(), Path(str(error.filename or ""))
    if not path.is_absolute() or path not in {place, *place.parents, place / "jobs"}:
        return ""
    return f"Tuneyard keeps its jobs in {place}. Set TUNEYARD_HOME to a folder that can be written."


def tell_problems(problems: Iterable[Problem]) -> None:
    """All of them on stderr, each with its place and its next step."""
    for problem in problems:
        where = ": ".join(part for part in (problem.place, _field(problem)) if part)
        place = f"{where}: " if where else ""
        sentence = f"{_SIGNS[problem.severity]} {place}{problem.sentence}"
        _say(sentence, f"  {problem.next_step}" if problem.next_step else "")


def _field(problem: Problem) -> str:
    """The field's name, unless the sentence says it already."""
    name = problem.field.rpartition(".")[2]
    return "" if name in problem.sentence else problem.field


def _say(sentence: str, next_step: str = "") -> None:
    for line in (*sentence.split("\n"), *next_step.split("\n")):
        if line:
            typer.echo(printable(line), err=True)
