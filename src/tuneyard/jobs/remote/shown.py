"""The state of a remote job: one pure function of what home knows and what the pod said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .handle import Handle

# What of the pod's own state is home's too.
_PASSED_ON = (
    *("phase", "step", "steps", "progress", "figure", "speed"),
    *("stopping", "saving", "waiting"),
)

_WAITS_FOR = {
    "pushing": "inputs",
    "offering": "offer",
    "creating": "pod",
    "waiting": "pod",
    "collecting": "results",
    "fetching": "results",
    "releasing": "end",
}


def shown(
    handle: Handle, pod: Mapping[str, Any], *, started: float, needs: list[str] | None = None
) -> dict[str, Any]:
    """What goes into state.json at home.

    `pod` is the pod's own state.json, or empty; `started` is when the attempt began. Until
    the pod is confirmed to be gone the job is not over: it may still cost.
    """
    state: dict[str, Any] = {
        "attempt": handle.attempt,
        "started": started,
        "ended": None,
        "needs": needs or [],
        **_outcome(handle, pod),
        "waiting": None,
        **{name: pod[name] for name in _PASSED_ON if name in pod},
        "pod": _pod(handle),
    }
    if state.get("step") and handle.segment.log:
        offset = state["step"].get("offset", 0) + handle.segment.log
        state["step"] = {**state["step"], "offset": offset}
    if handle.phase == "gone":
        return {
            **state,
            **_end(handle, pod),
            "outcome": None,
            "ended": handle.ended,
            "waiting": None,
            "stopping": None,
        }
    if waits := _WAITS_FOR.get(handle.phase):
        state["waiting"] = {"for": waits}
    if handle.upload and handle.phase in {"pushing", "running"}:
        state["waiting"] = {"for": "inputs", "upload": handle.upload}
    if handle.said and state["waiting"]:
        state["waiting"] = {**state["waiting"], "said": handle.said}
    state["state"] = _under_way(handle, pod).value
    return state


def _under_way(handle: Handle, pod: Mapping[str, Any]) -> State:
    if handle.phase in {"pushing", "offering", "creating", "waiting"}:
        return State.PROVISIONING
    if handle.phase in {"collecting", "releasing"}:
        return State.FINISHING if pod else State.PROVISIONING
    if handle.phase == "fetching":  # also before a pod is asked for: what an earlier one pushed
        return State.FINISHING if handle.asked else State.PROVISIONING
    now = State(pod.get("state", State.QUEUED.value))
    if now.ended:  # over there, and not at home yet
        return State.FINISHING
    return State.PREPARING if now in {State.QUEUED, State.PROVISIONING} else now


def _outcome(handle: Handle, pod: Mapping[str, Any]) -> dict[str, Any]:
    """How the job came out in its pod, told while that is still there and may cost."""
    there = handle.asked and handle.phase in {"running", "collecting", "fetching", "releasing"}
    now = State(pod.get("state", State.QUEUED.value))
    if not there or handle.verdict or not now.ended:
        return {"outcome": None, "cause": None}
    return {"outcome": now.value, "cause": pod.get("cause")}


def _end(handle: Handle, pod: Mapping[str, Any]) -> dict[str, Any]:
    if handle.verdict:
        return dict(handle.verdict)
    return {"state": pod["state"], "cause": pod.get("cause")}


def _pod(handle: Handle) -> dict[str, Any] | None:
    if not handle.asked:
        return None
    return {
        "id": handle.pod,
        "name": handle.name,
        "gpu": handle.gpu_name or handle.gpu,
        "gpu_count": handle.gpu_count,
        "cloud": handle.cloud,
        "dollars_an_hour": handle.dollars_an_hour,
        "created": handle.created,
        "ended": handle.ended,
        "deadline": handle.deadline,
        "url": handle.url,
    }
