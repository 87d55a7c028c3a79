"""Makes, starts, stops, resumes and removes jobs. CLI and server call the same functions."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from tuneyard.errors import NotFound, NotPossible, WrongInput
from tuneyard.recipes.base import recipes
from tuneyard.runner import pack
from tuneyard.runner.folder import JobFolder, held, locked, read_json, write_json, write_text
from tuneyard.runner.problems import Problem
from tuneyard.runner.states import State, can_save

from . import plan as plans
from .job import Job, build, placed, recipe_of
from .job import compute_of as compute_of_job
from .store import Store, compute_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LAST_WORDS = 10.0  # seconds that a runner may need to leave after it wrote the end
_LONGEST_NAME = 22  # characters of a job's name in its id, which a pod's name holds as well


class Manager(Store):
    """The jobs of one home, and all that can be done with them."""

    def job(self, folder: JobFolder) -> Job:
        """What was asked at first."""
        return build({k: v for k, v in read_json(folder.job).items() if k in Job.model_fields})

    def asked(self, folder: JobFolder, attempt: int | None = None) -> Job:
        """What was asked, with what the attempts since have set anew: all, or those until this one."""
        job = self.job(folder)
        for number in folder.attempts():
            if attempt is None or number <= attempt:
                job = job.changed(read_json(folder.attempt(number)).get("overrides", {}))
        return job

    # -- starting -----------------------------------------------------------------

    def create(self, job: Job, profile: str = "") -> JobFolder:
        """Makes the folder of a job; nothing runs yet. Raises WrongInput if it could not succeed."""
        if profile:
            self.profiles.get(profile)
        if errors := plans.check(job, self.home, data=False).errors:
            raise WrongInput(errors)
        folder = self._new_folder(job)
        try:
            write_json(folder.job, plans.as_json(job, folder.id))
            write_json(folder.state, {"state": State.QUEUED.value, "attempt": 0})
            self._prepare(folder, job, 1, {"profile": profile})
        except OSError:  # a full disk: half a job would wait for ever
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        return folder

    def start(self, job: Job, profile: str = "") -> JobFolder:
        folder = self.create(job, profile)
        self.launch(folder)
        return folder

    def resume(
        self,
        folder: JobFolder,
        overrides: Mapping[str, Any] | None = None,
        only: list[str] | None = None,
        profile: str | None = None,
        compute: str = "",
    ) -> None:
        """Starts a new attempt of a job that came to an end. Raises NotPossible or WrongInput.

        Without a `profile` it stays under the one it had; `compute` is where this attempt runs,
        if elsewhere than the job. Of two at once, the second finds the attempt of the first.
        """
        with _alone(folder):
            self._resume(folder, overrides, only, profile, compute)
        self.launch(folder)

    def _resume(
        self,
        folder: JobFolder,
        overrides: Mapping[str, Any] | None,
        only: list[str] | None,
        profile: str | None,
        compute: str,
    ) -> None:
        self._must_be_over(folder, "resumed")
        profile = self.profile_of(folder) if profile is None else profile
        if profile:
            self.profiles.get(profile)
        overrides = dict(overrides or {})
        job = placed(self.asked(folder).changed(overrides), compute)
        _only_changeable(self.job(folder), job)
        if errors := plans.check(job, self.home, data=False).errors:
            raise WrongInput(errors)
        folder.stop.unlink(missing_ok=True)
        folder.save.unlink(missing_ok=True)
        number = max(folder.attempts(), default=0) + 1
        attempt = {"overrides": overrides, "only": only, "profile": profile, "compute": compute}
        self._prepare(folder, job, number, attempt)

    def push(self, folder: JobFolder, repository: str = "") -> None:
        """Pushes what a finished job made, once more or to another repository."""
        overrides = {"results.repository": repository} if repository else {}
        asked = self.asked(folder).changed(overrides)
        if not asked.results.repository:
            raise NotPossible(
                "The job names no repository to push to.",
                code="no-repository",
                field="results.repository",
                next_step="Name one: --to owner/name.",
            )
        if not any(folder.outputs.iterdir()):
            raise NotPossible(
                "The job has made nothing to push yet.",
                code="nothing-to-push",
                next_step=f"Resume it: tuneyard resume {folder.id}",
            )
        again: tuple[str, ...] = ("before", "itself")
        compute = ""
        if compute_of_job(self.job(folder)).remote:
            # What a pod made is here, with all that was made for the push; the trainer's own
            # Python is not, and a push needs nothing of it that ours doesn't have.
            again, compute = again[1:], "local"
            write_json(folder.work / "trainer.json", {"python": sys.executable, "env": ""})
        steps = plans.make(placed(asked, compute), folder.id).steps
        only = [step.name for step in steps if step.pushes in again]
        self.resume(folder, overrides, only=only, compute=compute)

    # -- while it runs ------------------------------------------------------------

    def save(self, folder: JobFolder) -> None:
        """Asks for a checkpoint now, while the training goes on. Raises NotPossible."""
        state = self.state(folder)
        if not can_save(state):
            raise _cannot_save(folder, state)
        if not state.get("saving"):
            folder.save.touch()
        self.tend(folder)

    # -- ending -------------------------------------------------------------------

    def stop(self, folder: JobFolder, how: Literal["save", "now"] = "save") -> None:
        """Asks a job to stop: to leave a checkpoint first, or at once."""
        state = self.state(folder)["state"]
        if state is not None and State(state).ended:
            raise NotPossible(f"The job has already ended: {state}.", code="already-ended")
        write_text(folder.stop, f"{how}\n")
        # Not `tend`: a job that waits for a secret has no runner, and still is to be stopped.
        if folder.attempts() and not held(folder.runner_lock):
            self.launch(folder)

    def remove(self, folder: JobFolder) -> None:
        """Deletes a job's folder with all that it made. Raises NotPossible while it lives."""
        rubbish = folder.path.with_name(f".{folder.id}.removed")
        with _alone(folder):
            self._must_be_over(folder, "removed")
            folder.path.rename(rubbish)
        shutil.rmtree(rubbish)

    def remove_profile(self, name: str) -> None:
        """Removes a profile with its secrets. Raises NotFound, or NotPossible while jobs need it."""
        self.profiles.get(name)
        for state in self.states():
            folder = JobFolder(self.folder / state["id"])
            ended = state["state"] is None or State(self.state(folder)["state"]).ended
            if not ended and self.profile_of(folder) == name:
                raise NotPossible(
                    f"The job {folder.id} runs under the profile “{name}” and has not ended.",
                    code="profile-in-use",
                    field="name",
                    next_step="Remove it when the job has ended, or stop the job first.",
                )
        self.profiles.remove(name)

    # -- helpers ------------------------------------------------------------------

    def _new_folder(self, job: Job) -> JobFolder:
        stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{_slug(job.name or job.recipe)}"
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            path = self.folder / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                continue
            folder = JobFolder(path)
            folder.make()
            return folder
        raise NotPossible(f"There are too many jobs called {stem}.", code="too-many")

    def _prepare(self, folder: JobFolder, job: Job, number: int, attempt: dict[str, Any]) -> None:
        """All that a runner reads. The attempt comes last: with it, the rest counts."""
        plan = plans.make(job, folder.id)
        write_json(folder.plan, plan.as_json())
        pack.pack(folder.runner, recipe_of(job).package)
        write_json(folder.attempt(number), {"created": time.time(), **attempt})
        os.utime(self.folder)  # whoever shows a list looks at it again

    def _must_be_over(self, folder: JobFolder, done: str) -> None:
        state = self.state(folder)["state"]
        # Without an attempt it was never made to the end.
        over = state is None or State(state).ended or not folder.attempts()
        deadline = time.monotonic() + _LAST_WORDS
        while over and time.monotonic() < deadline:
            if compute_of(folder).observe(folder) != "alive":
                return
            time.sleep(0.02)
        raise NotPossible(
            f"A job that is {state} can't be {done}.",
            code="still-running",
            next_step=f"Stop it first: tuneyard stop {folder.id}",
        )


@contextmanager
def _alone(folder: JobFolder) -> Iterator[None]:
    """For whoever makes an attempt of a job, or removes it. Raises NotFound of one that is removed."""
    removed = NotFound(f"There is no job “{folder.id}” any more.", code="no-job")
    if not folder.path.exists():
        raise removed
    with locked(folder.path / "resume.lock"):
        if not folder.path.exists():  # since then
            raise removed
        yield


def _cannot_save(folder: JobFolder, state: Mapping[str, Any]) -> NotPossible:
    now = state["state"]
    if now is not None and State(now).ended:
        return NotPossible(f"The job has already ended: {now}.", code="already-ended")
    if state.get("stopping"):
        return NotPossible("The job is being stopped.", code="cannot-save")
    if not any(step.get("save") for step in read_json(folder.plan)["steps"]):
        return NotPossible(
            "What trains in this job can't save a checkpoint without stopping.",
            code="cannot-save",
            next_step=f"Stop it, which saves one, and go on: tuneyard stop {folder.id}; "
            f"tuneyard resume {folder.id}",
        )
    return NotPossible(
        f"The job is {now}: a checkpoint can be saved only while it trains.",
        code="cannot-save",
        next_step=f"See how far it is: tuneyard show {folder.id}",
    )


def _only_changeable(before: Job, after: Job) -> None:
    """Raises WrongInput for each setting that a further attempt may not set anew."""
    allowed = recipes()[before.recipe].rules.CHANGEABLE
    fixed = [
        name
        for name, value in after.settings.items()
        if before.settings.get(name) != value and name not in allowed
    ]
    if fixed:
        raise WrongInput(
            [
                Problem(
                    f"“{name}” can't change between attempts of one job.",
                    "fixed",
                    name,
                    "Start a new job with it instead.",
                )
                for name in fixed
            ]
        )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].strip("-") or "job"
