"""Pods: what is rented, what that costs, and how it is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.errors import Missing
from tuneyard.jobs import pods
from tuneyard.runner.folder import FolderError, JobFolder, read_json_or
from tuneyard.runner.problems import Problem
from tuneyard.server.context import Context, Here
from tuneyard.server.shapes.pods import Pods, Sweep, Swept

if TYPE_CHECKING:
    from tuneyard.jobs.pods import PodRow

router = APIRouter(prefix="/pods", tags=["pods"])


@router.get("")
def list_pods(here: Here) -> Pods:
    """Every pod of the account with its job and cost, and the balance; or why nobody knows."""
    try:
        with pods.client(here.manager) as client:
            found = pods.overview(client, here.manager)
    except RunPodError as error:
        return _unknown(error.problem)
    except Missing as error:
        return _unknown(Problem(error.sentence, error.code, error.field, error.next_step))
    return Pods.model_validate(
        {
            "pods": [_shown(row, here) for row in found.pods],
            "balance": found.balance.dollars if found.balance else None,
            "dollars_an_hour": found.dollars_an_hour,
        }
    )


@router.post("/{pod}/end", status_code=204)
def end_pod(pod: str, here: Here) -> None:
    """Ends one pod, whoever started it, and answers when it is gone. What only it has is lost."""
    with pods.client(here.manager) as client:
        pods.end_by_hand(client, here.manager, pods.find(client, here.manager, pod))


@router.post("/sweep")
def sweep_pods(asked: Sweep, here: Here) -> Swept:
    """Lists the pods of this home that nobody looks after; with `yes`, ends them."""
    with pods.client(here.manager) as client:
        found = pods.orphans(client, here.manager)
        left: dict[str, Problem] = {}
        if asked.yes:
            gone, left = pods.sweep(client, here.manager, found)
            found = [row for row in found if row.pod.id in gone]
    return Swept.model_validate(
        {
            "pods": [_shown(row, here) for row in found],
            "left": [problem.as_json() for problem in left.values()],
        }
    )


def _unknown(problem: Problem) -> Pods:
    return Pods.model_validate(
        {"pods": [], "balance": None, "dollars_an_hour": 0.0, "problem": problem.as_json()}
    )


def _shown(row: PodRow, here: Context) -> dict[str, Any]:
    pod = row.pod
    name = _job_name(row, here)
    return {
        "id": pod.id,
        "name": pod.name,
        "status": pod.status,
        "whose": row.whose,
        "job": None if name is None else row.job_id,
        "job_name": name or row.job_id or "",
        "gpu": pod.gpu,
        "gpu_count": pod.gpu_count,
        "cloud": pod.cloud,
        "dollars_an_hour": pod.dollars_an_hour,
        "spent": row.spent,
        "created": pod.created,
        "url": row.url,
    }


def _job_name(row: PodRow, here: Context) -> str | None:
    """Of a job that is here; None of any other."""
    if row.job_state is None or row.job_id is None:
        return None
    try:
        job = read_json_or(JobFolder(here.manager.folder / row.job_id).job, {})
    except (FolderError, OSError):
        return ""
    return str(job.get("name", ""))
