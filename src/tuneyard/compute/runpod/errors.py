"""What RunPod, or the way to it, refused; each in words, with what to do.

    RunPodError        `problem` says it
    ├── Offline        it was never reached: certainly nothing was done there
    ├── Gate           turned away before the key was looked at
    ├── KeyRefused     the key is unknown, or may not do this
    ├── NoCapacity     none of these GPUs is free now; another may be
    ├── NoBalance      there isn't enough money on the account
    ├── Refused        the request itself, with what RunPod says of it
    ├── Busy           too many requests; `seconds` says when to ask again
    ├── Trouble        its own failure; nothing of it is our doing
    ├── Strange        what answers is not RunPod as we know it
    └── Unsure         a create was sent and nobody knows what came of it

Only `Unsure` leaves doubt: whoever gets it looks for the pod by its name before anything
else. All others of a create mean that no pod was made. No error holds what was sent, nor
the exception it comes from: either could quote the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.errors import TuneyardError
from tuneyard.runner.problems import Problem

from .address import ADDRESS, shown
from .words import hidden, quoted, soon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .answer import Answer

KEYS = "Make one at console.runpod.io, under Settings, API Keys, and give it as RUNPOD_API_KEY."

# The one sentence by which a refusal for want of GPUs is known: it has no code of its own.
NO_CAPACITY = (
    "There are no longer any instances available with the requested specifications. "
    "Please refresh and try again."
)
_NO_CAPACITY = "instances available"


class RunPodError(TuneyardError):
    """`problem` has the sentence, the code and the next step."""

    exit_code = 1

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.sentence, code=problem.code, field=problem.field, next_step=problem.next_step
        )
        self.problem = problem


class Offline(RunPodError):
    """It was never reached."""


class Gate(RunPodError):
    """Turned away before the key was looked at."""


class KeyRefused(RunPodError):
    """The key is unknown, or may not do this."""

    exit_code = 2


class NoCapacity(RunPodError):
    """None of these GPUs is free now."""


class NoBalance(RunPodError):
    """There isn't enough money on the account."""


class Refused(RunPodError):
    """The request itself was refused; `status` is HTTP's."""

    def __init__(self, problem: Problem, status: int) -> None:
        super().__init__(problem)
        self.status = status


class Busy(RunPodError):
    """Too many requests; it may be asked again after `seconds`."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        super().__init__(problem)
        self.seconds = seconds


class Trouble(RunPodError):
    """RunPod's own failure."""


class Strange(RunPodError):
    """What answers is not RunPod as we know it."""


class Unsure(RunPodError):
    """A create was sent and nobody knows what came of it."""


def refusal(answer: Answer, secrets: Iterable[str]) -> RunPodError:
    """What an answer that is no success means. `secrets` are starred out of what it says."""
    status = answer.status
    said = hidden(said_by(answer), secrets)
    if status == 401:
        return key_refused()
    if status == 403:
        return _may_not() if "json" in answer.kind else _gate()
    if status == 429:
        return _busy(answer.wait)
    if status == 402:
        return _no_balance(said)
    if status == 400 and _NO_CAPACITY in said.lower():
        return _no_capacity()
    if status >= 500:
        return trouble(status)
    if status in _REFUSALS or (400 <= status < 500 and said):
        return _refused(status, said)
    return strange()


_REFUSALS = frozenset({400, 404, 409, 413, 422})


def said_by(answer: Answer) -> str:
    """RunPod's own words on a refusal: `detail`, and what else it found wrong."""
    data = answer.data if isinstance(answer.data, dict) else {}
    detail = data.get("detail") or data.get("error") or data.get("message") or ""
    errors = data.get("errors")
    parts = [detail, *(errors if isinstance(errors, list) else [])]
    sentences = [quoted(part) for part in parts[:6] if isinstance(part, str)]
    return " ".join(_ended(sentence) for sentence in sentences if sentence)


def key_refused() -> KeyRefused:
    sentence = "RunPod doesn't know this key: it may be mistyped, expired or revoked."
    return KeyRefused(Problem(sentence, "runpod-key", next_step=KEYS))


def offline() -> Offline:
    return Offline(
        Problem(
            f"RunPod at {shown()} can't be reached.",
            "runpod-offline",
            next_step="Check the network, then try again.",
        )
    )


def trouble(status: int) -> Trouble:
    return Trouble(
        Problem(
            f"RunPod has trouble of its own (HTTP {status}).",
            "runpod-busy",
            next_step="Try again later.",
        )
    )


def strange() -> Strange:
    return Strange(
        Problem(
            f"What answers at {shown()} doesn't speak as RunPod does.",
            "runpod-strange",
            next_step=f"Check the network, and {ADDRESS} if it is set.",
        )
    )


def endless() -> Strange:
    return Strange(
        Problem(
            "RunPod's list goes on in a way that this version of Tuneyard can't follow.",
            "runpod-list",
            next_step="Look at console.runpod.io yourself, and see whether there is a newer Tuneyard.",
        )
    )


def unsure() -> Unsure:
    return Unsure(
        Problem(
            "RunPod was asked for a pod, and its answer was lost: there may be one.",
            "runpod-unsure",
            next_step="See `tuneyard pods` before anything is started again.",
        )
    )


def _gate() -> Gate:
    return Gate(
        Problem(
            "RunPod's gate turned the request away before it looked at the key (HTTP 403).",
            "runpod-gate",
            next_step="Try again from another network; a proxy or VPN is often the cause.",
        )
    )


def _may_not() -> KeyRefused:
    return KeyRefused(
        Problem(
            "RunPod knows this key, but it may not see or change pods.",
            "runpod-right",
            next_step="Give it the right to read and write at console.runpod.io, under Settings, API Keys.",
        )
    )


def _busy(seconds: float) -> Busy:
    step = f"Try again in {soon(seconds)}."
    return Busy(Problem("RunPod asks for fewer requests.", "runpod-busy", next_step=step), seconds)


def _no_capacity() -> NoCapacity:
    return NoCapacity(
        Problem(
            "RunPod has none of these GPUs free now.",
            "runpod-capacity",
            next_step="Choose another GPU, allow both clouds or more data centers, or try again later.",
        )
    )


def _no_balance(said: str) -> NoBalance:
    words = f" RunPod says: {said}" if said else ""
    return NoBalance(
        Problem(
            f"There isn't enough money on the RunPod account.{words}",
            "runpod-balance",
            next_step="Add credit at console.runpod.io, under Billing.",
        )
    )


def _refused(status: int, said: str) -> Refused:
    words = said or "it gives no reason."
    return Refused(
        Problem(
            f"RunPod refused the request (HTTP {status}): {words}",
            "runpod-refused",
            next_step="Change what it names in the job's compute settings, and start again.",
        ),
        status,
    )


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
