"""Jobs: list, create, check, plan, start, save, stop, resume, push, copy, delete."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response

from tuneyard.errors import NotFound, WrongInput
from tuneyard.jobs import at_hub, preview
from tuneyard.jobs import job as job_files
from tuneyard.jobs import plan as plans
from tuneyard.jobs.view import masked
from tuneyard.recipes.base import recipes
from tuneyard.runner.folder import JobFolder, read_lines
from tuneyard.runner.masking import Masker
from tuneyard.runner.problems import Report as Found
from tuneyard.server.context import Context, Here
from tuneyard.server.shapes.jobs import (
    Event,
    HowToResume,
    HowToStop,
    JobDraft,
    JobPage,
    JobText,
    JobView,
    NewJob,
    Planned,
    Report,
    State,
    ToCheck,
    ToPlan,
    WhereToPush,
)

if TYPE_CHECKING:
    from tuneyard.jobs.job import Job

router = APIRouter(prefix="/jobs", tags=["jobs"])

_TOML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/toml": {}}}}


@router.get("")
def list_jobs(
    here: Here,
    state: Annotated[list[State] | None, Query(description="Any of these states")] = None,
    recipe: str = "",
    text: Annotated[str, Query(max_length=200, description="Words of its name or id")] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JobPage:
    """Jobs: running, waiting, ended ones; of each the newest first."""
    rows, total = here.index.page(
        states=state or (), recipe=recipe, text=text, offset=offset, limit=limit
    )
    return JobPage.model_validate({"jobs": rows, "total": total, "counts": here.index.counts()})


@router.post("", status_code=201)
def create_job(asked: NewJob, here: Here, response: Response) -> JobView:
    """Makes a job and starts it."""
    folder = here.manager.start(_built(asked.job), profile=asked.profile)
    response.headers["Location"] = f"/api/jobs/{folder.id}"
    return _shown(here, folder)


@router.post("/check")
def check_job(asked: ToCheck, here: Here) -> Report:
    """All that is wrong with a job, or may be; with `data`, of its data too."""
    try:
        job = _built(asked.job)
        found = plans.check(job, here.home, data=asked.data)
        if asked.data:
            found.extend(at_hub.look(job, here.manager.tokens(asked.profile)))
    except WrongInput as wrong:
        found = Found(problems=wrong.problems)
    return Report.model_validate({"ok": not found.errors, **found.as_json()})


@router.post("/plan")
def plan_job(asked: ToPlan, here: Here) -> Planned:
    """What a job would do, without starting anything."""
    job = _built(asked.job)
    return Planned.model_validate(
        {
            **preview.described(job, here.manager, asked.profile),
            "job": _draft(job),
            "toml": job_files.as_toml(job),
            "command": _command(job, asked.profile),
        }
    )


@router.post("/read")
def read_job_file(asked: JobText) -> JobDraft:
    """A job file's text as a draft; its relative paths are relative to the user's directory."""
    return _draft(job_files.parse(asked.text, Path.home() / "job.toml"))


@router.post("/demo", status_code=201)
def start_demo(here: Here, recipe: str) -> JobView:
    """Starts a recipe's example: a job that runs on any computer, with its data."""
    found = recipes().get(recipe)
    if found is None or found.demo is None:
        raise NotFound(f"“{recipe}” has no demo.", code="no-demo")
    folder = here.manager.start(job_files.read(found.demo))
    return _shown(here, folder)


@router.get("/{job_id}")
def show_job(job_id: str, here: Here) -> JobView:
    """A job as a whole."""
    return _shown(here, here.job(job_id))


@router.delete("/{job_id}", status_code=204)
def delete_job(job_id: str, here: Here) -> None:
    """Deletes a job that has ended, with all that it made."""
    here.manager.remove(here.job(job_id))
    here.index.hurry()


@router.post("/{job_id}/start")
def start_job(job_id: str, here: Here) -> JobView:
    """Goes on with a job that got what it waited for."""
    folder = here.job(job_id)
    here.manager.tend(folder)
    return _shown(here, folder)


@router.post("/{job_id}/save")
def save_checkpoint(job_id: str, here: Here) -> JobView:
    """Asks a job that trains for a checkpoint now; it goes on training."""
    folder = here.job(job_id)
    here.manager.save(folder)
    return _shown(here, folder)


@router.post("/{job_id}/stop")
def stop_job(job_id: str, here: Here, asked: HowToStop) -> JobView:
    """Asks a job to stop: to leave a checkpoint first, or at once."""
    folder = here.job(job_id)
    here.manager.stop(folder, asked.how)
    return _shown(here, folder)


@router.post("/{job_id}/resume")
def resume_job(job_id: str, here: Here, asked: HowToResume) -> JobView:
    """Starts a new attempt of a job that has ended."""
    folder = here.job(job_id)
    here.manager.resume(folder, asked.overrides, profile=asked.profile)
    return _shown(here, folder)


@router.post("/{job_id}/push")
def push_job(job_id: str, here: Here, asked: WhereToPush) -> JobView:
    """Pushes what a job made to the Hugging Face Hub, once more."""
    folder = here.job(job_id)
    here.manager.push(folder, asked.repository)
    return _shown(here, folder)


@router.get("/{job_id}/copy")
def copy_job(job_id: str, here: Here) -> JobDraft:
    """What a job was asked to be, with what its attempts set anew: to make another one from."""
    return _draft(here.manager.asked(here.job(job_id)))


@router.get("/{job_id}/file", response_class=Response, responses=_TOML)
def job_file(job_id: str, here: Here) -> Response:
    """The same as a job file."""
    job = here.manager.asked(here.job(job_id))
    return Response(job_files.as_toml(job), media_type="application/toml; charset=utf-8")


@router.get("/{job_id}/events")
def list_events(job_id: str, here: Here) -> list[Event]:
    """All that happened to a job."""
    folder = here.job(job_id)
    masker = Masker.of_job(folder.masks)
    return [_event(masked(line, masker)) for line in read_lines(folder.events)]


def _event(line: dict[str, Any]) -> Event:
    about = {name: value for name, value in line.items() if name not in {"t", "event"}}
    return Event(t=line.get("t", 0.0), event=line.get("event", ""), about=about)


def _command(job: Job, profile: str) -> str:
    """What starts the same job from its file, as the page names that."""
    words = ["tuneyard", "run", f"{job.name or job.recipe}.toml"]
    return shlex.join([*words, "--profile", profile] if profile else words)


def _built(draft: JobDraft) -> Job:
    """Raises WrongInput. A path that is not absolute is taken from the user's directory."""
    return job_files.build(draft.model_dump(), base=Path.home())


def _draft(job: Job) -> JobDraft:
    return JobDraft.model_validate(job.model_dump())


def _shown(here: Context, folder: JobFolder) -> JobView:
    here.index.hurry()
    return here.view(folder)
