"""What a pod measured is noted at home, for the next job's estimate."""

from pathlib import Path
from typing import Any

import pytest

from rented import Rented, events
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.mirror import measured
from tuneyard.runner.folder import read_lines

DRAFT = {
    "recipe": "piper",
    "settings": {"dataset": "hf:me/clips", "language": "en-us"},
    "compute": {"name": "runpod", "disk_gb": 72},
}
SPEED = {
    "t": 1795310000.0,
    "event": "speed",
    "recipe": "piper",
    "job": "20261121-120000-trial",
    "device": "NVIDIA GeForce RTX 4090",
    "settings": {"dataset": "input:1234", "language": "en-us"},
    "steps": 100,
    "seconds_a_step": 0.45,
    "memory": 2_700_000_000,
    "seconds": 50.0,
    "epoch_steps": 20,
}


def test_what_a_pod_measured_is_noted_here_once(rented: Rented) -> None:
    """The script stands for a runner that measures: no GPU is in a rehearsal, and no other recipe."""
    line = (
        '{\\"t\\":1795310000.0,\\"event\\":\\"speed\\",\\"recipe\\":\\"script\\",\\"job\\":\\"x\\",'
        '\\"device\\":\\"NVIDIA L4\\",\\"settings\\":{\\"files\\":\\"input:1234\\"},\\"steps\\":100,'
        '\\"seconds_a_step\\":0.5,\\"memory\\":null,\\"seconds\\":50.0,\\"epoch_steps\\":20}'
    )
    folder = rented.start(f'echo "{line}" >> ../events.jsonl')
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    (event,) = events(folder, "speed")
    assert event["device"] == "NVIDIA L4"
    (noted,) = read_lines(rented.home / "speeds.jsonl")
    assert (noted["device"], noted["job"], noted["steps"]) == ("NVIDIA L4", folder.id, 100)
    # With the settings as they are here.
    assert noted["settings"] == rented.manager.asked(folder).settings
    measured.note(folder, event)  # as after a kill between this and the event
    assert len([*read_lines(rented.home / "speeds.jsonl")]) == 1


@pytest.mark.parametrize(
    ("strange", "noted"),
    [({}, 1), ({"device": "cpu"}, 0), ({"steps": "many"}, 0), ({"steps": 3}, 0)],
    ids=["good", "cpu", "nonsense", "few"],
)
def test_what_says_nothing_is_not_noted(home: Path, strange: dict[str, Any], noted: int) -> None:
    folder = Manager(home).create(build(DRAFT))
    measured.note(folder, {**SPEED, **strange})
    assert len([*read_lines(home / "speeds.jsonl")]) == noted
