"""What `check` finds: one sentence, where it is, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or may be.

    An *error* would stop the job; a *warning* would not. `place` names a file
    and, where there is one, its line: ``metadata.csv:12``.
    """

    sentence: str
    code: str
    field: str = ""
    next_step: str = ""
    severity: Severity = "error"
    place: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    def tell(self) -> None:
        """Ends a step's output with what is wrong and what to do, as `causes.TOLD` reads it.

        Sentences may quote a dataset: what could steer a terminal is escaped.
        """
        where = f"{self.place}: " if self.place else ""
        print(_plain(f"Problem: {where}{self.sentence}"), flush=True)
        if self.next_step:
            print(_plain(f"Next step: {self.next_step}"), flush=True)


@dataclass
class Report:
    """The outcome of a check.

    `not_checked` lists, in words, what could not be looked at here and why;
    `facts` holds what was learnt on the way (clips, seconds, a histogram).
    """

    problems: list[Problem] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "error"]

    def extend(self, other: Report) -> None:
        self.problems += other.problems
        self.not_checked += other.not_checked
        self.facts |= other.facts

    def as_json(self) -> dict[str, Any]:
        return {
            "problems": [p.as_json() for p in self.problems],
            "not_checked": self.not_checked,
            "facts": self.facts,
        }


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
