import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.piper.trainer.events import Events, figures


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_event_is_readable_at_once(tmp_path: Path) -> None:
    path = tmp_path / "train" / "events.jsonl"
    with Events(path) as events:
        events.write("step", epoch=0, step=1, loss_g=2.5)
        (line,) = lines(path)
    assert line.pop("t")
    assert line == {"event": "step", "epoch": 0, "step": 1, "loss_g": 2.5}


def test_the_next_attempt_appends(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for name in ("start", "end"):
        with Events(path) as events:
            events.write(name)
    assert [line["event"] for line in lines(path)] == ["start", "end"]


def test_a_line_cut_short_by_a_kill_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "start"}\n{"event": "st')
    with Events(path) as events:
        events.write("start")
    first, torn, last = path.read_text().splitlines()
    assert json.loads(first)["event"] == json.loads(last)["event"] == "start"
    assert torn == '{"event": "st'


@pytest.mark.parametrize("strange", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_named(strange: float) -> None:
    assert figures({"loss_g": strange, "loss_d": 1.5}) == {"loss_d": 1.5, "nan": ["loss_g"]}


@given(st.dictionaries(st.sampled_from(["loss_g", "loss_d", "train_mel"]), st.floats(width=32)))
def test_figures_are_always_json(values: dict[str, float]) -> None:
    written = json.loads(json.dumps(figures(values), allow_nan=False))
    assert set(written.pop("nan", [])) | set(written) == set(values)
    for name, value in written.items():
        assert value == pytest.approx(values[name], rel=1e-6)
