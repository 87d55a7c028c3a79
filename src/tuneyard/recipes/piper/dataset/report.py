"""How problems of a dataset are said: one at a time, and folded when there are many."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tuneyard.runner.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_OF_A_KIND = 20


class DataError(Exception):
    """A dataset that can't be used at all; `problem` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def of_data(
    code: str,
    sentence: str,
    place: str = "",
    next_step: str = "",
    severity: Severity = "error",
) -> Problem:
    """A problem of the field ``dataset``."""
    return Problem(sentence, code, "dataset", next_step, severity, place)


def fold(problems: Iterable[Problem], shown: int = SHOWN_OF_A_KIND) -> list[Problem]:
    """Errors first; of each kind the first `shown`, then one that counts the others."""
    kinds: dict[tuple[str, Severity], list[Problem]] = defaultdict(list)
    for problem in problems:
        kinds[problem.code, problem.severity].append(problem)
    folded = []
    for kind in sorted(kinds.values(), key=lambda kind: kind[0].severity != "error"):
        folded += kind[:shown]
        if (more := len(kind) - shown) > 0:
            folded.append(
                Problem(
                    f"… and {more:,} more like this.",
                    kind[0].code,
                    kind[0].field,
                    severity=kind[0].severity,
                )
            )
    return folded


def describe(problem: Problem) -> str:
    """One line for a log, as ``error, metadata.csv:12: sentence next step``.

    Texts and names in it come from the dataset; what could steer a terminal is escaped.
    """
    where = f", {problem.place}" if problem.place else ""
    line = f"{problem.severity}{where}: {problem.sentence} {problem.next_step}".rstrip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def count(number: int, word: str) -> str:
    """``1 clip``, ``1,234 clips``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
