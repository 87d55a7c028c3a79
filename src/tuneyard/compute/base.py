"""What a compute is, and how they are found."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from tuneyard.runner.folder import JobFolder
    from tuneyard.runner.problems import Problem
    from tuneyard.runner.step import Needs

GROUP = "tuneyard.computes"

Life = Literal["alive", "ended", "gone", "unknown"]


class Compute(Protocol):
    """Where a job can run.

    `settings` is the pydantic model of what a job file's ``[compute]`` may say beside the
    name; `secrets` are names of what its own doing needs and no job is given. A job on a
    `remote` one is looked after here by an attendant, in place of its runner.
    """

    name: str
    title: str
    summary: str
    remote: bool
    secrets: tuple[str, ...]

    @property
    def settings(self) -> type[BaseModel]: ...

    def place(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What a recipe's plan may depend on: ``{"gpus": how many, "python": path}``."""

    def problems(self, needs: Needs, options: Mapping[str, Any], home: Path) -> list[Problem]:
        """Why a job with these needs can't run there, or might not."""

    def launch(self, folder: JobFolder, secrets: Mapping[str, str]) -> None:
        """Starts a job's runner or attendant, with these secrets; a second one leaves at once."""

    def observe(self, folder: JobFolder) -> Life:
        """Whether a job's processes live. ``unknown`` never resubmits and never kills."""


@lru_cache(maxsize=1)
def computes() -> dict[str, Compute]:
    """All computes that are installed, by name."""
    found = (entry.load() for entry in entry_points(group=GROUP))
    return {compute.name: compute for compute in sorted(found, key=lambda one: one.name)}
