"""How warnings are made."""

from __future__ import annotations

from tuneyard.runner.problems import Problem


def warning(sentence: str, code: str, field: str, next_step: str) -> Problem:
    return Problem(sentence, code, field, next_step, severity="warning")
