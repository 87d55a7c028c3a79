import time

import pytest

from tuneyard.cli import words
from tuneyard.runner.states import State


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1600, "1.6 kB"), (846e6, "846 MB"), (7.04e9, "7.0 GB")],
)
def test_sizes(number: float, said: str) -> None:
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0.0 s"),
        (0.42, "0.4 s"),
        (42, "42 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (11520, "3 h 12 min"),
        (86400, "1 d"),
        (187200, "2 d 4 h"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_a_rough_duration_has_no_fraction() -> None:
    assert words.duration(3, precise=False) == "3 s"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(20, "less than a minute left"), (740, "12 min left"), (11400, "3 h 10 min left")],
)
def test_time_left_is_rounded(seconds: float, said: str) -> None:
    assert words.left(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "just now"), (330, "5 min ago"), (7300, "2 h ago"), (3e5, "3 d ago")]
)
def test_times_are_relative(seconds: float, said: str) -> None:
    assert words.ago(time.time() - seconds) == said
    assert words.ago(None) == ""


def test_every_state_has_a_look_of_its_own_sign_and_word() -> None:
    for state in State:
        sign, word = words.look(state.value)[0].split()
        assert len(sign) == 1
        assert word == state.value
    assert words.look(None)[0] == "? unreadable"


def test_figures_say_what_is_known_and_no_more() -> None:
    assert words.figures({}, {}) == []
    progress = {"epoch": 3, "epochs": 12, "step": 1500, "seconds_left": 20}
    assert words.figures(progress, {"loss_g": 2.31449}) == [
        "epoch 3/12",
        "step 1,500",
        "loss_g 2.314",
        "less than a minute left",
    ]


@pytest.mark.parametrize(
    ("progress", "share"),
    [
        ({}, None),
        ({"step": 3}, None),
        ({"step": 3, "steps": 4, "epoch": 0, "epochs": 2}, 0.75),
        ({"epoch": 1, "epochs": 2}, 0.5),
        ({"step": 9, "steps": 4}, 1.0),
    ],
)
def test_shares(progress: dict[str, int], share: float | None) -> None:
    assert words.share(progress) == share
