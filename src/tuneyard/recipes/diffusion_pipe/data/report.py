"""How what is wrong with a dataset is said: one sentence a kind, however many files it concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tuneyard.runner.problems import Severity

_NAMED = 3
_ONE = {"has": "has", "be": "is", "it": "it", "s": "s"}
_MANY = {"has": "have", "be": "are", "it": "them", "s": ""}


def of_files(
    code: str,
    names: Sequence[str],
    sentence: str,
    next_step: str = "",
    *,
    noun: str = "file",
    severity: Severity = "warning",
    place: str = "",
) -> list[Problem]:
    """Nothing of no files, else one problem of them all. The sentence goes on with their names.

    ``{n}`` in it becomes ``1 file`` or ``1,234 files``, by its noun; ``{has}``, ``{be}``, ``{it}`` and the s of
    ``hold{s}`` follow.
    """
    if not names:
        return []
    said = sentence.format(n=count(len(names), noun), **(_ONE if len(names) == 1 else _MANY))
    return [Problem(f"{said}: {listed(names)}.", code, "directories", next_step, severity, place)]


def of_folder(problems: Iterable[Problem], place: str) -> list[Problem]:
    """The same, of the setting that names the folder: ``directories.0.path``."""
    return [
        replace(each, field=place) if each.field == "directories" else each for each in problems
    ]


def of_set(problems: Iterable[Problem], *, training: bool) -> list[Problem]:
    """The same, of the setting that holds the set's folders."""
    if training:
        return [*problems]
    return [
        replace(each, field="evaluation") if each.field == "directories" else each
        for each in problems
    ]


def listed(names: Sequence[str], shown: int = _NAMED) -> str:
    """``a.png``, ``a.png and b.png``, ``a.png, b.png, c.png and 12 more``."""
    names = [name.encode("utf-8", "backslashreplace").decode() for name in names]
    more = len(names) - shown
    parts = [*names] if more <= 1 else [*names[:shown], f"{more:,} more"]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def count(number: int, word: str) -> str:
    """``1 file``, ``1,234 files``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def describe(problem: Problem) -> str:
    """One line for a log. Names in it come from the dataset: what could steer a terminal is escaped."""
    where = f", {problem.place}" if problem.place else ""
    line = f"{problem.severity}{where}: {problem.sentence} {problem.next_step}".rstrip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
