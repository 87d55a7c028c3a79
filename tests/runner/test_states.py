import itertools

import pytest

from tuneyard.runner.states import ENDS, MOVES, State, WrongMove, move

EVERY = list(itertools.product(State, State))


@pytest.mark.parametrize(("now", "wanted"), [(a, b) for a, b in EVERY if b in MOVES[a]])
def test_every_allowed_move_is_made(now: State, wanted: State) -> None:
    assert move(now, wanted) is wanted


@pytest.mark.parametrize(("now", "wanted"), [(a, b) for a, b in EVERY if b not in MOVES[a]])
def test_every_other_move_is_refused_with_what_was_expected(now: State, wanted: State) -> None:
    with pytest.raises(
        WrongMove, match=f"a job that is {now.value} can become .* not {wanted.value}"
    ):
        move(now, wanted)


def test_the_table_is_the_one_of_the_documentation() -> None:
    forward = {
        "queued": "provisioning preparing training finishing",
        "provisioning": "preparing training finishing",
        "preparing": "training finishing",
        "training": "finishing",
        "finishing": "",
    }
    for name, following in forward.items():
        unfinished = {state.value for state in MOVES[State(name)] - ENDS}
        assert unfinished == set(following.split())
        assert MOVES[State(name)] >= {State.FAILED, State.STOPPED, State.LOST}
    assert all(MOVES[end] == {State.QUEUED} for end in ENDS)
