from collections.abc import Iterator
from typing import Any

import pytest

from compute.runpod.contract import wrong
from compute.runpod.scripted import Scripted
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.wire import Patience

KEY = "rpa_canaryKey0123456789"
TOKEN = "hf_canaryToken0123456789"

REQUEST: dict[str, Any] = {
    "name": "tuneyard-01234567-20261122-120000-first-voice",
    "image": "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
    "gpu": {"id": "NVIDIA A40", "count": 1},
    "cloud": "SECURE",
    "disk": 50,
    "ports": ["8471/http"],
    "env": {"HF_TOKEN": TOKEN, "TUNEYARD_FACE_TOKEN": "canaryFace0123456789", "TUNEYARD_JOB": "{}"},
    "args": "{}",
}

POD = {
    "id": "abc123",
    "name": REQUEST["name"],
    "status": "RUNNING",
    "gpu": {"id": "NVIDIA A40", "count": 1, "vcpuCount": 9, "memory": 50},
    "image": REQUEST["image"],
    "env": REQUEST["env"],
    "cloud": "SECURE",
    "dataCenterId": None,
    "cost": 0.49,
    "runtime": None,
    "createdAt": "2026-11-22T12:00:00Z",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    with Scripted() as server:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", server.url)
        yield server
        assert [problem for request in server.requests for problem in wrong(request)] == []


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def runpod(server: Scripted, slept: list[float]) -> Iterator[RunPod]:
    assert server.url
    with RunPod(KEY, patience=Patience(sleep=slept.append)) as runpod:
        yield runpod
