"""Why a step failed, in plain words: rules as data, over exit code and the end of the log.

A recipe has its own rules and asks them before `GENERAL`. The first rule that
matches wins, so a special one stands before a general one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINES = 5  # shown with a cause: enough to recognise it, short enough to read
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x08")


@dataclass(frozen=True)
class Rule:
    """One way of failing.

    It matches when `pattern` (a regular expression; ``""`` for any log) is found in the
    end of the log, and the exit code is among `exit_codes` and the step's name among
    `steps`, where those are given. Exit codes of signals are negative, as in
    ``subprocess``. `sentence` and `next_step` may use the pattern's named groups:
    ``{size}``. `fix` names settings to change: a value as text, or ``half``,
    ``double``, ``more``. `evidence` says whether the failure was made on a machine of
    ours or is known from others, and `source` is then that log's name or where the
    words are from.
    """

    code: str
    pattern: str
    sentence: str
    next_step: str
    evidence: Literal["made here", "upstream"]
    source: str
    exit_codes: tuple[int, ...] = ()
    steps: tuple[str, ...] = ()
    fix: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """What `find` found; `lines` are those of the log that gave it away, the last ones last."""

    code: str
    sentence: str
    next_step: str
    fix: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def find(
    rules: Iterable[Rule], exit_code: int | None, log_end: bytes | str, step: str
) -> Cause | None:
    r"""The first of `rules` that explains the end of `step`, or None.

    `log_end` is the end of the log as it is: of a line that was rewritten with ``\r``
    (a progress bar), every state is looked at, so a bar hides nothing. Where a
    pattern matches more than once, the last time counts.
    """
    text = _as_lines(log_end)
    for rule in rules:
        if rule.exit_codes and exit_code not in rule.exit_codes:
            continue
        if rule.steps and step not in rule.steps:
            continue
        match = _last(rule.pattern, text)
        if match is not None:
            return _cause(rule, match)
    return None


def _as_lines(log_end: bytes | str) -> str:
    text = log_end.decode("utf-8", "replace") if isinstance(log_end, bytes) else log_end
    return _TERMINAL.sub("", text.replace("\r", "\n"))


def _last(pattern: str, text: str) -> re.Match[str] | None:
    found = None
    for found in re.finditer(pattern, text, re.MULTILINE):  # noqa: B007 - the last one is wanted
        if not pattern:
            break
    return found


def _cause(rule: Rule, match: re.Match[str]) -> Cause:
    words = {name: value or "?" for name, value in match.groupdict().items()}
    return Cause(
        rule.code,
        rule.sentence.format(**words),
        rule.next_step.format(**words),
        rule.fix,
        _around(match) if rule.pattern else (),
    )


def _around(match: re.Match[str]) -> tuple[str, ...]:
    """The whole lines in which the match lies; of a long one, the last few."""
    text = match.string
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", max(match.start(), match.end() - 1))
    found = text[start : end if end >= 0 else len(text)].splitlines()
    return tuple(line.strip() for line in found if line.strip())[-_LINES:]


GENERAL: tuple[Rule, ...] = ()
