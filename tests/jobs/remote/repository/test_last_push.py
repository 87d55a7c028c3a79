"""What a job saves when its pod's deadline comes lies in its repository afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from rented import POD_LIMITS, Rented, events
from tuneyard.jobs.job import build
from tuneyard.runner.record import Record

TOKEN = "hf_writesTheLastOne0123456789"

# Saves when it is told to stop, and not before.
TRAIN = """#!/bin/bash
mkdir ck
trap 'echo "as far as it came" > ck/last.pt; exit 143' TERM
while :; do sleep 0.1; done
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as found:
        for name, value in {**found.env, "HF_WRITE_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        found.token(TOKEN, "me", writes=True)
        yield found


def test_the_last_checkpoint_is_pushed(
    rented: Rented, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The deadline is near from early on, and far enough for all that is done then.
    monkeypatch.setenv("TUNEYARD_POD_LIMITS", json.dumps({**POD_LIMITS, "share": 0.9}))
    job = {
        "recipe": "script",
        "name": "far",
        "settings": {"script": TRAIN, "checkpoints": ["ck/*.pt"]},
        "compute": {"name": "runpod", "max_hours": 0.06},
        "results": {"repository": "me/model", "folder": "far"},
    }
    folder = rented.manager.start(build(job))
    state = rented.ended(folder, 120)
    assert (state["state"], state["waiting"]) == ("stopped", None), rented.story(folder)
    assert events(folder, "deadline"), rented.story(folder)
    assert [event["path"] for event in events(folder, "checkpoint")] == ["ck/last.pt"]
    assert events(folder, "warning") == [], rented.story(folder)

    files = hub.files("me/model")
    record = Record.from_json(json.loads(files.pop("far/tuneyard.json")))
    assert files == {"far/checkpoints/ck/last.pt": b"as far as it came\n"}
    assert (record.job, record.state) == (folder.id, "training")
    assert {own: file.path for own, file in record.checkpoint.items()} == {
        "work/ck/last.pt": "far/checkpoints/ck/last.pt"
    }
    assert TOKEN not in rented.story(folder)
