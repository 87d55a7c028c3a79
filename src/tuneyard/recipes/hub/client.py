"""huggingface_hub as we use it: quiet, with no token but ours, and with patience.

It is imported when it is needed: the runner's own Python doesn't have it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tuneyard.recipes.hub import problems
from tuneyard.recipes.hub.about import endpoint
from tuneyard.recipes.hub.problems import HubError
from tuneyard.recipes.hub.progress import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.recipes.hub.about import About

TRIES = 5
ANSWER_WITHIN = 30.0  # seconds

_LONGEST_WAIT = 120.0  # seconds; a longer wait that the Hub asks for is told instead

T = TypeVar("T")


def api(secret: str | None) -> Any:
    """The library's own client. Without a secret it asks as nobody, whoever is logged in here."""
    return library().HfApi(endpoint=endpoint(), token=secret or False)


def library() -> Any:
    """huggingface_hub, quiet: no bars across our lines, no telemetry, its caches with ours."""
    home = os.environ.get("TUNEYARD_HOME")
    wanted = {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_VERBOSITY": "error",  # its warnings show signed addresses
        **({"HF_HOME": str(Path(home, "cache", "hub"))} if home else {}),
    }
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    import huggingface_hub.errors  # noqa: PLC0415 - see above
    import huggingface_hub.utils  # noqa: PLC0415 - same

    return huggingface_hub


def patiently(action: Callable[[], T], about: About, tries: int) -> T:
    """Does it again while that may help. What goes wrong is told as HubError."""
    failures = 0
    while True:
        try:
            return action()
        except HubError:
            raise
        except Exception as error:  # huggingface_hub raises from four libraries, by its version
            problem, wait = problems.of_exception(error, about)
            failures += 1
            passing = problem.code in problems.PASSING and wait <= _LONGEST_WAIT
            if not passing or failures >= tries:
                raise HubError(problem) from error
        wait = wait or min(2.0 ** (failures - 1), 30.0)
        say(f"{problem.sentence} Trying again in {wait:.0f} s.")
        time.sleep(wait)
