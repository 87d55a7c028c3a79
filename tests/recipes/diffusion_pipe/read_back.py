"""The trainer's files, as the trainer itself reads them."""

from typing import Any

import toml

from tuneyard.recipes.diffusion_pipe.config import writing


def main(settings: dict[str, Any], **others: Any) -> dict[str, Any]:
    """The job's file, as the trainer reads it."""
    wanted = {"dataset": "/job/dataset.toml", "evaluation": (), "output_dir": "/job/runs", **others}
    found: dict[str, Any] = toml.loads(writing.main(settings, **wanted))
    return found


def dataset(settings: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    paths = [each["path"] for each in entries]
    found: dict[str, Any] = toml.loads(writing.dataset(settings, entries, paths))
    return found
