"""The state of a remote job, by what is known of its pod."""

from __future__ import annotations

from typing import Any

from tuneyard.jobs.remote.handle import Handle, Segment
from tuneyard.jobs.remote.shown import shown

STOPPING = {"at": 5.0, "how": "save"}  # as the runner writes it
_TRAINING = {
    "state": "training",
    "attempt": 3,
    "phase": "train",
    "step": {"n": 5, "name": "train", "offset": 40},
    "steps": 8,
    "progress": {"step": 10, "steps": 100, "epoch": 1, "epochs": 2},
    "figure": {"loss": 0.5},
    "speed": {"steps_s": 2.5},
    "stopping": None,
    "waiting": None,
    "private": "stays there",
}
_LOST = {"state": "lost", "cause": {"code": "pod-gone", "sentence": "Gone.", "next_step": "Go on."}}
_PODS: tuple[dict[str, Any], ...] = (
    {},
    {"state": "queued", "waiting": {"for": "inputs"}},
    {"state": "preparing", "phase": "prepare"},
    _TRAINING,
    {**_TRAINING, "stopping": STOPPING},
    {"state": "succeeded", "cause": None},
    {"state": "failed", "cause": {"code": "x", "sentence": "It failed.", "next_step": ""}},
)


def cases() -> list[dict[str, Any]]:
    return [
        _case(handle, pod)
        for handle in (
            Handle("runpod", 1, "tuneyard-0123abcd-job", "token"),
            _handle(phase="creating"),
            _handle(phase="waiting", said="pulling the image"),
            _handle(phase="running"),
            _handle(phase="running", upload={"sent": 1, "bytes": 10}),
            _handle(phase="running", segment=Segment("abc", log=1000)),
            _handle(phase="collecting"),
            _handle(phase="releasing", verdict=_LOST),
        )
        for pod in _PODS
    ] + [
        _case(_handle(phase="gone", ended=90.0, verdict=_LOST), _TRAINING),
        _case(_handle(phase="gone", ended=90.0), _PODS[-1]),
        _case(_handle(phase="gone", ended=90.0), _PODS[-2]),
    ]


def _handle(**more: Any) -> Handle:
    return Handle(
        "runpod",
        2,
        "tuneyard-0123abcd-job",
        "token",
        pod="p1",
        asked=5.0,
        created=6.5,
        gpu="NVIDIA A40",
        gpu_name="A40",
        cloud="secure",
        dollars_an_hour=0.49,
        deadline=5000.0,
        **more,
    )


def _case(handle: Handle, pod: dict[str, Any]) -> dict[str, Any]:
    said = pod.get("state", "nothing")
    return {
        "name": f"{handle.phase}, the pod says {said}",
        "given": {"handle": handle.as_json(), "pod": pod, "started": 1.0, "needs": []},
        "state": shown(handle, pod, started=1.0),
    }
