"""Whether RunPod takes a key, by the one cheapest question that REST v2 has: which pods are there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version

import httpx

from tuneyard.runner.problems import Problem

ADDRESS = "TUNEYARD_RUNPOD_URL"  # names another address than RunPod's own, for rehearsals

_PUBLIC = "https://api.runpod.io"
_WAIT = 10.0  # seconds
_KEYS = "Make one at console.runpod.io, under Settings, API Keys, and give it as RUNPOD_API_KEY."


class RunPodError(Exception):
    """What RunPod, or the way to it, refused; `problem` says it in words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


@dataclass(frozen=True)
class Account:
    """What a key sees: how many pods run and what they cost an hour; of the first page.

    `more` says that there are further pages.
    """

    running: int
    dollars_an_hour: float
    more: bool


def address() -> str:
    """RunPod's address without a slash at its end."""
    return (os.environ.get(ADDRESS) or _PUBLIC).rstrip("/")


def account(key: str, wait: float = _WAIT) -> Account:
    """Asks RunPod with this key; changes nothing there. Raises RunPodError."""
    headers = {
        "Authorization": f"Bearer {key}",
        # Without a name of its own a program is turned away at RunPod's gate.
        "User-Agent": f"tuneyard/{version('tuneyard')}",
        "Accept": "application/json",
    }
    try:
        answer = httpx.get(f"{address()}/v2/pods", headers=headers, timeout=wait)
    except (httpx.HTTPError, httpx.InvalidURL):
        # Nothing of the exception is passed on: it may quote what was sent.
        raise RunPodError(_unreached()) from None
    if answer.status_code != httpx.codes.OK:
        raise RunPodError(_refused(answer))
    return _read(answer)


def _read(answer: httpx.Response) -> Account:
    try:
        data = answer.json()
        running = [pod for pod in data["pods"] if pod["status"] == "RUNNING"]
        cost = sum(float(pod.get("cost") or 0) for pod in running)
        more = bool((data.get("pagination") or {}).get("hasNextPage"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunPodError(_strange()) from None
    return Account(len(running), round(cost, 4), more)


def _refused(answer: httpx.Response) -> Problem:
    status = answer.status_code
    if status == 401:
        return Problem(
            "RunPod doesn't know this key: it may be mistyped, expired or revoked.",
            "runpod-key",
            next_step=_KEYS,
        )
    if status == 403 and "json" not in answer.headers.get("content-type", ""):
        return Problem(
            "RunPod's gate turned the request away before it looked at the key (HTTP 403).",
            "runpod-gate",
            next_step="Try again from another network; a proxy or VPN is often the cause.",
        )
    if status == 403:
        return Problem(
            "RunPod knows this key, but it may not see pods.",
            "runpod-right",
            next_step="Give it the right to read and write at console.runpod.io, under Settings, API Keys.",
        )
    if status == 429:
        return Problem(
            "RunPod asks for fewer requests.",
            "runpod-busy",
            next_step=f"Try again in {_minutes(answer.headers.get('retry-after', ''))}.",
        )
    if status >= 500:
        return Problem(
            f"RunPod has trouble of its own (HTTP {status}).",
            "runpod-busy",
            next_step="Try again later.",
        )
    return _strange()


def _minutes(seconds: str) -> str:
    minutes = -(-int(seconds) // 60) if seconds.isdigit() else 1
    return "a minute" if minutes <= 1 else f"{minutes} minutes"


def _unreached() -> Problem:
    return Problem(
        f"RunPod at {_shown(address())} can't be reached.",
        "runpod-offline",
        next_step="Check the network, then try again.",
    )


def _strange() -> Problem:
    return Problem(
        f"What answers at {_shown(address())} doesn't speak as RunPod does.",
        "runpod-strange",
        next_step=f"Check the network, and {ADDRESS} if it is set.",
    )


def _shown(url: str) -> str:
    """An address without what may be secret in it."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return "the address that is set"
    return str(parts.copy_with(username=None, password=None, query=None))
