"""A plan as people are shown it, before anything is started: here and by the page."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuneyard.home import disk_of

from . import plan as plans
from .job import compute_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.runner.step import Step

    from .job import Job
    from .store import Store


def described(job: Job, store: Store, profile: str = "") -> dict[str, Any]:
    """A plan for people: steps with their commands as a shell takes them, needs, notes, estimate.

    `remote` is what would be rented, and how, of a job that runs elsewhere.
    """
    plan, away = plans.make(job), remote(job, store, profile)
    return {
        "steps": [_described(step, store, profile) for step in plan.steps],
        "needs": asdict(plan.needs),
        "notes": list(plan.notes),
        "estimate": plans.estimate(job, store.home, rented(away)),
        "disk_free_gb": round(shutil.disk_usage(disk_of(store.home)).free / 1e9, 1),
        "remote": away,
    }


def remote(job: Job, store: Store, profile: str = "") -> dict[str, Any] | None:
    """Of a job that runs elsewhere: what would be rented, and how; see `remote.planning`."""
    if not compute_of(job).remote:
        return None
    from .remote.terms import planning  # noqa: PLC0415 - only for what runs elsewhere

    return planning.described(job, store, profile)


def rented(remote: Mapping[str, Any] | None) -> str:
    """The GPU that would be asked for first; "" where none would be."""
    asked = remote["request"] if remote else None
    return str(asked["gpu"]["id"]) if asked else ""


def _described(step: Step, store: Store, profile: str) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "phase": step.phase,
        "command": shlex.join(step.command),
        "optional": step.optional,
        "note": step.note,
        "secrets": [
            {
                "name": secret.name,
                "required": secret.required,
                "held": not store.lacking([secret.name], profile),
            }
            for secret in step.secrets
        ],
    }
