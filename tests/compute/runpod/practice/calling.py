"""A rehearsal, and what tests ask of it over a real socket."""

from pathlib import Path
from typing import Any

import httpx

from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.compute.runpod.practice.pods import Pod
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import Settings
from waiting import wait_for

FACE = (Path(__file__).parent / "pod_face.py").read_text()
NEVER = 1e6  # seconds

A_POD: dict[str, Any] = {
    "name": "tuneyard-01234567-a-job",
    "image": "runpod/pytorch:2",
    "gpu": {"id": "NVIDIA A40", "count": 1},
    "ports": ["8471/http"],
}


def quick(folder: Path, **other: Any) -> Settings:
    """A rehearsal in which nothing takes its time."""
    times = {"pull": 0.0, "boot": 0.0, "pause": 0.0, "warm": 0.0, "grace": 0.0}
    return Settings(folder, **{**times, **other})


class Caller:
    """An account's program, and the shorter ways of its tests."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.http = self.client(practice.key())

    @property
    def faults(self) -> Faults:
        return self.practice.faults

    def client(self, key: str = "", **headers: str) -> httpx.Client:
        """Another program, with another key."""
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        known = {"User-Agent": "tuneyard/test", **bearer, **headers}
        # It never meets TLS: reading certificates would take longer than most tests.
        return httpx.Client(base_url=self.practice.url, headers=known, timeout=60, verify=False)

    def create(self, **other: Any) -> Pod:
        """A pod, as the server has it."""
        answer = self.http.post("/v2/pods", json={**A_POD, **other})
        assert answer.status_code == 201, answer.text
        return self.practice.world.pods[answer.json()["id"]]

    def shell(self, script: str, **other: Any) -> Pod:
        """One that runs a script of the shell."""
        return self.create(entrypoint=["/bin/sh", "-c"], cmd=[script], **other)

    def face(self, **other: Any) -> Pod:
        """One that runs pod_face.py, and answers by now."""
        pod = self.create(cmd=["python3", "-c", FACE], **other)
        wait_for(lambda: self.ask(pod, "boots").status_code == 200, what="the pod's face")
        return pod

    def ask(self, pod: Pod, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """What a pod's own server answers, through the proxy."""
        return self.http.request(method, self.of(pod, path), **more)

    def of(self, pod: Pod, path: str) -> str:
        return f"{self.practice.proxy.format(pod=pod.id, port=8471)}/{path}"

    def act(self, pod: Pod, action: str) -> httpx.Response:
        return self.http.post(f"/v2/pods/{pod.id}/action", json={"action": action})

    def shown(self, pod: Pod) -> dict[str, Any]:
        shown: dict[str, Any] = self.http.get(f"/v2/pods/{pod.id}").json()
        return shown

    def listed(self) -> list[str]:
        return [pod["id"] for pod in self.http.get("/v2/pods").json()["pods"]]


def said(pod: Pod, source: str = "container") -> list[str]:
    """What a pod has printed so far."""
    return [line.text for line in pod.log.lines() if line.source == source]


def wait_until_said(pod: Pod, text: str, times: int = 1) -> None:
    wait_for(lambda: said(pod).count(text) >= times, what=f"“{text}” in the log")


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """What was refused, told as RunPod tells it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["title"] == answer.reason_phrase
    return told


def post(runpod: Caller, **other: Any) -> httpx.Response:
    """Asks for a pod; what is None is left out."""
    body = {name: value for name, value in {**A_POD, **other}.items() if value is not None}
    return runpod.http.post("/v2/pods", json=body)
