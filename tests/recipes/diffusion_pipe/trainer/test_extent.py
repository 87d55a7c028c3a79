from tuneyard.recipes.diffusion_pipe.trainer.console import Console
from tuneyard.recipes.diffusion_pipe.trainer.extent import Extent


def extent(
    steps_per_epoch: int | None = 10, max_steps: int | None = None, *, examples: bool = False
) -> Extent:
    return Extent(steps_per_epoch, 3, max_steps, examples=examples)


def said(*lines: str) -> Console:
    console = Console()
    for line in lines:
        console.read(line)
    return console


def step(number: int) -> str:
    return f"steps: {number} loss: 0.5 iter time (s): 0.1 samples/sec: 1.0"


def epoch(number: int) -> str:
    return f"Started new epoch: {number}"


def resumed(epoch_number: int, number: int) -> str:
    return f"Resuming training from checkpoint. Resuming at epoch: {epoch_number}, step: {number}"


def test_it_ends_with_its_epochs_or_its_most_steps() -> None:
    assert extent().steps == 30
    assert extent(max_steps=12).steps == 12
    assert extent(max_steps=40).steps == 30
    assert extent(None).steps is None
    assert extent(None, max_steps=12).steps == 12


def test_the_first_whole_epoch_tells_how_many_steps_one_has() -> None:
    found = extent(None)
    assert not found.learn(said(step(1), step(2)))
    assert found.learn(said(*map(step, range(1, 8)), epoch(2)))
    assert (found.steps_per_epoch, found.steps) == (7, 21)


def test_what_was_counted_wrongly_is_corrected() -> None:
    found = extent(10)
    assert found.learn(said(step(1), step(9), epoch(2), step(10), step(18), epoch(3)))
    assert (found.steps_per_epoch, found.steps) == (9, 27)


def test_a_resume_inside_the_count_changes_nothing() -> None:
    found = extent()
    assert not found.learn(said(resumed(2, 15), step(15)))
    assert found.steps == 30


def test_an_epoch_that_was_resumed_in_its_middle_tells_no_length() -> None:
    found = extent()
    console = said(resumed(2, 15), step(15), step(20), epoch(3))
    assert not found.learn(console)
    assert (found.steps_per_epoch, found.steps) == (10, 30)


def test_a_resume_elsewhere_counts_from_there() -> None:
    """With new data, or after a trainer that made a step too many."""
    found = extent()
    assert found.learn(said(resumed(2, 26)))
    assert found.steps == 25 + 2 * 10
    assert not found.learn(said(resumed(2, 26), step(26), step(35)))


def test_an_epoch_that_is_longer_after_a_resume_moves_the_end() -> None:
    found = extent()
    console = said(resumed(2, 11), *map(step, range(11, 22)), epoch(3))
    assert found.learn(console)
    assert (found.steps_per_epoch, found.steps) == (10, 31)


def test_charts_may_count_examples() -> None:
    assert extent().step_of(40, 4) == 40
    assert extent(examples=True).step_of(40, 4) == 10
