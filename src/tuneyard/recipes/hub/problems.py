"""What an answer of the Hugging Face Hub, or none, means: in words, with the next step.

The Hub says more in the header ``X-Error-Code`` than in the status: a private
repository answers 401 or 404 like one that doesn't exist, and 403 may be a missing
right, a gate or a full account.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.recipes import downloads
from tuneyard.recipes.hub.about import endpoint
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.recipes.hub.about import About

PASSING = frozenset({"offline", "busy", "conflict"})  # codes after which another try may help

_TOKENS = re.compile(r"\bhf_[A-Za-z0-9_]+")


class HubError(Exception):
    """What the Hub, or the way to it, refused; `problem` says it in words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.sentence} {problem.next_step}".strip())
        self.problem = problem


def of_exception(error: BaseException, about: About) -> tuple[Problem, float]:
    """The problem behind an exception of huggingface_hub, and the seconds the Hub asks to wait."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if response is not None and getattr(response, "status_code", 0) >= 400:
            headers = {name.lower(): value for name, value in response.headers.items()}
            said = getattr(cause, "server_message", None) or ""
            return of_answer(response.status_code, headers, about, said), _wait(headers)
        if isinstance(cause, OSError) and cause.errno in downloads.DISK:
            return downloads.disk_full(Path.cwd(), 0), 0.0
    if any(_is_network(cause) for cause in _causes(error)):
        return _unreached(), 0.0
    if type(error).__name__ == "HFValidationError":
        return _misnamed(about), 0.0
    first = _masked(str(error)).strip().partition("\n")[0]
    return Problem(
        f"The Hub's library failed on {about.name}: {type(error).__name__}: {first}",
        "hub-library",
        next_step="Try again; if it repeats, tell us, with the lines above.",
    ), 0.0


def of_download(error: downloads.DownloadError, about: About) -> Problem:
    """The problem behind a download from the Hub that failed."""
    if not error.status:
        return error.problem
    return of_answer(error.status, {k.lower(): v for k, v in error.headers.items()}, about)


def of_answer(status: int, headers: Mapping[str, str], about: About, said: str = "") -> Problem:
    """The problem behind an answer of 400 and more; names of `headers` are in lower case."""
    code = headers.get("x-error-code", "")
    said = said or headers.get("x-error-message", "")
    if code == "GatedRepo":
        return _gated(about)
    if code == "RevisionNotFound":
        return _no_revision(about)
    if code == "EntryNotFound":
        return _no_file(about)
    if code == "RepoNotFound" or status == 404:
        return _missing(about)
    if status == 401:
        return token_unknown(about) if about.with_token else token_wanted(about)
    if status == 402 or (status == 403 and re.search(r"storage|quota", said, re.IGNORECASE)):
        return _no_room(about)
    if status == 403:
        return _no_right(about)
    return _not_now(status, headers, about) or Problem(
        f"The Hub refuses (HTTP {status}): {_masked(said) or 'it says no more'}.",
        "hub-answer",
        next_step=f"Look at {about.page}.",
    )


def token_wanted(about: About) -> Problem:
    """Nothing can be done here without a token, and there is none."""
    right = "write to" if about.writing else "read"
    return Problem(
        f"This needs a token that may {right} {about.name}, and there is none.",
        "hub-token",
        next_step=f"Make one at huggingface.co/settings/tokens and give it as {about.secrets[0]}.",
    )


def token_unknown(about: About) -> Problem:
    """The Hub doesn't know this token."""
    return Problem(
        "The Hub doesn't know this token: it may be mistyped, expired or revoked.",
        "hub-token",
        next_step=f"Make one at huggingface.co/settings/tokens and give it as {about.secrets[0]}.",
    )


def _missing(about: About) -> Problem:
    if about.with_token:
        return Problem(
            f"There is no {about.kind} {about.repository} on the Hub, or this token may not see it.",
            "hub-missing",
            next_step="Check the name and, if it is private, whose token this is and what it may read.",
        )
    return Problem(
        f"There is no {about.kind} {about.repository} on the Hub that everybody may see.",
        "hub-missing",
        next_step=f"Check the name; if it is private, give a token as {about.secrets[0]}.",
    )


def _gated(about: About) -> Problem:
    token = "" if about.with_token else f", and give your token as {about.secrets[0]}"
    return Problem(
        f"Access to {about.name} has to be asked for.",
        "hub-gated",
        next_step=f"Ask for it at {about.page}{token}; then try again.",
    )


def _no_revision(about: About) -> Problem:
    return Problem(
        f"There is no revision {about.revision or 'main'} of {about.name}.",
        "hub-revision",
        next_step=f"Choose a branch, tag or commit that {about.page} lists.",
    )


def _no_file(about: About) -> Problem:
    return Problem(
        f"There is no file {about.path} in {about.name}.",
        "hub-file",
        next_step=f"Check its path at {about.page}.",
    )


def _no_right(about: About) -> Problem:
    right = "write to" if about.writing else "read"
    return Problem(
        f"This token may not {right} {about.name}.",
        "hub-right",
        next_step=f"Give it that right at huggingface.co/settings/tokens, or give another one as {about.secrets[0]}.",
    )


def _no_room(about: About) -> Problem:
    return Problem(
        f"The account {about.repository.partition('/')[0]} has no more room on the Hub.",
        "hub-quota",
        next_step="Delete there what you no longer need, or name another account; then push again.",
    )


def _misnamed(about: About) -> Problem:
    return Problem(
        f"{about.repository!r} can't be the name of a {about.kind} on the Hub.",
        "hub-name",
        next_step="Write it as owner/name, as in its address.",
    )


def _not_now(status: int, headers: Mapping[str, str], about: About) -> Problem | None:
    if status == 429:
        minutes = max(_wait(headers), 60) / 60
        return Problem(
            "The Hub asks for fewer requests.",
            "busy",
            next_step=f"Try again in {minutes:.0f} minutes: what was transferred is kept.",
        )
    if status in (409, 412):
        return Problem(
            f"Something else changed {about.name} at the same moment.",
            "conflict",
            next_step="Push again.",
        )
    if status in (408, 425) or status >= 500:
        return Problem(
            f"The Hub has trouble of its own (HTTP {status}).",
            "busy",
            next_step="Try again later: what was transferred is kept.",
        )
    return None


def _unreached() -> Problem:
    return Problem(
        f"The Hub at {downloads.shown(endpoint())} can't be reached, or the connection broke.",
        "offline",
        next_step="Check the network, then try again: what was transferred is kept.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_network(error: BaseException) -> bool:
    """The HTTP library beneath huggingface_hub is requests, httpx or httpx2, by its version."""
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    families = {cls.__module__.partition(".")[0] for cls in type(error).__mro__}
    return bool(families & {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2"})


def _wait(headers: Mapping[str, str]) -> float:
    """Retry-After, or the reset time in the Hub's own ``ratelimit: "api";r=0;t=55``."""
    reset = re.search(r"r\s*=\s*0\s*;\s*t\s*=\s*(\d+)", headers.get("ratelimit", ""))
    return float(reset[1]) if reset else downloads.retry_after(headers)


def _masked(text: str) -> str:
    """Text from elsewhere without tokens and without the queries of signed addresses."""
    for name, value in os.environ.items():
        if value and name.endswith("TOKEN"):
            text = text.replace(value, "*" * len(value))
    return re.sub(r"(https?://[^\s?]+)\?\S*", r"\1", _TOKENS.sub("hf_***", text))
