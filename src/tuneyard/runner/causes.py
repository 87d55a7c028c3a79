"""Why a step failed, in plain words: rules as data, over exit code and the end of the log.

A recipe has its own rules and asks them before `GENERAL`. The first rule that
matches wins, so a special one stands before a general one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINES = 5  # shown with a cause: enough to recognise it, short enough to read
# What a terminal would not show, and what torch puts before the lines of a trainer's traceback.
_AROUND_WORDS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x08|^\[rank\d+\]: ", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One way of failing.

    It matches when `pattern` (a regular expression; ``""`` for any log) is found in the
    end of the log, and the exit code is among `exit_codes` and the step's name among
    `steps`, where those are given. Exit codes of signals are negative, as in
    ``subprocess``. `sentence` and `next_step` may use the pattern's named groups:
    ``{size}``. `fix` names settings to change: a value as text, or ``half``,
    ``double``, ``more``. `upstream` says where the words are from of a failure that is
    known from others; all else was made on a machine of ours.
    """

    code: str
    pattern: str
    sentence: str
    next_step: str
    exit_codes: tuple[int, ...] = ()
    steps: tuple[str, ...] = ()
    fix: Mapping[str, str] = field(default_factory=dict)
    upstream: str = ""


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
    return _AROUND_WORDS.sub("", text.replace("\r", "\n"))


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


TOLD = Rule(
    code="told",
    pattern=r"^Problem: (?P<sentence>.+)(?:\nNext step: (?P<next_step>.+))?\s*\Z",
    sentence="{sentence}",
    next_step="{next_step}",
)
"""What a step of ours says itself in its last words, see `Problem.tell`. Asked before all others."""

GENERAL: tuple[Rule, ...] = (
    Rule(
        code="gpu-memory",
        pattern=r"CUDA out of memory\. Tried to allocate (?P<size>[\d.]+ [KMG]iB)",
        sentence="Out of GPU memory: tried to allocate {size} more.",
        next_step="Lower the batch size, or choose a GPU with more memory; then resume.",
        upstream="domesticatedviking/TextyMcSpeechy#37",
    ),
    Rule(
        code="gpu-driver",
        pattern=r"NVIDIA driver on your system is too old \(found version (?P<version>\d+)\)",
        sentence="The NVIDIA driver is too old for this version of torch (it found CUDA {version}).",
        next_step="Update the driver, or name a trainer whose torch is made for an older CUDA.",
        upstream="lllyasviel/Fooocus#1313",
    ),
    Rule(
        code="gpu-unsupported",
        pattern=r"no kernel image is available for execution on the device",
        sentence="This version of torch was not made for this GPU: it is too new or too old for it.",
        next_step="Choose another GPU, or name a trainer whose torch supports this one.",
        upstream="Comfy-Org/ComfyUI#16438",
    ),
    Rule(
        code="gpu-missing",
        pattern=r"No supported gpu backend found!|Found no NVIDIA driver on your system"
        r"|Torch not compiled with CUDA enabled|No CUDA GPUs are available",
        sentence="The training was to use a GPU, and torch finds none.",
        next_step="Run tuneyard doctor to see GPUs and drivers, or train on the CPU.",
    ),
    Rule(
        code="gpu-failed",
        pattern=r"CUDA error: (?P<what>uncorrectable ECC error encountered"
        r"|unspecified launch failure|an illegal memory access was encountered)",
        sentence="The GPU failed during the training: {what}.",
        next_step="Resume: it goes on from the newest checkpoint. If it fails again, the GPU may be"
        " broken; choose another.",
        upstream="tloen/alpaca-lora#123",
    ),
    Rule(
        code="shared-memory",
        pattern=r"killed by signal: Bus error|insufficient shared memory \(shm\)"
        r"|unable to (?:allocate|open|write)[^\n]*(?:shared memory|</torch_)",
        sentence="There is too little shared memory (/dev/shm) for the data workers.",
        next_step="Set the data workers to 0, or give the container more: --shm-size=2g.",
    ),
    Rule(
        code="disk-full",
        pattern=r"No space left on device|Disk quota exceeded"
        r"|\[enforce fail at inline_container\.cc:\d+\][^\n]*unexpected pos",
        sentence="The disk is full.",
        next_step="Free some space, or keep fewer checkpoints; then resume.",
    ),
    Rule(
        code="read-only",
        pattern=r"Read-only file system: '(?P<path>[^']+)'",
        sentence="Nothing can be written to {path}: the file system is read-only.",
        next_step="Look whether the disk has failed, or move TUNEYARD_HOME to a writable one.",
    ),
    Rule(
        code="memory",
        pattern=r"can't allocate memory: you tried to allocate (?P<size>\d+) bytes"
        r"|^MemoryError\b|Cannot allocate memory",
        sentence="Out of memory.",
        next_step="Close other programs, lower the batch size or the data workers, or use a"
        " computer with more memory; then resume.",
    ),
    Rule(
        code="worker-killed",
        pattern=r"DataLoader worker \(pid(?:\(s\))? [\d, ]+\) (?:is killed by signal: (?P<signal>\w+)"
        r"|exited unexpectedly)",
        sentence="A data worker was killed, most often because memory ran out.",
        next_step="Set fewer data workers, or use a computer with more memory; then resume.",
    ),
    Rule(
        code="module-missing",
        pattern=r"^ModuleNotFoundError: No module named '(?P<module>[^']+)'",
        sentence="The trainer's Python lacks the package {module}.",
        next_step="Let Tuneyard build the trainer's environment, or install the package in yours.",
    ),
    Rule(
        code="killed",
        pattern="",
        exit_codes=(-9, 137),
        sentence="The step was killed from outside (signal 9), most often because memory ran out.",
        next_step="Lower the batch size or the data workers, or use a computer with more memory;"
        " then resume.",
    ),
    Rule(
        code="ended-from-outside",
        pattern="",
        exit_codes=(-15, -2, 143, 130),
        sentence="The step was told to end, and not by Tuneyard: perhaps the computer was shut down.",
        next_step="Resume: it goes on from the newest checkpoint.",
    ),
)
"""What may happen to any trainer."""
