"""The optimizers that the trainer can make, and which options each takes.

``optimizers.tsv``: those in lower case are the trainer's own names, which it knows in any
case; the others are classes of pytorch-optimizer 4.1.0, whose case matters. A number of
betas of 0 means that it takes none. Those without one exist, and can't be made here: they
want more than the trainer gives. Read from the constructors of each (torch 2, torch-optimi
0.3.3, bitsandbytes 0.49, torchao's CPUOffloadOptimizer, the trainer's ``optimizers/*.py``).
"""

from __future__ import annotations

import difflib
import json
import math
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIMIZERS", "Optimizer", "arguments", "get", "near", "option"]


class Optimizer(NamedTuple):
    """`betas`: how many it takes; None for one that the trainer can't make."""

    name: str
    betas: int | None
    options: frozenset[str]

    @property
    def own(self) -> bool:
        """Whether it is one of the trainer's own names, rather than a class by its name."""
        return self.name.islower()

    @property
    def like_adamw(self) -> bool:
        """Whether upstream's values for AdamW suit it."""
        return (self.own and "adamw" in self.name) or self.name == "offload"


def get(name: str) -> Optimizer | None:
    """The one of this name, or None. The trainer looks for its own names first, in any case."""
    return OPTIMIZERS.get(name.lower()) or OPTIMIZERS.get(name)


def near(name: str) -> list[str]:
    """Names that may have been meant."""
    by_lower = {
        other.lower(): other for other, found in OPTIMIZERS.items() if found.betas is not None
    }
    found = difflib.get_close_matches(name.lower(), by_lower, n=3)
    return [by_lower[other] for other in found]


def arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the optimizer is made with, as the trainer's table has it: its own keys alone.

    One that isn't in the table, as a fork may have, gets what is set.
    """
    found = get(settings["optimizer"])
    made: dict[str, Any] = {"type": settings["optimizer"]}
    wanted = {"lr": settings["learning_rate"], "weight_decay": settings["weight_decay"]}
    wanted |= {"betas": betas(settings) or None, "eps": _eps(settings)}
    made |= {
        key: value
        for key, value in wanted.items()
        if value is not None and (found is None or _takes(found, key))
    }
    made |= {key: option(text) for key, text in settings["optimizer_options"].items()}
    if settings["beta2_half_life"] is not None:
        made["beta2_half_life"] = settings["beta2_half_life"]
    if settings["gradient_release"]:
        made["gradient_release"] = True
    return made


def betas(settings: Mapping[str, Any]) -> list[float]:
    """Those that are set, or upstream's for AdamW; none where the optimizer's own count."""
    found = get(settings["optimizer"])
    usual = _USUAL_BETAS if found is not None and found.like_adamw else []
    return [float(beta) for beta in settings["betas"] or usual]


def option(text: str) -> Any:
    """A value as a form or a job file has it: 0.95, true, [0.9, 0.99]; else it is a word."""
    try:
        value = json.loads(text, parse_constant=_no_number)
    except ValueError:
        return text
    endless = isinstance(value, float) and not math.isfinite(value)
    return text if value is None or endless or isinstance(value, dict) else value


def _no_number(text: str) -> float:
    raise ValueError(text)  # NaN is a word here


def _eps(settings: Mapping[str, Any]) -> float | None:
    found = get(settings["optimizer"])
    if settings["eps"] is None and found is not None and found.like_adamw:
        return _USUAL_EPS
    return None if settings["eps"] is None else float(settings["eps"])


def _takes(optimizer: Optimizer, key: str) -> bool:
    return bool(optimizer.betas) if key == "betas" else key in optimizer.options


def _row(line: str) -> Optimizer:
    name, betas, options = line.split("\t")
    return Optimizer(name, int(betas) if betas else None, frozenset(options.split()))


_USUAL_BETAS = [0.9, 0.99]  # of upstream's examples
_USUAL_EPS = 1e-8

_TEXT = resources.files(__package__).joinpath("optimizers.tsv").read_text("utf-8")

OPTIMIZERS: Mapping[str, Optimizer] = {
    found.name: found for found in map(_row, _TEXT.splitlines()[1:])
}
"""All of them by name; an option that ends in [] takes a list in place of a number."""
