"""What will happen, and what would fail, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.runner import gpus
from tuneyard.runner.problems import Report

from .estimates import Estimates
from .job import Job, compute_of, recipe_of

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.runner.step import Plan


NOT_YET = "<job>"  # stands for the id of a job that was not made yet


def make(job: Job, job_id: str = NOT_YET) -> Plan:
    """The plan of a job on the compute it names."""
    plan: Plan = recipe_of(job).steps.plan(as_json(job, job_id), _place(job))
    return plan


def estimate(job: Job, home: Path, gpu: str = "") -> str:
    """How fast it will train and for how long, and what memory that takes, each with its source.

    On this GPU; without one, on what this computer has. Or that nobody knows.
    """
    device = gpu or gpus.device(gpus.present()[: make(job).needs.gpus])
    return Estimates(job, home).sentence(device)


def check(job: Job, home: Path, *, data: bool = True) -> Report:
    """All that is wrong with a job, or may be. Without `data`, only what is known at once."""
    recipe = recipe_of(job)
    results = job.results.model_dump()
    report = Report(problems=list(recipe.rules.problems(job.settings, results, _place(job))))
    if not report.errors:
        report.problems += compute_of(job).problems(make(job).needs, job.compute.options, home)
    if data:
        report.extend(recipe.check.check(job.settings))
    return report


def as_json(job: Job, job_id: str) -> dict[str, Any]:
    """A job as it lies in job.json: defaults filled in, paths absolute, no secret."""
    return {"id": job_id, **job.model_dump()}


def _place(job: Job) -> dict[str, Any]:
    return compute_of(job).place(job.compute.options)
