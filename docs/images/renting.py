"""A rehearsed RunPod to take pictures of: pods that do nothing, and a job that seems to train there."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.names import KEY, home_id, pod_name
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import Settings
from tuneyard.jobs.remote.handle import new_handle
from tuneyard.runner.folder import JobFolder, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from home import Home

_GPU, _GPU_NAME, _CLOUD = "NVIDIA A40", "A40", "secure"
_HOURS = 0.7  # that the job's pod has been there
_MOST_HOURS = 6.0


@contextmanager
def rehearsed(folder: Path) -> Iterator[Rented]:
    with Practice(Settings(folder, pull=0.1, boot=0.1, apart=False, balance=18.42)) as practice:
        yield Rented(practice, practice.key())


@dataclass
class Rented:
    """`environment` leads a server to it instead of to RunPod."""

    practice: Practice
    key: str

    @property
    def environment(self) -> dict[str, str]:
        return {**self.practice.environment, KEY: self.key}

    def fill(self, home: Home) -> None:
        """One job of the home trains in a pod; one pod is nobody's, one is from elsewhere."""
        job = JobFolder(home.path / "jobs" / home.jobs["rented"])
        self._seems_to_train(job, home.now)
        self._rent(pod_name(home_id(home.path), home.jobs["done"]), 2.4)
        self._rent(pod_name("5eb1a0c4", "20261121-201500-night-voice"), 5.2)

    def _seems_to_train(self, job: JobFolder, now: float) -> None:
        handle = new_handle(job, 1)
        handle.pod, price = self._rent(handle.name, _HOURS)
        created = now - _HOURS * 3600
        handle.phase, handle.asked, handle.created, handle.saw = "running", created, created, now
        handle.gpu, handle.gpu_name, handle.cloud = _GPU, _GPU_NAME, _CLOUD
        handle.dollars_an_hour, handle.deadline = price, created + _MOST_HOURS * 3600
        handle.write(job)
        told = ("name", "gpu_count", "cloud", "dollars_an_hour", "created", "ended", "deadline")
        pod = {"id": handle.pod, "gpu": _GPU_NAME, "url": handle.url}
        pod |= {name: getattr(handle, name) for name in told}
        write_json(job.state, {**json.loads(job.state.read_bytes()), "pod": pod})

    def _rent(self, name: str, hours: float) -> tuple[str, float]:
        """A pod that sleeps, as if it had for so long: its id, and dollars an hour."""
        asked = {
            "name": name,
            "image": "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
            "gpu": {"id": _GPU, "count": 1},
            "cloud": _CLOUD.upper(),
            "disk": 30,
            "args": json.dumps({"entrypoint": ["/bin/sh", "-c"], "cmd": ["sleep 3600"]}),
        }
        os.environ.update(self.practice.environment)
        with RunPod(self.key) as client:
            pod = client.create({**asked, "env": {}})
        (made,) = (each for each in self.practice.pods if each.id == pod.id)
        begun = datetime.now(UTC) - timedelta(hours=hours)
        made.made = replace(made.made, created=begun.isoformat())
        return pod.id, pod.dollars_an_hour or 0.0
