"""What the real trainer printed, read line by line."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.diffusion_pipe.trainer.console import Console, Lines, Step
from tuneyard.recipes.diffusion_pipe.trainer.preparing import Caching

REAL = Path(__file__).parents[1] / "real"


def read(name: str, until: str = "\0") -> tuple[Console, list[Step], list[Caching]]:
    """Everything of a real log, as far as a line that begins so."""
    console, steps, bars = Console(), [], []
    for _, line in Lines(REAL / name, 0).new(last=True):
        if line.startswith(until):
            break
        found = console.read(line)
        steps += [found] if isinstance(found, Step) else []
        bars += [found] if isinstance(found, Caching) else []
    return console, steps, bars


def test_a_whole_training_is_read() -> None:
    console, steps, _ = read("complete.log")
    assert [step.step for step in steps] == list(range(1, 37))
    assert [step.epoch for step in steps] == [1] * 12 + [2] * 12 + [3] * 12
    first, last = steps[0], steps[-1]
    assert (first.loss, first.rate, first.seconds, first.samples) == (0.7781, 0.0015, 0.216, 4.632)
    assert last.t - first.t == pytest.approx(8.595)
    assert time.localtime(first.t)[:5] == (2026, 11, 21, 23, 42)
    assert (console.begun, console.step, console.epoch) == (1, 36, 3)
    assert console.epochs == {2: 12, 3: 24}
    assert console.saved == "epoch3"
    assert console.complete
    assert (console.quit, console.port_taken, console.caching) == (False, False, False)
    assert console.died == ""


def test_the_bars_of_the_caching_are_read_and_no_others() -> None:
    _, _, bars = read("complete.log")
    whole = [(bar.what, bar.where, bar.of) for bar in bars if bar.done == bar.of]
    assert whole == [
        ("latents", "(1.0, 64, 64, 1)", 4),
        ("latents", "(0.5, 48, 96, 1)", 2),
        ("latents", "(1.0, 64, 64, 1)", 4),
        ("text embeddings", "(1.0, 1)", 4),
        ("text embeddings", "(0.5, 1)", 2),
        ("text embeddings", "(1.0, 1)", 4),
    ]
    assert bars[0] == Caching("latents", "(1.0, 64, 64, 1)", 0, 4)


def test_the_death_of_the_caching_is_read() -> None:
    console, steps, _ = read("hang.log", until="[2026-11-21 23:41:32,879]")
    assert console.died == "pyarrow.lib.ArrowIndexError: Negative buffer slice length"
    assert console.caching
    assert not steps


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Manually quitting", "quit", True),
        ("Global batch size = 16", "batch", 16),
        (
            "port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: x",
            "port_taken",
            True,
        ),
        ("Process SpawnProcess-2:1:", "died", "Process SpawnProcess-2:1:"),
        ("trainable params: 256 || all params: 800", "caching", False),
    ],
)
def test_single_lines(line: str, name: str, value: object) -> None:
    console = Console()
    console.caching = True
    console.read(line)
    assert getattr(console, name) == value


def test_a_resume_says_where_it_is() -> None:
    console = Console()
    console.read("Resuming training from checkpoint. Resuming at epoch: 3, step: 25")
    assert (console.resumed, console.epoch) == ((3, 25), 3)


def test_a_loss_may_be_no_number_and_a_rate_have_no_brackets() -> None:
    console = Console()
    stamp = "[2026-11-21 23:42:02,714] [INFO] [logging.py:107:log_dist] [Rank 0]"
    console.read(f"{stamp} step=7, skipped=0, lr=0.0001, mom=(0.9, 0.99)")
    step = console.read("steps: 7 loss: nan iter time (s): 0.216 samples/sec: 4.632")
    assert isinstance(step, Step)
    assert (step.rate, math.isnan(step.loss)) == (0.0001, True)
    step = console.read("steps: 8 loss: 0.5 iter time (s): 0.216 samples/sec: 4.632")
    assert isinstance(step, Step)
    assert step.rate is None  # the last line was of another step


@given(st.lists(st.integers(20, 4000), min_size=1, max_size=20))
def test_lines_are_the_same_however_the_log_grows(sizes: list[int]) -> None:
    data = (REAL / "complete.log").read_bytes().replace(b"|\n", b"|\r")[4000:9000]
    whole = list(_lines(data, [len(data)]))
    assert list(_lines(data, sizes)) == whole
    for at, line in whole:
        assert data[:at].rstrip().endswith(line.encode())


def test_a_line_without_an_end_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 200_000)
    lines = Lines(log, 0)
    assert list(lines.new()) == []
    with log.open("ab") as file:
        file.write(b"\nsteps\n")
    assert [line for _, line in lines.new()] == ["steps"]


def _lines(data: bytes, sizes: list[int]) -> list[tuple[int, str]]:
    import tempfile

    found = []
    with tempfile.TemporaryDirectory() as place:
        log = Path(place, "log")
        lines, at = Lines(log, 0), 0
        while at < len(data):
            size = sizes[at % len(sizes)]
            with log.open("ab") as file:
                file.write(data[at : at + size])
            at += size
            found += list(lines.new(last=at >= len(data)))
    return found
