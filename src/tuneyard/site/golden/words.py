"""Money, times, names and addresses in words."""

from __future__ import annotations

from typing import Any

from tuneyard.compute.runpod import limits
from tuneyard.compute.runpod.names import parse, pod_name
from tuneyard.compute.runpod.words import money, soon, span

_MONEY = (0.0, 0.001, 0.004, 0.01, 0.49, 1.005, 3.0, 12.5, 999.994, 1234.5, 1_000_000.0, -0.5)
_SECONDS = (0.0, 0.9, 40.0, 59.9, 60.0, 61.0, 119.0, 300.0, 3599.0, 3600.0, 24_480.0, 90_000.0)
_NAMES = (
    "tuneyard-0123abcd-20261122-143005-first-voice",
    "tuneyard-0123ABCD-job",
    "tuneyard-0123abcd-",
    "tuneyard-0123abcd-a b",
    "tuneyard-0123abcd",
    "my pod",
    "",
    f"tuneyard-0123abcd-{'x' * 200}",
    f"tuneyard-0123abcd-{'x' * 201}",
)


def cases() -> dict[str, Any]:
    """Pairs of what is given and what is said of it, by the function's name."""
    return {
        "money": [[dollars, money(dollars)] for dollars in _MONEY],
        "span": [[seconds, span(seconds)] for seconds in _SECONDS],
        "soon": [[seconds, soon(seconds)] for seconds in _SECONDS],
        "lasts": [[[3.0, 0.44], limits.lasts(3.0, 0.44)], [[25.0, 2.69], limits.lasts(25.0, 2.69)]],
        "pod_name": [[["0123abcd", "job"], pod_name("0123abcd", "job")]],
        "parse": [[name, parse(name)] for name in _NAMES],
    }
