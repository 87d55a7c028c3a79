"""The step that puts a script's results into ``outputs/``, by the paths that they had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.recipes.downloads import mb
from tuneyard.recipes.script import globs
from tuneyard.recipes.script.layout import JOB, OUTPUTS
from tuneyard.runner.folder import read_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def main(_argv: list[str]) -> int:
    """1 when results were named and not one is there."""
    patterns = read_json(JOB)["settings"]["outputs"]
    if collect(patterns) or not patterns:
        return 0
    Problem(
        f"The script has made none of the results that were named: {', '.join(patterns)}.",
        "outputs-missing",
        "outputs",
        "See in the log where it writes them, correct outputs, and resume.",
    ).tell()
    return 1


def collect(patterns: Iterable[str]) -> int:
    """How many files are there; each is a second name for the script's own, where that can be."""
    files = 0
    for pattern in patterns:
        found = list(globs.matches([pattern]))
        if not found:
            print(f"Nothing is there for {pattern}", flush=True)
        for one in found:
            for file in globs.files_in(one.path):
                globs.keep(file, OUTPUTS / file, link=True)
                files += 1
            print(f"{one.path}  {mb(one.bytes)}", flush=True)
    return files
