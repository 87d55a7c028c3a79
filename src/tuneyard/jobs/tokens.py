"""What a token can do, found out by asking those who gave it. Nothing is changed there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneyard.errors import NotFound, WrongInput
from tuneyard.recipes import hub
from tuneyard.runner.masking import SHORTEST
from tuneyard.runner.problems import Problem
from tuneyard.secrets import COMMON, checked, must_be_known

from .asking_hub import within

if TYPE_CHECKING:
    from tuneyard.recipes.hub.about import Kind
    from tuneyard.secrets import Scope, Secrets

_WAIT = 20.0  # seconds for all that is asked of the Hub, whose library waits without end

# Problems that say nothing of the token: with another network or later it may be fine.
_UNKNOWN = frozenset(
    {"offline", "busy", "hub-library", "runpod-offline", "runpod-busy", "runpod-gate"}
)

# What the Hub's problems advise is meant for what is being transferred.
_STEPS = {
    "offline": "Check the network, and HF_ENDPOINT if it is set; then try again.",
    "busy": "Try again later.",
}

_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REPOSITORY = re.compile(
    rf"(?:hf:|https?://[^/]+/)?(?:(?P<kind>datasets|models)/)?(?P<name>{_WORD}/{_WORD})/?"
)

# What each token of the Hub is for: the kinds of repository, and what it may do there.
_USES: dict[str, tuple[tuple[Kind, ...], tuple[str, ...]]] = {
    "HF_TOKEN": (("dataset", "model"), ("read", "write")),
    "HF_READ_TOKEN": (("dataset",), ("read",)),
    "HF_WRITE_TOKEN": (("model",), ("write",)),
    "HF_BASE_TOKEN": (("model",), ("read",)),
}


@dataclass(frozen=True)
class Outcome:
    """`ok` says whether it can do what its name promises; None if that could not be found out."""

    ok: bool | None
    sentences: list[str]
    next_step: str = ""


def try_out(
    secrets: Secrets,
    name: str,
    *,
    value: str | None = None,
    repository: str = "",
    scope: Scope = COMMON,
) -> Outcome:
    """Tries a token: `value`, or the one that is held. Raises NotFound or WrongInput.

    `repository` (owner/name) is one of the Hub that it is to be tried on.
    """
    must_be_known(name)
    given = value if value is not None else secrets.get(name, scope)
    if given is None:
        raise NotFound(
            f"Nobody holds {name} here.",
            code="no-secret",
            field=name,
            next_step="Give it first; then it can be tested.",
        )
    secret = checked(name, given)
    if repository and not _REPOSITORY.fullmatch(repository.strip()):
        raise WrongInput([_misnamed(repository)])
    if name == "RUNPOD_API_KEY":
        tested = _runpod(secret)
    elif name in _USES:
        tested = _hub(name, secret, repository)
    else:
        tested = Outcome(None, ["Tuneyard doesn't know how to try this one."])
    return _masked(tested, secret)


def _runpod(secret: str) -> Outcome:
    from tuneyard.compute.runpod.account import account  # noqa: PLC0415 - httpx is slow to load
    from tuneyard.compute.runpod.errors import RunPodError  # noqa: PLC0415 - same

    try:
        found = account(secret)
    except RunPodError as error:
        return _failed([], error.problem)
    sentences = ["RunPod takes this key."]
    if found.running:
        pods = "1 pod runs" if found.running == 1 else f"{found.running} pods run"
        least = "At least " if found.more else ""
        sentences.append(f"{least}{pods} there now, for ${found.dollars_an_hour:.2f} an hour.")
    else:
        sentences.append("No pod runs there now.")
    return Outcome(True, sentences)


def _hub(name: str, secret: str, repository: str) -> Outcome:
    sentences: list[str] = []
    try:
        found = within(_WAIT, lambda: hub.rights(secret))
        sentences += [f"This token belongs to {found.owner}.", found.sentence()]
        if repository:
            return _on(name, secret, repository, sentences)
    except hub.HubError as error:
        return _failed(sentences, error.problem)
    if _USES[name][1] == ("write",) and not found.writes:
        step = "Make one that may write at huggingface.co/settings/tokens."
        return Outcome(False, sentences, step)
    return Outcome(True, sentences)


def _on(name: str, secret: str, repository: str, sentences: list[str]) -> Outcome:
    """Tried on one repository; of a token for several kinds, on each that there is."""
    kinds, needs = _USES[name]
    match = _REPOSITORY.fullmatch(repository.strip())
    assert match is not None  # noqa: S101 - by `try_out`
    plain = match["name"]
    if match["kind"]:
        kinds = ("dataset",) if match["kind"] == "datasets" else ("model",)
    tried = [within(_WAIT, lambda kind=kind: hub.access(plain, kind, secret)) for kind in kinds]  # type: ignore[misc]
    telling = [access for access in tried if access.exists] or tried
    sentences += [access.sentence for access in telling]
    ok = any(getattr(access, need) for access in tried for need in needs)
    problem = next((access.problem for access in telling if access.problem), None)
    if ok:
        return Outcome(True, sentences)
    step = problem.next_step if problem else f"Give {name} the right to write there."
    return Outcome(False, sentences, step)


def _masked(told: Outcome, secret: str) -> Outcome:
    """What others answered may quote what they were asked with."""
    if len(secret) < SHORTEST:
        return told
    stars = "*" * len(secret)
    sentences = [sentence.replace(secret, stars) for sentence in told.sentences]
    return Outcome(told.ok, sentences, told.next_step.replace(secret, stars))


def _misnamed(repository: str) -> Problem:
    return Problem(
        f"{repository!r} can't be the name of a repository.",
        "hub-name",
        "repository",
        "Write it as owner/name, as in its address.",
    )


def _failed(sentences: list[str], problem: Problem) -> Outcome:
    ok = None if problem.code in _UNKNOWN else False
    step = _STEPS.get(problem.code, problem.next_step)
    return Outcome(ok, [*sentences, problem.sentence], step)
