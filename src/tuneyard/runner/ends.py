"""How a job comes to its end, and the words for the ends that no trainer explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .causes import GENERAL, Cause, find

if TYPE_CHECKING:
    from .states import State


class Ended(Exception):
    """No error: the job came to its end."""

    def __init__(self, state: State, cause: Cause | None = None) -> None:
        super().__init__(state.value)
        self.state = state
        self.cause = cause


class Waiting(Exception):
    """No error: the job needs secrets that nobody holds."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


LOST = Cause(
    code="lost",
    sentence="Nobody saw how this step ended: the processes that watched it were killed, "
    "or the computer was restarted.",
    next_step="Resume the job: it goes on from its newest checkpoint.",
)

NOT_STARTED = Cause(
    code="not-started",
    sentence="The step could not be started: its wrapper ended three times before it began.",
    next_step="Look for a full disk or a limit on processes, then resume the job.",
)


def own_failure(error: Exception) -> Cause:
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError) and (known := find(GENERAL, None, told, "")):
        return known  # as of a trainer: a full disk, above all
    return Cause(
        code="runner-failed",
        sentence=f"Tuneyard's own runner failed: {told}",
        next_step="Resume the job. If it fails again, please report it with the job's runner.log.",
    )


def unknown(code: int, log_end: bytes, title: str) -> Cause:
    """For an end that no rule knows: the last lines say most."""
    lines = [line for line in log_end.replace(b"\r", b"\n").splitlines() if line.strip()]
    ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return Cause(
        code="unknown",
        sentence=f"“{title}” {ended}.",
        next_step="Read the last lines of the log; then resume the job or change its settings.",
        lines=tuple(line.decode(errors="replace") for line in lines[-3:]),
    )
