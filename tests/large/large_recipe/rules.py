from collections.abc import Mapping
from typing import Any

from tuneyard.runner.problems import Problem

CAUSES = ()
CHANGEABLE = frozenset({"script"})


def problems(
    _settings: Mapping[str, Any], _results: Mapping[str, Any], _place: Mapping[str, Any]
) -> list[Problem]:
    return []
