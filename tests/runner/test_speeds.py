import sys
from dataclasses import replace
from pathlib import Path

from jobs_by_hand import ended, launch, make
from tuneyard.runner import speeds
from tuneyard.runner.folder import read_json, read_lines
from tuneyard.runner.speeds import Speed
from tuneyard.runner.step import Step

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


def test_the_newest_that_fits_is_the_estimate(tmp_path: Path) -> None:
    newer = replace(ONE, job="20261122-130000-b", seconds_a_step=1.5)
    others = [
        replace(ONE, device="NVIDIA A40"),
        replace(ONE, settings={"quality": "medium", "batch_size": 8}),
        replace(ONE, recipe="script"),
    ]
    for speed in (ONE, newer, *others):
        speeds.note(tmp_path, speed)
    assert speeds.newest(tmp_path, "piper", "cpu", ONE.settings) == newer
    assert speeds.newest(tmp_path, "piper", "NVIDIA A40", ONE.settings) == others[0]
    assert speeds.newest(tmp_path, "piper", "NVIDIA H100", ONE.settings) is None


def test_it_says_where_it_is_from() -> None:
    text = ONE.sentence()
    assert "1.4 s a step on the CPU, at most 2.7 GB of memory" in text
    assert "measured here on 2026-11-2" in text
    assert ONE.job in text
    assert "memory" not in replace(ONE, memory=None).sentence()


def test_a_few_steps_are_no_measurement(tmp_path: Path) -> None:
    speeds.note(tmp_path, replace(ONE, steps=speeds.FEWEST_STEPS - 1))
    assert speeds.newest(tmp_path, "piper", "cpu", ONE.settings) is None


def test_a_training_leaves_its_speed(home: Path) -> None:
    command = (sys.executable, "-S", str(FAKES / "scripted_trainer.py"), "30")
    folder = make(
        home,
        [Step("train", "Train", "train", command)],
        module="habits",
        modules=[FAKES / "habits.py"],
        events="work/events.jsonl",
        settings={"quality": "tiny", "seed": 1},
    )
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (line,) = read_lines(home / "speeds.jsonl")
    assert line["settings"] == {"quality": "tiny"}
    assert line["device"] == "cpu"
    assert line["job"] == folder.id
    assert line["seconds_a_step"] > 0.01
    memory = read_json(folder.finished("1"))["memory"]
    assert memory == line["memory"] > 1_000_000
