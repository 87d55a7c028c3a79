"""A job whose pod is gone, and the repository that it pushed to."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.handle import new_handle
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.record import NAME, Record, Stored

REPOSITORY = "me/voice"
TOKEN = "hf_writes0123456789"  # of nobody
POD = "pod4"

RESULTS = {"outputs/voice.onnx": b"voice" * 1000, "samples/final/1.wav": b"one"}
CHECKPOINT = {"work/ck/2.ckpt": b"as far as two"}


@contextmanager
def repository(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub with a private repository, and the token that it was pushed to with."""
    with FakeHub(place) as hub:
        hub.token(TOKEN, "me", writes=True)
        hub.create("model", REPOSITORY, private=True)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_WRITE_TOKEN", TOKEN)
        yield hub


def push(
    hub: FakeHub,
    job: str,
    *,
    state: str = "succeeded",
    pod: str = POD,
    files: Mapping[str, bytes] | None = None,
    checkpoint: Mapping[str, bytes] | None = None,
    folder: str = "",
) -> None:
    """What a pod's push leaves there."""
    files, checkpoint = files or {}, checkpoint or {}
    there = {name: f"{folder}/{Path(name).name}".lstrip("/") for name in {**files, **checkpoint}}

    def stored(given: Mapping[str, bytes]) -> dict[str, Stored]:
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in given.items()}
        return {name: Stored(there[name], len(given[name]), sums[name]) for name in given}

    record = Record(job, state, stored(files), stored(checkpoint), pod)
    pushed = {there[name]: data for name, data in {**files, **checkpoint}.items()}
    text = json.dumps(record.as_json()).encode()
    hub.add(REPOSITORY, {**pushed, f"{folder}/{NAME}".lstrip("/"): text})


def job_of(home: Path, **results: Any) -> JobFolder:
    """One that was made, and has no attendant."""
    job = {"recipe": "script", "name": "far", "settings": {"script": "#!/bin/bash\ntrue"}}
    named = {"repository": REPOSITORY, **results}
    return Manager(home).create(build({**job, "compute": {"name": "runpod"}, "results": named}))


def gone(folder: JobFolder, verdict: words.Verdict | None = None) -> Attendant:
    """Its pod has ended, and nobody here knows how the job went."""
    handle = new_handle(folder, max(folder.attempts()))
    handle.phase, handle.pod, handle.unheard, handle.asked = "fetching", POD, POD, 1.0
    handle.verdict = verdict or words.vanished()
    handle.write(folder)
    here = Attendant(folder)
    here.begin()
    return here
