"""All errors that a user may see.

    TuneyardError          a sentence, a machine code, the field, the next step
    ├── WrongInput         a job file, a setting or an argument; holds problems
    ├── NotFound           no such job, recipe, preset or compute
    ├── NotPossible        refused in the state things are in
    └── Missing            something this computer lacks

The CLI, the API and the page show the same sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .runner.problems import Problem


class TuneyardError(Exception):
    """`sentence` is for the user; `code` for programs; `field` for forms."""

    exit_code = 2

    def __init__(
        self, sentence: str, *, code: str = "error", field: str = "", next_step: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.field = field
        self.next_step = next_step

    def as_json(self) -> dict[str, object]:
        return {
            "sentence": self.sentence,
            "code": self.code,
            "field": self.field,
            "next_step": self.next_step,
        }


class WrongInput(TuneyardError):
    """What was asked can't be done as it stands. `problems` has every reason, the first is shown."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        place = f"{first.place}: " if first.place else ""
        super().__init__(
            f"{place}{first.sentence}",
            code=first.code,
            field=first.field,
            next_step=first.next_step,
        )
        self.problems = list(problems)

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "problems": [p.as_json() for p in self.problems]}


class NotFound(TuneyardError):
    """There is nothing of that name."""


class NotPossible(TuneyardError):
    """It can't be done in the state things are in."""


class Missing(TuneyardError):
    """Something that this computer lacks."""
