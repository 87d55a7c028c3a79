from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.piper.trainer.epochs import Start, Use, target, verdict

FILE = {"path": "/bases/x.ckpt"}


@pytest.mark.parametrize(
    ("use", "epochs", "until", "goal"),
    [
        ("none", 10, None, 10),
        ("resume", 10, None, 2175),
        ("warm-start", 10, None, 10),
        ("none", 10, 30, 30),
        ("resume", 10, 2200, 2200),
        ("warm-start", 10, 2200, 35),
    ],
)
def test_the_goal_in_the_trainers_own_count(
    use: Use, epochs: int, until: int | None, goal: int
) -> None:
    base: dict[str, Any] = {"use": use, **(FILE if use != "none" else {"path": None})}
    start = Start.of_base(base, 2165 if use != "none" else 0)
    assert target(start, {"epochs": epochs, "until_epoch": until}) == goal


def test_a_base_without_a_file_is_none() -> None:
    assert Start.of_base({"path": None, "use": "resume"}, 0).use == "none"


def test_a_start_survives_its_file() -> None:
    start = Start(3, 3, "resume")
    assert Start.from_json({"format": 1, **start.as_json()}) == start


@pytest.mark.parametrize(
    ("trained", "goal", "own", "said"),
    [
        (0, 1, False, "train"),
        (5, 6, True, "train"),
        (6, 6, True, "already done"),
        (7, 6, True, "nothing to train"),
        (6, 6, False, "nothing to train"),
    ],
)
def test_the_verdict(trained: int, goal: int, own: bool, said: str) -> None:
    assert verdict(trained, goal, own=own) == said


@given(st.integers(0, 5000), st.integers(1, 500), st.sampled_from(["resume", "warm-start"]))
def test_epochs_to_add_are_always_trained(base_epochs: int, epochs: int, use: Use) -> None:
    start = Start.of_base({**FILE, "use": use}, base_epochs)
    goal = target(start, {"epochs": epochs, "until_epoch": None})
    assert goal - start.epoch == epochs
    assert verdict(start.epoch, goal, own=False) == "train"


@given(st.integers(1, 5000), st.integers(0, 5000), st.sampled_from(["resume", "warm-start"]))
def test_until_the_bases_epoch_or_before_is_never_started(
    base_epochs: int, under: int, use: Use
) -> None:
    start = Start.of_base({**FILE, "use": use}, base_epochs)
    goal = target(start, {"epochs": 1, "until_epoch": base_epochs - min(under, base_epochs)})
    assert verdict(start.epoch, goal, own=False) == "nothing to train"
