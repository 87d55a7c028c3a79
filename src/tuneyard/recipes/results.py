"""What every recipe holds of a job's results: the names that the Hub would refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


def problems(results: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the table ``[results]`` of a job."""
    repository = results.get("repository", "")
    if repository and not _REPOSITORY.fullmatch(repository):
        yield Problem(
            f"“{repository}” is no repository on the Hugging Face Hub.",
            code="repository-name",
            field="results.repository",
            next_step="Write owner/name.",
        )
    folder = results.get("folder", "")
    if folder.startswith("/") or ".." in folder.split("/"):
        yield Problem(
            f"“{folder}” is no folder inside a repository.",
            code="repository-folder",
            field="results.folder",
            next_step="Write a path without a leading slash and without “..”.",
        )
