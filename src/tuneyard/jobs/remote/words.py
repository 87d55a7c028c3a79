"""Causes and lines that only a rented pod brings, in plain words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.words import money
from tuneyard.runner.causes import Cause
from tuneyard.runner.states import State

if TYPE_CHECKING:
    from tuneyard.runner.problems import Problem

Verdict = dict[str, Any]

SILENT = "The pod doesn't answer for the moment."
WIPED = "The pod's container was started again with an empty disk."
SENT_AGAIN = "It gets the checkpoint that came home, and goes on from that."
OVERTAKEN = "By now it has come further than the checkpoint that came home: it goes on as it is."
ANEW = "No checkpoint is here: it begins anew."
ENDED_ANEW = "It had trained to its end before the checkpoint could be sent there."

STOPPED: Verdict = {"state": State.STOPPED.value, "cause": None}
SUCCEEDED: Verdict = {"state": State.SUCCEEDED.value, "cause": None}


def on_the_hub(datasets: set[str]) -> str:
    return f"What the pod needs from here lies on the Hub, in {', '.join(sorted(datasets))}."


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


def ended_here() -> Verdict:
    """By hand, from the list of pods: that is known, and so is that it was wanted."""
    told = _lost("pod-ended", "Its pod was ended by hand here, from the list of pods.")
    return {**told, "state": State.STOPPED.value}


def vanished() -> Verdict:
    return _lost("pod-gone", "The pod is gone, and nobody here ended it.")


def wiped() -> Verdict:
    return _lost(
        "pod-wiped",
        "RunPod started the pod's container again with an empty disk: the job would have begun "
        "anew there, so the pod was ended.",
    )


def dearer(offered: float, price: float, most: float) -> dict[str, Any]:
    """What a pod costs that is there already: an hour, and until it ends itself."""
    return _told(
        "dearer",
        f"The pod costs {money(price)} an hour; {money(offered)} were offered. "
        f"Until it ends itself that is {money(most)} at most.",
        "Stop the job if that is too much.",
    )


def outrun() -> dict[str, Any]:
    """Checkpoints are made and deleted in the pod faster than they come home."""
    return _told(
        "checkpoint-outrun",
        "The pod deletes its checkpoints before they are home: each is replaced by a newer one "
        "while it is on its way.",
        "Should the pod vanish, a resume goes on from an older one, if any came. Next time keep "
        "more checkpoints, save them less often, or name a repository.",
    )


def results_lost() -> Verdict:
    return failed(
        "results-lost",
        "The training came to its end, but the pod was gone before its results were home.",
        "Resume the job: it goes on from the newest checkpoint that came home. With a repository, "
        "results are pushed from the pod itself.",
    )


def unstoppable(pod: str) -> str:
    """Somebody wants a pod stopped that can't be told."""
    return (
        f"{SILENT} So it can't be asked to stop. To end it without what isn't home yet: "
        f"tuneyard pods end {pod}"
    )


def unwritable(error: OSError) -> str:
    why = (error.strerror or type(error).__name__).lower()
    return f"What the pod makes can't be written to this computer's disk ({why}). It is kept there meanwhile."


def not_taken(said: str) -> str:
    return f"The pod doesn't take the checkpoint: {said} It goes on as it is."


def looks_there(repository: str) -> str:
    return f"It goes on from the newest checkpoint in {repository}, if one was pushed."


def fetched(repository: str) -> dict[str, Any]:
    """The results are home though nobody was when the pod ended."""
    return _told(
        "fetched",
        f"The pod was gone before its end was heard here. It had pushed all results to {repository}, "
        "and they were fetched from there. The end of the log is missing.",
    )


def not_home(repository: str, problem: Problem | None = None) -> dict[str, Any]:
    """The job is known to have succeeded and pushed its results, and they couldn't be fetched."""
    why = f" {problem.sentence}" if problem else ""
    return _told(
        "not-home",
        f"The pod was gone before its results were home; it had pushed them to {repository}.{why}",
        "Get them from there.",
    )


def checkpoint_there(verdict: Verdict, repository: str) -> Verdict:
    next_step = f"Resume the job: it goes on from the checkpoint that lies in {repository}."
    return {**verdict, "cause": {**verdict["cause"], "next_step": next_step}}


def perhaps_there(verdict: Verdict, repository: str, problem: Problem) -> Verdict:
    """Nobody could look into the repository."""
    cause = verdict["cause"]
    sentence = (
        f"{cause['sentence']} All that it made may lie in {repository}, which could not be asked: "
        f"{problem.sentence}"
    )
    next_step = (
        f"{problem.next_step} Then resume the job: it looks into {repository} first, and rents a pod "
        "only if its results are not there."
    ).lstrip()
    return {**verdict, "cause": {**cause, "sentence": sentence, "next_step": next_step}}


def _told(code: str, sentence: str, next_step: str = "") -> dict[str, Any]:
    return asdict(Cause(code, sentence, next_step))


def _lost(code: str, sentence: str) -> Verdict:
    next_step = (
        "Resume the job: it goes on from the newest checkpoint that came home or was pushed."
    )
    return {"state": State.LOST.value, "cause": asdict(Cause(code, sentence, next_step))}
