"""What all figures share: timing in turn, and one line that says what came out."""

import statistics
import time
from collections.abc import Callable, Sequence


def in_turn(
    ours: Callable[[], float], rival: Callable[[], float], runs: int
) -> tuple[list[float], list[float]]:
    """Seconds of both, measured A B A B, so that a machine that slows down slows both."""
    pairs = [(ours(), rival()) for _ in range(runs)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def say(figure: str, ours: Sequence[float], rival: Sequence[float], goal: str) -> None:
    """Medians, their range, and the median of the pairs' ratios."""
    ratio = statistics.median(a / b for a, b in zip(ours, rival, strict=True))
    extra = statistics.median(a - b for a, b in zip(ours, rival, strict=True))
    print(f"{figure}")
    print(f"  ours  {_spread(ours)}")
    print(f"  rival {_spread(rival)}")
    print(f"  ratio {ratio:.3f}, difference {extra:+.3f} s  (goal: {goal})", flush=True)


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3f} s  ({min(values):.3f} to {max(values):.3f})"
