import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.habits import seen
from tuneyard.runner.folder import JobFolder, read_lines
from tuneyard.runner.metrics import Follower, Pace, main_figure


def lines(count: int) -> bytes:
    made = []
    for step in range(1, count + 1):
        made.append(
            {"t": 1000.0 + step, "event": "step", "step": step, "steps": count, "loss": 1 / step}
        )
        if step % 3 == 0:
            made.append({"t": 1000.0 + step, "event": "checkpoint", "step": step})
    return b"".join(json.dumps(line).encode() + b"\n" for line in made)


def a_folder(path: Path) -> tuple[JobFolder, Path]:
    folder = JobFolder(path / "jobs" / "a")
    folder.make()
    return folder, folder.work / "events.jsonl"


class Killed(Exception):
    pass


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    cuts=st.lists(st.integers(0, 1500), max_size=6), kills=st.lists(st.integers(0, 30), max_size=6)
)
def test_a_replay_after_any_kill_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], kills: list[int]
) -> None:
    """`cuts`: how far the source has grown at each look; `kills`: after how many lines each dies."""
    folder, source = a_folder(tmp_path_factory.mktemp("replay"))
    data = lines(12)
    for cut, kill in zip(sorted(cuts), kills, strict=False):
        source.write_bytes(data[:cut])
        left = iter(range(kill))

        def dying(line: bytes, left: object = left) -> object:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Killed
            return seen(line)

        follower = Follower(folder, source, dying)  # type: ignore[arg-type]
        try:
            while follower.pump():
                pass
        except Killed:
            # Died between writing metrics and saying how far it got: they are made again.
            with open(folder.metrics, "ab") as file:
                file.write(b'{"half a li')
    source.write_bytes(data)
    last = Follower(folder, source, seen)
    while last.pump():
        pass
    whole, _ = a_folder(tmp_path_factory.mktemp("whole"))
    once = Follower(whole, source, seen)
    while once.pump():
        pass
    assert folder.metrics.read_bytes() == whole.metrics.read_bytes()
    steps = [e["step"] for e in read_lines(folder.events) if e["event"] == "checkpoint"]
    assert steps == [3, 6, 9, 12]
    assert last.progress == {"step": 12, "steps": 12, "epoch_steps": 10}


def test_a_line_that_is_not_complete_yet_is_left(tmp_path: Path) -> None:
    folder, source = a_folder(tmp_path)
    data = lines(2)
    source.write_bytes(data[:-5])
    follower = Follower(folder, source, seen)
    assert follower.pump()
    assert not follower.pump()
    source.write_bytes(data)
    assert follower.pump()
    assert [line["step"] for line in read_lines(folder.metrics)] == [1, 2]


def test_a_disk_that_fills_up_costs_no_line(tmp_path: Path) -> None:
    folder, source = a_folder(tmp_path)
    source.write_bytes(lines(60))
    code = textwrap.dedent(f"""
        import resource
        from pathlib import Path
        from fakes.habits import seen
        from tuneyard.runner.folder import JobFolder
        from tuneyard.runner.metrics import Follower
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        Follower(JobFolder({str(folder.path)!r}), Path({str(source)!r}), seen).pump()
    """)
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, env={**os.environ, **path}, capture_output=True, check=False)
    assert b"OSError" in ended.stderr
    assert folder.metrics.stat().st_size == 3000
    last = Follower(folder, source, seen)
    last.pump()
    assert [line["step"] for line in read_lines(folder.metrics)] == [*range(1, 61)]


def test_a_cursor_that_a_power_cut_emptied_costs_nothing(tmp_path: Path) -> None:
    folder, source = a_folder(tmp_path)
    source.write_bytes(lines(6))
    Follower(folder, source, seen).pump()
    before = folder.metrics.read_bytes()
    (folder.path / "metrics.cursor").write_bytes(b"")
    Follower(folder, source, seen).pump()
    assert folder.metrics.read_bytes() == before
    steps = [e["step"] for e in read_lines(folder.events) if e["event"] == "checkpoint"]
    assert steps == [3, 6]


def test_the_time_left_is_smoothed() -> None:
    pace = Pace()
    assert pace.seconds_left(0, 10) is None
    for step in range(50):
        pace.note(step, step * 2.0)
    assert pace.seconds_left(49, 100) == pytest.approx(102)
    pace.note(50, 49 * 2.0 + 30)  # one slow step
    left = pace.seconds_left(50, 100)
    assert left is not None
    assert 100 < left < 200


def test_a_step_seen_twice_does_not_change_the_pace() -> None:
    pace = Pace()
    for at in (0.0, 1.0, 5.0):
        pace.note(1, at)
    assert pace.seconds_left(1, 2) is None
    pace.note(2, 6.0)
    assert pace.seconds_left(2, 3) == pytest.approx(6)


@pytest.mark.parametrize(
    ("record", "before", "figure"),
    [
        ({"t": 1, "step": 2, "loss_g": 3.5, "loss_d": 1}, {}, {"loss_g": 3.5}),
        ({"t": 1, "val_mel": 0.5}, {}, {"val_mel": 0.5}),
        ({"t": 1, "val_mel": 0.5}, {"loss_g": 3.5}, {"loss_g": 3.5}),
        ({"t": 1, "val_mel": 0.5, "loss_g": 3.0}, {"loss_g": 3.5}, {"loss_g": 3.0}),
        ({"t": 1, "lr": 0.5}, {}, {}),
        ({"loss": "nan"}, {}, {}),
    ],
)
def test_the_main_figure_is_the_first_loss(
    record: dict[str, object], before: dict[str, float], figure: dict[str, float]
) -> None:
    assert main_figure(record, before) == figure
