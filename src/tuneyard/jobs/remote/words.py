"""Causes and lines that only a rented pod brings, in plain words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuneyard.runner.causes import Cause
from tuneyard.runner.states import State

if TYPE_CHECKING:
    from tuneyard.runner.problems import Problem

Verdict = dict[str, Any]

WIPED = "The pod's container was started again with an empty disk."

STOPPED: Verdict = {"state": State.STOPPED.value, "cause": None}


def refused(problem: Problem) -> Verdict:
    """RunPod, or what the job asks of it, would not do."""
    cause = Cause(problem.code, problem.sentence, problem.next_step)
    return {"state": State.FAILED.value, "cause": asdict(cause)}


def failed(code: str, sentence: str, next_step: str) -> Verdict:
    return {"state": State.FAILED.value, "cause": asdict(Cause(code, sentence, next_step))}


def no_room() -> Verdict:
    return failed(
        "no-capacity",
        "No GPU was free at RunPod: all offers were tried, again and again. Nothing was paid.",
        "Allow more GPUs, or both clouds, or try again later.",
    )


def no_offer() -> Verdict:
    return failed(
        "no-offer",
        "RunPod has no GPU that this job could run on.",
        "Look at the offers: `tuneyard plan` says of each what is against it. Allow more GPUs, "
        "clouds or dollars.",
    )


def never_answered(said: str) -> Verdict:
    last = f" Its last words: {said}" if said else ""
    return failed(
        "pod-silent",
        f"The pod was rented, but never answered, and was ended.{last}",
        "Start the job again; with another image or GPU if this repeats.",
    )


def stopped_outside() -> Verdict:
    return _lost("pod-stopped", "The pod was stopped from outside: by hand, or for lack of credit.")


def vanished() -> Verdict:
    return _lost("pod-gone", "The pod is gone, and nobody here ended it.")


def wiped() -> Verdict:
    return _lost(
        "pod-wiped",
        "RunPod started the pod's container again with an empty disk: the job would have begun "
        "anew there, so the pod was ended.",
    )


def results_lost() -> Verdict:
    return failed(
        "results-lost",
        "The training came to its end, but the pod was gone before its results were home.",
        "Resume the job: it goes on from the newest checkpoint that came home. With a repository, "
        "results are pushed from the pod itself.",
    )


def _lost(code: str, sentence: str) -> Verdict:
    next_step = (
        "Resume the job: it goes on from the newest checkpoint that came home or was pushed."
    )
    return {"state": State.LOST.value, "cause": asdict(Cause(code, sentence, next_step))}
