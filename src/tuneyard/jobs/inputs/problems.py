"""What goes wrong between home and a pod, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.errors import TuneyardError

if TYPE_CHECKING:
    from tuneyard.runner.problems import Problem


class InputsError(TuneyardError):
    """What lies at home can't reach the pod, or what lies there can't come home."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.sentence, code=problem.code, field=problem.field, next_step=problem.next_step
        )
        self.problem = problem
