import os
from pathlib import Path
from typing import Any

import pytest

from recipes.script.scripts import complete
from tuneyard.recipes.script.watcher import Watcher
from tuneyard.runner.folder import read_json, read_lines


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "work/.tuneyard").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "output.log").write_text("step 1 loss: 9\n")
    return tmp_path / "work"


def watcher(**settings: Any) -> Watcher:
    found = Watcher(complete(**settings), Path("../output.log"))
    found._next_look = 0.0
    return found


def write(text: str) -> None:
    with Path("../output.log").open("a", newline="") as log:
        log.write(text)


def told() -> list[dict[str, Any]]:
    return list(read_lines(Path(".tuneyard/events.jsonl")))


def figures() -> list[dict[str, Any]]:
    lines = [line["metrics"] for line in told() if "metrics" in line]
    return [{name: value for name, value in line.items() if name != "t"} for line in lines]


@pytest.mark.usefixtures("work")
def test_lines_count_from_now_on_and_when_they_are_complete() -> None:
    watch = watcher()
    write("step 2 loss: 8\nstep 3 lo")
    watch.look()
    assert figures() == [{"step": 2, "loss": 8}]
    write("ss: 7\rstep 4 loss: 6")
    watch.look()
    assert figures()[1:] == [{"step": 3, "loss": 7}]
    watch.look(last=True)
    assert figures()[2:] == [{"step": 4, "loss": 6}]


@pytest.mark.usefixtures("work")
def test_what_is_said_twice_is_noted_once() -> None:
    watch = watcher()
    write("step 2 loss: 8\nstep 2 loss: 8\nstep 3 loss: 8\n")
    watch.look(last=True)
    assert [line["step"] for line in figures()] == [2, 3]


@pytest.mark.usefixtures("work")
def test_progress_alone_is_told_now_and_then() -> None:
    watch = watcher()
    for step in range(1, 50):
        write(f"\r{step}%|█ | {step}/100 [00:01<00:01, 5it/s]")
        watch.look()
    watch.look(last=True)
    lines = [line["progress"] for line in told()]
    assert lines[-1] == {"step": 49, "steps": 100}
    assert len(lines) < 40


@pytest.mark.usefixtures("work")
def test_a_flood_is_not_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuneyard.recipes.script.watcher._TOO_MUCH", 1000)
    monkeypatch.setattr("tuneyard.recipes.script.watcher._AT_ONCE", 100)
    watch = watcher()
    write("x" * 5000 + "\nstep 7 loss: 1\n")
    watch.look()
    assert figures() == [{"step": 7, "loss": 1}]


@pytest.mark.usefixtures("work")
def test_a_line_without_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuneyard.recipes.script.watcher._LONGEST", 100)
    watch = watcher()
    write("y" * 200)
    watch.look()
    assert watch._rest == b""


@pytest.mark.usefixtures("work")
def test_a_checkpoint_is_told_when_it_has_settled_and_again_when_it_is_another() -> None:
    watch = watcher(checkpoints=["*.pt"])

    def look() -> list[int]:
        watch._next_look = 0.0
        watch.look()
        return [line["event"]["bytes"] for line in told() if "event" in line]

    Path("last.pt").write_text("12")
    assert look() == []  # it may still be written
    Path("last.pt").write_text("123")
    assert look() == []
    assert look() == [3]
    assert look() == [3]
    Path("last.pt").write_text("12345")
    os.utime("last.pt", ns=(1, 1))
    assert look() == [3]
    assert look() == [3, 5]
    (event,) = [line["event"] for line in told() if "event" in line][-1:]
    assert event == {"event": "checkpoint", "path": "last.pt", "bytes": 5, "modified": 1}


@pytest.mark.usefixtures("work")
def test_a_further_attempt_tells_only_what_is_new() -> None:
    Path("one.pt").write_text("1")
    watcher(checkpoints=["*.pt"]).look(last=True)
    Path("two.pt").write_text("2")
    watcher(checkpoints=["*.pt"]).look(last=True)
    paths = [line["event"]["path"] for line in told() if "event" in line]
    assert paths == ["one.pt", "two.pt"]


@pytest.mark.parametrize("named", ["../output.log", "/etc/passwd", "nowhere.pt", ".", ""])
@pytest.mark.usefixtures("work")
def test_a_checkpoint_that_a_line_names_lies_where_the_script_runs(named: str) -> None:
    watch = watcher(patterns=[r"saved (?P<checkpoint>.*)"])
    write(f"saved {named}\n")
    watch.look(last=True)
    assert [line for line in told() if "event" in line] == []


def test_samples_are_groups_by_their_folder(work: Path) -> None:
    for name in ("samples/b.png", "samples/a.png", "top.wav", "notes.txt"):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(name)
    watch = watcher(samples=["**/*"])
    watch.look(last=True)
    samples = work.parent / "samples"
    listing = read_json(samples / "samples/samples.json")["samples"]
    assert listing == [{"file": "a.png", "text": "a"}, {"file": "b.png", "text": "b"}]
    found = {str(path.relative_to(samples)) for path in samples.rglob("*.*")}
    assert found == {
        "samples/a.png",
        "samples/b.png",
        "samples/samples.json",
        "script/top.wav",
        "script/samples.json",
    }
