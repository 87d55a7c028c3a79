"""What a GPU's memory has to be: what is documented for jobs of a kind, and what surely lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.at_home import documented, weights
from tuneyard.recipes.diffusion_pipe.at_home.reckoning import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN = "not known; it is documented nowhere for such a job, and its files don't tell"
_ASKED = "as its setting gpu_memory_gb says"
_WEIGHTS = "for its weights alone; what else it takes is documented nowhere"
_ENCODER = "for its text encoder alone; what else it takes is documented nowhere"


def needed(settings: Mapping[str, Any]) -> tuple[float | None, str]:
    """GB that a GPU must have at least, None where nobody knows; and what that is from."""
    return value(GPU_MEMORY_GB, settings), value(SOURCE, settings)


def notes(settings: Mapping[str, Any]) -> Iterator[str]:
    """What is not as the documents say it must be."""
    found = documented.of(settings)
    other = list(documented.beyond(found, settings)) if found else []
    if found and other:
        yield (
            f"{found.gb} GB of GPU memory are {found.source}. This job has {_listed(other)}: what "
            "that takes is documented nowhere."
        )


def sentence(settings: Mapping[str, Any]) -> str:
    """All that is known, for people."""
    gb, source = needed(settings)
    least = "" if gb is None else f"{gb:g} GB at least, "
    return " ".join([f"GPU memory: {least}{source}.", *notes(settings)])


def _listed(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if unique[1:] else unique)


# As expressions: see `tuneyard.site.recipes` for how they are read.


def _case(jobs: Mapping[str, str], expression: Any) -> dict[str, Any]:
    return {"cases": [[dict(jobs), expression]], "else": None}


_KNOWN: list[list[Any]] = [
    *([_case(each.jobs, each.gb), each.source] for each in documented.DOCUMENTED),
    *([_case(each.jobs, weights.on_one(each)), _WEIGHTS] for each in weights.WEIGHTS),
    *(
        [_case(each.jobs, weights.encoder(each)), _ENCODER]
        for each in weights.WEIGHTS
        if each.encoder
    ),
]

GPU_MEMORY_GB: dict[str, Any] = {
    "first": [{"setting": "gpu_memory_gb"}, {"most": [number for number, _ in _KNOWN]}]
}
SOURCE: dict[str, Any] = {
    "cases": [[{"gpu_memory_gb": ".+"}, _ASKED]],
    "else": {"first": [{"largest": _KNOWN}, UNKNOWN]},
}
