import csv
import io
import json
import math
import os
import random
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.runner.folder import JobFolder, append_line
from tuneyard.runner.masking import remember
from tuneyard.server import columns
from tuneyard.server.series import SeriesReader
from tuneyard.server.shapes.jobs import Series

TOKEN = "hf_aB3dE5gH7jK9mN1pQ2sT4vW6yZ8cF0xL"


@pytest.fixture
def folder(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    return folder


def log(folder: JobFolder, *rows: Mapping[str, Any]) -> None:
    with open(folder.metrics, "a") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def read(folder: JobFolder, **asked: Any) -> dict[str, Any]:
    """What a new reader says; it must be what the API answers."""
    found = SeriesReader().read(folder, **asked)
    return Series.model_validate(found).model_dump()


def test_metrics_are_columns_over_steps(folder: JobFolder) -> None:
    log(folder, {"t": 1.0, "step": 10, "epoch": 0, "loss": 3.5, "lr": 0.1})
    log(folder, {"t": 2.0, "step": 20, "epoch": 1, "loss": 2.5, "lr": 0.05})
    assert read(folder) == {
        "x": [10.0, 20.0],
        "names": ["loss", "lr"],
        "columns": [[3.5, 2.5], [0.1, 0.05]],
        "no_number": [],
        "next": folder.metrics.stat().st_size,
        "total": 2,
        "thinned": False,
    }


def test_a_job_without_metrics_has_none(folder: JobFolder) -> None:
    nothing: dict[str, Any] = {"x": [], "names": [], "columns": [], "no_number": []}
    nothing |= {"next": 0, "total": 0, "thinned": False}
    assert read(folder) == nothing
    folder.metrics.touch()
    assert read(folder, x="t", names=["loss"]) == nothing


def test_what_was_not_logged_or_is_no_number_is_null(folder: JobFolder) -> None:
    log(folder, {"t": 1, "step": 1, "loss": math.nan, "note": "text", "deep": {"a": 1}})
    log(folder, {"t": 2, "step": 2, "loss": math.inf, "val": 1})
    log(folder, {"t": 3, "step": 3, "loss": None})
    log(folder, {"t": 4, "step": 4, "loss": 10**400})
    log(folder, {"t": 5, "step": 5, "loss": 4})
    found = read(folder)
    assert found["names"] == ["loss", "note", "deep", "val"]
    assert found["columns"][0] == [None, None, None, None, 4.0]
    assert found["columns"][3] == [None, 1.0, None, None, None]
    assert found["x"] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_where_a_metric_was_no_number_is_said(folder: JobFolder) -> None:
    log(folder, {"t": 1, "step": 1, "loss": 5, "lr": 1})
    log(folder, {"t": 2, "step": 2, "lr": 1, "nan": ["loss", "val"]})
    log(folder, {"t": 3, "step": 3, "loss": math.nan, "lr": 1})
    log(folder, {"t": 4, "step": 4, "loss": math.inf, "lr": 1})
    log(folder, {"t": 5, "step": 4, "loss": 3, "lr": 1})
    found = read(folder)
    assert found["names"] == ["loss", "lr", "val"]
    assert found["no_number"] == [
        {"name": "loss", "count": 2, "x": [2.0, 3.0]},
        {"name": "val", "count": 1, "x": [2.0]},
    ]


def test_of_many_places_without_a_number_the_first_are_said(folder: JobFolder) -> None:
    log(folder, *({"step": step, "nan": ["loss"]} for step in range(1000)))
    (found,) = read(folder, points=10)["no_number"]
    assert (found["name"], found["count"]) == ("loss", 1000)
    assert found["x"] == [float(step) for step in range(20)]


def test_only_wanted_metrics_and_their_points_are_given(folder: JobFolder) -> None:
    log(folder, *({"t": step, "step": step, "loss": step} for step in range(10)))
    log(folder, {"t": 10, "step": 9, "val": 0.5}, {"t": 11, "step": 4, "val": math.nan})
    found = read(folder, names=["val", "nobody"])
    assert (found["x"], found["names"], found["columns"]) == ([4.0, 9.0], ["val"], [[None, 0.5]])
    assert read(folder, names=["epoch"])["names"] == []


def test_epochs_are_given_if_asked_for(folder: JobFolder) -> None:
    log(folder, {"t": 1, "step": 1, "epoch": 7, "loss": 1})
    assert read(folder, names=["epoch"])["columns"] == [[7.0]]


def test_the_newest_value_of_a_repeated_step_counts(folder: JobFolder) -> None:
    """A resumed attempt begins at its checkpoint, before where the last one ended."""
    log(folder, *({"t": step, "step": step, "loss": 100 + step} for step in range(8)))
    log(folder, *({"t": 100 + step, "step": step, "loss": step} for step in range(4, 7)))
    found = read(folder)
    assert found["x"] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert found["columns"] == [[100.0, 101.0, 102.0, 103.0, 4.0, 5.0, 6.0, 107.0]]
    by_time = read(folder, x="t")
    assert by_time["total"] == 11
    assert by_time["x"] == sorted(by_time["x"])


def test_metrics_of_one_step_on_several_lines_come_together(folder: JobFolder) -> None:
    log(folder, {"t": 1, "step": 1, "loss": 5}, {"t": 2, "step": 1, "val": 6})
    assert read(folder)["columns"] == [[5.0], [6.0]]


def test_lines_without_the_axis_are_left_out(folder: JobFolder) -> None:
    log(folder, {"t": 1, "loss": 5}, {"step": 2, "loss": 6}, {"t": 3, "step": math.nan, "loss": 7})
    assert read(folder)["x"] == [2.0]
    assert read(folder, x="t")["columns"] == [[5.0, 7.0]]


def test_a_stretch_can_be_asked_for(folder: JobFolder) -> None:
    log(folder, *({"t": step / 2, "step": step, "loss": step} for step in range(100)))
    assert read(folder, begin=10, end=12)["x"] == [10.0, 11.0, 12.0]
    assert read(folder, x="t", begin=48.6)["columns"] == [[98.0, 99.0]]
    assert read(folder, begin=12, end=10)["x"] == []
    assert read(folder, begin=1000)["total"] == 0


@pytest.mark.parametrize("x", ["step", "t"])
def test_thinning_keeps_every_peak(folder: JobFolder, x: Literal["step", "t"]) -> None:
    dice = random.Random(1)
    values = [dice.random() for _ in range(50_000)]
    values[12_345], values[43_210] = 99.0, -99.0
    log(folder, *({"t": s / 10, "step": s, "loss": v} for s, v in enumerate(values)))
    found = read(folder, x=x, points=1000)
    assert found["thinned"]
    assert found["total"] == 50_000
    assert 900 <= len(found["x"]) <= 1000
    assert found["x"] == sorted(set(found["x"]))
    (column,) = found["columns"]
    assert (max(column), min(column)) == (99.0, -99.0)
    scale = 10 if x == "t" else 1
    assert abs(found["x"][column.index(99.0)] * scale - 12_345) < 100
    assert found["x"][0] * scale == 0
    assert found["x"][-1] * scale == 49_999


def test_thinned_points_stand_in_the_order_in_which_they_came(folder: JobFolder) -> None:
    log(folder, *({"step": s, "up": s, "down": -s} for s in range(1000)))
    found = read(folder, points=100)
    assert found["columns"][0] == sorted(found["columns"][0])
    assert found["columns"][1] == sorted(found["columns"][1], reverse=True)


def test_thinned_metrics_that_are_rare_or_broken_stay_so(folder: JobFolder) -> None:
    rows = [{"step": step, "loss": 1.0 if step < 500 else math.nan} for step in range(1000)]
    log(folder, *rows)
    log(folder, *({"step": step, "val": step} for step in range(0, 1000, 100)))
    found = read(folder, points=100)
    loss, val = found["columns"]
    assert set(loss[: len(loss) // 2 - 1]) == {1.0}
    assert set(loss[len(loss) // 2 + 1 :]) == {None}
    assert [value for value in val if value is not None] == [100.0 * n for n in range(10)]


@given(
    st.lists(st.tuples(st.floats(), st.floats()), min_size=11, max_size=60),
    st.sampled_from(["step", "t"]),
)
def test_any_numbers_make_an_answer(points: list[tuple[float, float]], x: str) -> None:
    line = "\n".join(json.dumps({x: place, "loss": value}) for place, value in points) + "\n"
    home = Path(os.environ["TUNEYARD_HOME"]) / "jobs" / "any"
    home.mkdir(parents=True, exist_ok=True)
    folder = JobFolder(home)
    folder.metrics.write_text(line)
    found = read(folder, x=x, points=10)
    assert len(found["x"]) <= 10
    assert found["x"] == sorted(found["x"])
    known = [v for p, v in points if abs(p) < 1e300 and math.isfinite(v)]
    shown = [value for column in found["columns"] for value in column if value is not None]
    assert set(shown) <= set(known)
    if found["thinned"] and len({p for p, _ in points}) == len(points):
        assert (max(shown, default=0), min(shown, default=0)) == (
            max(known, default=0),
            min(known, default=0),
        )


def test_only_what_is_new_is_read_again(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def rows(data: bytes, real: Any = columns.rows) -> list[dict[str, Any]]:
        parsed.append(data)
        found: list[dict[str, Any]] = real(data)
        return found

    monkeypatch.setattr(columns, "rows", rows)
    reader = SeriesReader()
    log(folder, {"step": 1, "loss": 1})
    assert reader.read(folder)["x"] == [1.0]
    with open(folder.metrics, "a") as file:
        file.write('{"step":2,"loss":2}\n{"step":3,')
    found = reader.read(folder)
    assert found["x"] == [1.0, 2.0]
    assert found["next"] == folder.metrics.stat().st_size - len('{"step":3,')
    with open(folder.metrics, "a") as file:
        file.write('"val":3}\n')
    assert reader.read(folder)["columns"] == [[1.0, 2.0, None], [None, None, 3.0]]
    assert b"".join(parsed) == folder.metrics.read_bytes()


def test_a_file_that_was_cut_back_is_read_again(folder: JobFolder) -> None:
    """So the runner does after a kill: what it makes again from there may come out otherwise."""
    reader = SeriesReader()
    log(folder, *({"step": step, "loss": step} for step in range(10)))
    assert len(reader.read(folder)["x"]) == 10
    os.truncate(folder.metrics, 20)
    assert reader.read(folder)["x"] == [0.0]
    log(folder, {"step": 1, "loss": 7}, {"step": 2, "loss": 8})
    assert reader.read(folder)["columns"] == [[0.0, 7.0, 8.0]]
    os.truncate(folder.metrics, 0)
    log(folder, *({"step": step, "loss": -step} for step in range(100)))
    assert reader.read(folder)["columns"][0][:3] == [0.0, -1.0, -2.0]
    folder.metrics.unlink()
    assert reader.read(folder)["x"] == []


def test_broken_lines_cost_only_themselves(folder: JobFolder) -> None:
    folder.metrics.write_bytes(
        b'{"step":1,"loss":1}\n{"step":2,"lo\n\n[3]\n"4"\n{"step":5},{"step":6}\n'
        b'{"step":7,"loss":[1\n2]}\n\xff\xfe\n{"step":9,"loss":9}\n'
    )
    found = read(folder)
    assert (found["x"], found["columns"]) == ([1.0, 9.0], [[1.0, 9.0]])
    assert found["next"] == folder.metrics.stat().st_size


def test_a_line_without_an_end_is_passed_over(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_PIECE", 100)
    log(folder, {"step": 1, "loss": 1})
    with open(folder.metrics, "a") as file:
        file.write("x" * 1000 + "\n")
    log(folder, {"step": 2, "loss": 2})
    assert read(folder)["x"] == [1.0, 2.0]


@pytest.mark.parametrize("piece", [200, 1000])
def test_pieces_make_no_difference(
    folder: JobFolder, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(3)
    for step in range(500):
        row: dict[str, Any] = {"t": step + 0.5, "step": step}
        row |= {name: dice.random() for name in ("a", "b", "c") if dice.random() < 0.5}
        append_line(folder.metrics, row)
    whole = read(folder)
    monkeypatch.setattr(columns, "_PIECE", piece)
    assert read(folder) == whole


def test_memory_is_bounded_over_jobs(home: Path) -> None:
    folders = [JobFolder(home / "jobs" / str(number)) for number in range(10)]
    for folder in folders:
        folder.make()
        log(folder, *({"step": step, "loss": step} for step in range(1000)))
    reader = SeriesReader(memory=100_000)
    for folder in folders:
        reader.read(folder)
        assert sum(each.bytes for each in reader._jobs.values()) <= 100_000
    assert folders[-1].metrics in reader._jobs
    assert folders[0].metrics not in reader._jobs
    assert len(reader.read(folders[0])["x"]) == 1000


def test_one_job_beyond_the_bound_is_still_read(folder: JobFolder) -> None:
    log(folder, *({"step": step, "loss": step} for step in range(1000)))
    assert len(SeriesReader(memory=1).read(folder)["x"]) == 1000


def test_threads_read_one_job_at_once(folder: JobFolder) -> None:
    log(folder, *({"step": step, "loss": step} for step in range(20_000)))
    reader = SeriesReader()
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(reader.read(folder)["total"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [20_000] * 8


def test_secrets_in_names_are_masked(folder: JobFolder) -> None:
    remember(folder.masks, [TOKEN])
    log(folder, {"step": 1, f"loss/{TOKEN}": 1})
    shown = "loss/" + "*" * len(TOKEN)
    assert read(folder)["names"] == [shown]
    assert read(folder, names=[shown])["columns"] == [[1.0]]
    assert TOKEN not in "".join(SeriesReader().csv(folder))


def table(folder: JobFolder) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(SeriesReader().csv(folder)), newline="")))


def test_all_lines_are_exported_as_a_table(folder: JobFolder) -> None:
    log(folder, {"t": 1.5, "step": 1, "epoch": 0, "loss": 0.1}, {"t": 2, "step": 1, "val": 1e-9})
    log(folder, {"t": 3, "step": 2, "loss": math.nan, "val": None, "note": "a,b"})
    assert table(folder) == [
        ["step", "t", "epoch", "loss", "val", "note"],
        ["1", "1.5", "0", "0.1", "", ""],
        ["1", "2", "", "", "1e-09", ""],
        ["2", "3", "", "nan", "", "a,b"],
    ]


def test_a_table_runs_nothing_in_a_spreadsheet(folder: JobFolder) -> None:
    log(folder, {"t": 1, "step": -1, "=cmd()": 1, "note": "=cmd()", "other": "+1"})
    assert table(folder)[0] == ["step", "t", "'=cmd()", "note", "other"]
    assert table(folder)[1] == ["-1", "1", "1", "'=cmd()", "'+1"]


def test_a_job_without_metrics_has_an_empty_table(folder: JobFolder) -> None:
    assert table(folder) == [[]]


def test_a_table_comes_in_pieces(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_PIECE", 1000)
    log(folder, *({"t": step, "step": step, "loss": step} for step in range(1000)))
    pieces = list(SeriesReader().csv(folder))
    assert max(map(len, pieces)) < 2000
    assert len(table(folder)) == 1001
