import sys
from dataclasses import asdict, replace
from pathlib import Path

from jobs_by_hand import again, ended, launch, make
from tuneyard.runner import speeds
from tuneyard.runner.folder import JobFolder, read_json, read_lines, write_json
from tuneyard.runner.speeds import Speed
from tuneyard.runner.step import Step
from waiting import wait_for

FAKES = Path(__file__).parents[1] / "fakes"
ONE = Speed(
    t=1795310000.0,
    recipe="piper",
    job="20261122-120000-a",
    device="cpu",
    settings={"quality": "tiny", "batch_size": 8},
    steps=100,
    seconds_a_step=1.4321,
    memory=2_700_000_000,
)


def test_one_that_is_told_again_is_noted_once(tmp_path: Path) -> None:
    later = replace(ONE, t=ONE.t + 1)  # a further attempt of the same job
    for speed in (ONE, ONE, later, ONE, later):
        speeds.note(tmp_path, speed)
    assert [*read_lines(tmp_path / "speeds.jsonl")] == [asdict(ONE), asdict(later)]


def test_a_few_steps_are_no_measurement(tmp_path: Path) -> None:
    speeds.note(tmp_path, replace(ONE, steps=speeds.FEWEST_STEPS - 1))
    assert not (tmp_path / "speeds.jsonl").exists()


def training(home: Path, steps: int) -> JobFolder:
    command = (sys.executable, "-S", str(FAKES / "scripted_trainer.py"), str(steps))
    return make(
        home,
        [Step("train", "Train", "train", command, reads={"quality": "medium"})],
        module="habits",
        modules=[FAKES / "habits.py"],
        events="work/events.jsonl",
        settings={"quality": "tiny", "seed": 1},
    )


def test_a_training_leaves_its_speed(home: Path) -> None:
    folder = training(home, 30)
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (line,) = read_lines(home / "speeds.jsonl")
    # What the step was planned with: an attempt may have set it anew.
    assert line["settings"] == {"quality": "medium", "seed": 1}
    assert line["device"] == "cpu"
    assert line["job"] == folder.id
    assert line["epoch_steps"] == 10
    assert line["seconds_a_step"] > 0.01
    assert line["seconds"] >= line["steps"] * 0.02
    memory = read_json(folder.finished("1"))["memory"]
    assert memory == line["memory"] > 1_000_000


def test_it_is_told_as_an_event_too(home: Path) -> None:
    folder = training(home, 30)
    launch(folder)
    ended(folder)
    (line,) = read_lines(home / "speeds.jsonl")
    (event,) = (each for each in read_lines(folder.events) if each["event"] == "speed")
    assert event == {"event": "speed", **line}


def test_a_pause_between_attempts_is_no_step(home: Path) -> None:
    folder = training(home, 60)
    launch(folder)
    wait_for(lambda: len([*read_lines(folder.metrics)]) > 25, 30, "25 steps")
    (folder.path / "stop").write_text("save\n")
    assert ended(folder)["state"] == "stopped"
    last = [*read_lines(folder.metrics)][-1]
    # As if the computer had been off for a day since.
    cursor = read_json(folder.path / "metrics.cursor")
    latest = {**cursor["latest"], "t": last["t"] - 86_400}
    write_json(folder.path / "metrics.cursor", {**cursor, "latest": latest})
    again(folder)
    assert ended(folder)["state"] == "succeeded"
    newest = [*read_lines(home / "speeds.jsonl")][-1]
    assert newest["seconds"] < 3600
    assert newest["seconds_a_step"] < 60
