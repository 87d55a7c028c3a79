from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.piper.trainer import kept
from tuneyard.recipes.piper.trainer.kept import Kept


def finished(epoch: int) -> Kept:
    return Kept(Path(kept.name(epoch, 10 * (epoch + 1))), epoch, 10 * (epoch + 1))


def interrupted(epoch: int) -> Kept:
    step = 10 * epoch + 5
    return Kept(Path(kept.name(epoch, step, interrupted=True)), epoch, step, interrupted=True)


@given(st.integers(0, 9999), st.integers(0, 10**8), st.booleans())
def test_a_name_says_all(epoch: int, step: int, middle: bool) -> None:
    path = Path("train") / kept.name(epoch, step, interrupted=middle)
    assert kept.parse(path) == Kept(path, epoch, step, interrupted=middle)


@pytest.mark.parametrize(
    "name",
    ["last.ckpt", "epoch=1-val_mel=1.67.ckpt", ".epoch=1-step=2.ckpt.partial", "epoch=1.ckpt"],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert kept.parse(Path(name)) is None


def test_an_epoch_counts_when_it_has_ended() -> None:
    assert finished(9).epochs_trained == 10
    assert interrupted(9).epochs_trained == 9


def test_a_folder_is_listed_oldest_first(tmp_path: Path) -> None:
    names = ["epoch=9-step=100.ckpt", "epoch=10-step=105-interrupted.ckpt", "epoch=0-step=10.ckpt"]
    for name in [*names, "epoch=11-step=120.ckpt.damaged", "notes.txt"]:
        (tmp_path / name).touch()
    assert [one.path.name for one in kept.listed(tmp_path)] == [names[2], names[0], names[1]]
    assert kept.listed(tmp_path / "missing") == []


def test_the_last_few_are_kept() -> None:
    several = [finished(epoch) for epoch in range(5)]
    assert kept.outdated(several, 2) == several[:3]
    assert kept.outdated(several, 0) == []


def test_an_interrupted_one_goes_when_a_newer_one_is_there() -> None:
    several = [finished(0), interrupted(1), finished(1)]
    assert kept.outdated(several, 5) == [several[1]]


def test_an_interrupted_one_never_pushes_a_finished_one_out() -> None:
    several = [finished(0), finished(1), interrupted(2)]
    assert kept.outdated(several, 2) == []


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 5))
def test_the_newest_always_stays(middles: list[bool], keep_last: int) -> None:
    several = [interrupted(i) if middle else finished(i) for i, middle in enumerate(middles)]
    left = [one for one in several if one not in kept.outdated(several, keep_last)]
    assert left[-1] == several[-1]
    done = [one for one in several if not one.interrupted]
    wanted = done[-keep_last:] if keep_last else done
    assert [one for one in left if not one.interrupted] == wanted


def test_what_a_kill_left_half_written_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".epoch=1-step=2.ckpt.partial").touch()
    (tmp_path / "epoch=0-step=1.ckpt").touch()
    kept.clear_partial(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch=0-step=1.ckpt"]
