"""What is said when Tuneyard itself ends a training."""

from __future__ import annotations

from tuneyard.runner.problems import Problem


def minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def loss_nan(step: int) -> Problem:
    return Problem(
        f"The loss is not a number (nan) since step {step}, so the training was ended.",
        "loss-nan",
        "learning_rate",
        "Lower the learning rate, or train in bfloat16; then resume from before, or start anew.",
    )


def caching_died(error: str) -> Problem:
    said = f" with “{error}”" if error and not error.startswith("Process ") else ""
    return Problem(
        f"The process that prepares the data died{said}, and the trainer waits for it for ever.",
        "caching-died",
        "directories",
        "Look above in the log which file it was; correct or remove it, and resume. Without an error"
        " there, memory ran out.",
    )


def stalled(quiet: float) -> Problem:
    return Problem(
        f"Nothing was printed or written for {minutes(quiet)}, so the training was ended.",
        "stalled",
        "stall_seconds",
        "Resume: it goes on from the newest checkpoint.",
    )
