"""What a compute is, and how they are found."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder
    from tuneyard.runner.problems import Problem
    from tuneyard.runner.step import Needs

GROUP = "tuneyard.computes"

Life = Literal["alive", "ended", "gone", "unknown"]


class Compute(Protocol):
    """Where a job can run. A handle is JSON and is written down before anything waits."""

    name: str
    title: str

    def place(self) -> dict[str, Any]:
        """What a recipe's plan may depend on: ``{"gpus": how many, "python": path}``."""

    def problems(self, needs: Needs, home: Path) -> list[Problem]:
        """Why a job with these needs can't run here, or might not."""

    def launch(self, folder: JobFolder, secrets: Mapping[str, str]) -> dict[str, Any]:
        """Starts a runner for a job, with these secrets; returns its handle."""

    def observe(self, folder: JobFolder) -> Life:
        """Whether a job's processes live. ``unknown`` never resubmits and never kills."""


@lru_cache(maxsize=1)
def computes() -> dict[str, Compute]:
    """All computes that are installed, by name."""
    found = (entry.load() for entry in entry_points(group=GROUP))
    return {compute.name: compute for compute in sorted(found, key=lambda one: one.name)}
