"""The recipe as an input, of a job whose program is too large for the request that rents a pod.

It is kept in ``<home>/cache/programs`` under its SHA-256, by which a request names it: what a
pod waits for can be sent even if Tuneyard was upgraded since.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tuneyard.compute.runpod import program
from tuneyard.jobs.job import recipe_of
from tuneyard.runner.folder import write_bytes
from tuneyard.runner.pod.inputs import PROGRAM

from .packing import Packed

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.jobs.job import Job

NAME = "the recipe"  # as it is told that a pod waits for it


def programs(home: Path) -> Path:
    """Where a home keeps what pods run, ready to be sent."""
    return home / "cache" / "programs"


def of(job: Job, home: Path) -> list[Packed]:
    """The recipe, if it travels by itself."""
    data = program.program(recipe_of(job).package, job.settings, programs(home)).recipe
    if not data:
        return []
    sha256 = hashlib.sha256(data).hexdigest()
    if not kept(sha256, home):
        programs(home).mkdir(parents=True, exist_ok=True)
        write_bytes(_place(sha256, home), data)
    return kept(sha256, home)


def kept(sha256: str, home: Path) -> list[Packed]:
    """A recipe that was sent before, or was to be."""
    file = _place(sha256, home)
    if not file.is_file():
        return []
    return [Packed(sha256, file.stat().st_size, NAME, PROGRAM, file)]


def _place(sha256: str, home: Path) -> Path:
    return programs(home) / f"{sha256}.recipe"
