"""Rules across the settings of a script."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuneyard.recipes.results import problems as of_results
from tuneyard.recipes.script import language, secrecy, sources
from tuneyard.recipes.script.causes import RULES as CAUSES
from tuneyard.recipes.script.layout import stays_below
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "CHANGEABLE", "problems"]

# A further attempt starts the script again, beside what the last one left: nothing about it
# is bound to what it made.
CHANGEABLE = frozenset(
    {
        *("source", "script", "file", "address", "sha256", "entry", "files", "files_use"),
        *("interpreter", "arguments", "environment", "secrets", "requirements"),
        *("python_versions", "outputs", "checkpoints", "samples", "patterns"),
        *("usual_patterns", "stop_signal", "stop_file", "grace"),
        *("gpus", "gpu_memory_gb", "disk_gb"),
    }
)

_RANGE = re.compile(r"\s*(>=|<)\s*\d+(\.\d+)*\s*")


def problems(
    settings: Mapping[str, Any],
    results: Mapping[str, Any],
    place: Mapping[str, Any],  # noqa: ARG001 - every recipe's rules take it
) -> list[Problem]:
    """What is wrong with complete settings, seen without the script's file."""
    return [
        *sources.problems(settings),
        *_command(settings),
        *secrecy.problems(settings),
        *_packages(settings),
        *_patterns(settings),
        *_globs(settings),
        *_stop(settings),
        *of_results(results),
    ]


def _command(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("interpreter", "arguments"):
        try:
            shlex.split(settings[name])
        except ValueError:
            yield Problem(
                "A quote is opened and never closed.",
                "quotes",
                name,
                "Close it, or put a \\ before it.",
            )
            return
    program = (language.words(settings["interpreter"], "", "") or [""])[0]
    if settings["interpreter"].strip() and (not program or program[0] in ".~#"):
        yield Problem(
            "That names no program.",
            "interpreter",
            "interpreter",
            "Name one as it is called in a shell, such as bash, or by its whole path.",
        )


def _packages(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for line in settings["requirements"]:
        if not line.strip() or line.lstrip().startswith("-") or "\n" in line:
            yield Problem(
                f"“{line}” is no package.",
                "requirement",
                "requirements",
                "Write one a line, as torch==2.8.0. Indexes are taken from pip's configuration.",
            )
        elif "@" in (urlsplit(line.partition(" @ ")[2].strip()).netloc):
            yield Problem(
                "The address of a package holds a password.",
                "secret",
                "requirements",
                "Leave it out: job files are made to be shared.",
            )
    bounds = settings["python_versions"].split(",")
    if settings["requirements"] and not all(_RANGE.fullmatch(bound) for bound in bounds):
        yield Problem(
            f"“{settings['python_versions']}” is no range of Python's versions.",
            "python-versions",
            "python_versions",
            "Write it with >= and < alone: >=3.10,<3.13.",
        )


def _patterns(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for text in settings["patterns"]:
        try:
            groups = re.compile(text).groupindex
        except (re.error, RecursionError, OverflowError) as error:
            sentence, step = f"“{text}” is no regular expression: {error}.", "Correct it."
        else:
            if groups:
                continue
            sentence = f"“{text}” names no group, so nothing is read by it."
            step = r"Name what it finds: step (?P<step>\d+), loss (?P<loss>\S+)."
        yield Problem(sentence, "pattern", "patterns", step)


def _globs(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("outputs", "checkpoints", "samples"):
        for text in settings[name]:
            parts = PurePosixPath(text).parts
            if not parts or not stays_below(text) or any("**" in p and p != "**" for p in parts):
                yield Problem(
                    f"“{text}” names no files where the script runs.",
                    "files",
                    name,
                    "Write it as the script sees it: out/model.bin, *.pt, or **/*.wav.",
                )


def _stop(settings: Mapping[str, Any]) -> Iterator[Problem]:
    name = settings["stop_file"]
    if name and ("/" in name or name in {".", ".."}):
        yield Problem(
            f"“{name}” is no plain file name.",
            "stop-file",
            "stop_file",
            "Name a file that lies where the script runs, without a folder.",
        )
