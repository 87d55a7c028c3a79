"""Whether an account's money will do for a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.runner.problems import Problem

from . import limits
from .words import money, span

if TYPE_CHECKING:
    from .client import Balance
    from .settings import RunPodSettings

_BILLING = "Add credit at console.runpod.io, under Billing."


def problems(balance: Balance, settings: RunPodSettings, dollars_an_hour: float) -> list[Problem]:
    """What stands against a pod whose GPUs cost so much, beside all that the account pays for.

    RunPod wants an hour's credit before it rents anything out, and ends every pod when
    there is none left.
    """
    hour = limits.full_price(settings, dollars_an_hour)
    if balance.dollars < hour:
        return [_too_little(balance, hour)]
    if balance.limit and balance.dollars_an_hour + hour > balance.limit:
        return [_over_the_limit(balance.limit, balance.dollars_an_hour + hour)]
    lasts = balance.dollars / (balance.dollars_an_hour + hour) * 3600
    if lasts < limits.seconds(settings, dollars_an_hour):
        return [_may_run_out(balance, lasts)]
    return []


def _too_little(balance: Balance, hour: float) -> Problem:
    return Problem(
        f"The RunPod account has {money(balance.dollars)}, and an hour of this pod costs {money(hour)}.",
        "runpod-balance",
        next_step=_BILLING,
    )


def _over_the_limit(limit: float, spend: float) -> Problem:
    return Problem(
        f"RunPod lets this account spend {money(limit)} an hour, and with this pod it would be {money(spend)}.",
        "runpod-spend-limit",
        next_step="End another pod, or ask RunPod for a higher limit.",
    )


def _may_run_out(balance: Balance, lasts: float) -> Problem:
    others = f", beside {money(balance.dollars_an_hour)} an hour for other things"
    return Problem(
        f"The RunPod account has {money(balance.dollars)}, which lasts for {span(lasts)}"
        f"{others if balance.dollars_an_hour else ''}: less than this job may take. "
        "When it is used up, RunPod ends the pod with all that lies on it.",
        "runpod-credit",
        "compute.max_dollars",
        f"{_BILLING} Or allow the job less.",
        "warning",
    )
