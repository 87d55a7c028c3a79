from collections.abc import Mapping
from typing import Any

from tuneyard.runner.problems import Problem


def problems(
    settings: Mapping[str, Any], _results: Mapping[str, Any], _place: Mapping[str, Any]
) -> list[Problem]:
    if "forbidden" in settings["train"]:
        return [Problem("That script is forbidden.", "forbidden", "train", "Write another.")]
    return []
