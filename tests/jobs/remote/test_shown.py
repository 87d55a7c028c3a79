"""The state of a remote job, of all that home and pod may know."""

from typing import Any

import pytest

from tuneyard.jobs.remote.handle import Handle, Segment
from tuneyard.jobs.remote.shown import shown
from tuneyard.runner.states import State

POD = {"state": "training", "attempt": 3, "phase": "train", "step": {"n": 5, "offset": 40}}


def handle(**more: Any) -> Handle:
    return Handle("runpod", 2, "tuneyard-0-job", "token", asked=5.0, pod="p1", **more)


@pytest.mark.parametrize(
    ("phase", "pod", "state"),
    [
        ("pushing", {}, "provisioning"),
        ("offering", {}, "provisioning"),
        ("creating", {}, "provisioning"),
        ("waiting", {}, "provisioning"),
        ("running", {}, "preparing"),
        ("running", {"state": "queued"}, "preparing"),
        ("running", POD, "training"),
        ("running", {"state": "succeeded"}, "finishing"),
        ("collecting", {"state": "succeeded"}, "finishing"),
        ("collecting", {"state": "failed", "cause": {"code": "x"}}, "finishing"),
        ("releasing", {"state": "succeeded"}, "finishing"),
        ("releasing", {}, "provisioning"),
        ("gone", {"state": "succeeded"}, "succeeded"),
        ("gone", {"state": "stopped"}, "stopped"),
    ],
)
def test_what_is_shown(phase: Any, pod: dict[str, Any], state: str) -> None:
    found = shown(handle(phase=phase), pod, started=1.0)
    assert found["state"] == state
    assert found["attempt"] == 2
    assert (found["ended"] is None) == (not State(state).ended) or phase == "gone"


def test_a_job_is_not_over_while_its_pod_may_cost() -> None:
    """Whatever home decided: until the pod is confirmed to be gone, it isn't at its end."""
    lost = {"state": "lost", "cause": {"code": "pod-gone"}}
    for pod in ({}, POD, {"state": "succeeded"}):
        waiting = shown(handle(phase="releasing", verdict=lost), pod, started=1.0)
        assert not State(waiting["state"]).ended
        assert waiting["cause"] is None
        assert waiting["waiting"] == {"for": "end"}
        over = shown(handle(phase="gone", verdict=lost, ended=9.0), pod, started=1.0)
        assert (over["state"], over["cause"], over["ended"]) == ("lost", lost["cause"], 9.0)


@pytest.mark.parametrize("phase", ["running", "collecting", "fetching", "releasing"])
def test_how_it_came_out_is_told_while_its_pod_is_still_there(phase: Any) -> None:
    cause = {"code": "x", "sentence": "It failed."}
    found = shown(handle(phase=phase), {"state": "failed", "cause": cause}, started=1.0)
    assert (found["state"], found["outcome"], found["cause"]) == ("finishing", "failed", cause)
    assert found["ended"] is None


@pytest.mark.parametrize("phase", ["offering", "creating", "waiting"])
def test_how_an_earlier_pod_ended_is_not_told_of_the_next(phase: Any) -> None:
    found = shown(handle(phase=phase), {"state": "failed", "cause": {"code": "x"}}, started=1.0)
    assert (found["outcome"], found["cause"]) == (None, None)


def test_what_is_over_is_told_once() -> None:
    found = shown(handle(phase="gone"), {"state": "failed", "cause": {"code": "x"}}, started=1.0)
    assert (found["state"], found["outcome"], found["cause"]) == ("failed", None, {"code": "x"})


def test_offsets_are_those_of_the_whole_log() -> None:
    segment = Segment("abc", log=1000)
    found = shown(handle(phase="running", segment=segment), POD, started=1.0)
    assert found["step"] == {"n": 5, "offset": 1040}
    assert POD["step"] == {"n": 5, "offset": 40}


def test_the_pod_is_told_of_without_its_token() -> None:
    found = shown(handle(phase="running", dollars_an_hour=0.5), POD, started=1.0)
    assert found["pod"]["id"] == "p1"
    assert found["pod"]["dollars_an_hour"] == 0.5
    assert "token" not in str(found)


def test_an_upload_is_shown_while_data_travels() -> None:
    upload = {"sent": 1, "bytes": 10}
    found = shown(
        handle(phase="running", upload=upload),
        {"state": "queued", "waiting": {"for": "inputs"}},
        started=1.0,
    )
    assert found["waiting"] == {"for": "inputs", "upload": upload}


def test_a_push_to_the_hub_is_shown_in_others_words_too() -> None:
    upload = {"sent": 1, "bytes": 10}
    found = shown(handle(phase="pushing", upload=upload, said="Busy."), {}, started=1.0)
    assert found["waiting"] == {"for": "inputs", "upload": upload, "said": "Busy."}
    before = shown(handle(phase="pushing"), {}, started=1.0)
    assert before["waiting"] == {"for": "inputs"}
