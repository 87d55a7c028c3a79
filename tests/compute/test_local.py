from pathlib import Path

import pytest

from tuneyard.compute import system
from tuneyard.compute.local import compute
from tuneyard.runner import gpus
from tuneyard.runner.step import Needs


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """GB of this computer's GPUs, as its driver tells them."""
    found: list[float] = []
    monkeypatch.setattr(system, "gpu_memory", lambda: found)
    return found


def told(
    monkeypatch: pytest.MonkeyPatch, home: Path, cards: list[float], needs: Needs
) -> list[tuple[str, str]]:
    monkeypatch.setenv(gpus.FAKE, ",".join(f"GPU-{n}" for n in range(len(cards))))
    found = compute.problems(needs, {}, home)
    return [(each.code, each.severity) for each in found if each.code.startswith("gpu")]


@pytest.mark.parametrize(
    ("there", "count", "needed", "problems"),
    [
        ([8.0], 1, 24, [("gpu-memory", "warning")]),
        ([23.99], 1, 24, []),
        ([44.99], 1, 48, []),  # an A40, of 48 GB
        ([24.0, 8.0], 1, 24, []),
        ([24.0, 8.0], 2, 24, [("gpu-memory", "warning")]),
        ([8.0], 1, None, []),
        ([8.0], 0, 24, []),
        ([], 1, 24, [("gpus", "error")]),
    ],
)
def test_a_gpu_that_is_too_small_is_a_warning(
    there: list[float],
    count: int,
    needed: float | None,
    problems: list[tuple[str, str]],
    cards: list[float],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards += there
    assert told(monkeypatch, home, cards, Needs(gpus=count, gpu_memory_gb=needed)) == problems


def test_it_says_what_is_there_and_where_the_need_is_from(
    cards: list[float], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards += [11.99]
    monkeypatch.setenv(gpus.FAKE, "GPU-0")
    needs = Needs(gpus=1, gpu_memory_gb=24, source="a guess", gpu_memory_source="documented")
    (problem,) = compute.problems(needs, {}, home)
    assert problem.sentence == (
        "The job needs a GPU with 24 GB (documented), and this computer's has 12 GB."
    )
    cards += [7.99]
    monkeypatch.setenv(gpus.FAKE, "GPU-0,GPU-1")
    (problem,) = compute.problems(needs, {}, home)
    assert problem.sentence.endswith("and this computer's have 12 GB at most.")


def test_without_a_driver_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpus.FAKE, "GPU-0")
    assert system.gpu_memory() == []
