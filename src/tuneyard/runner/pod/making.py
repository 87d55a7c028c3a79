"""Makes a pod's job: the folder as home would have made it, and the plan for this place."""

from __future__ import annotations

import bz2
import importlib
import io
import shutil
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tuneyard
from tuneyard.runner import environ, gpus, masking
from tuneyard.runner.causes import Cause
from tuneyard.runner.folder import JobFolder, append_line, read_json, write_bytes, write_json
from tuneyard.runner.states import State
from tuneyard.runner.status import Status
from tuneyard.runner.step import Plan

from . import boots, inputs, words

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from .given import Given

_SPARE = 1 << 20  # bytes that are given back when the disk is full, so that the end can be told


class CannotBegin(Exception):
    """The job can't be run here."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.sentence)
        self.cause = cause


def folder(given: Given) -> JobFolder:
    """The job's folder: the one that is there, or a new one where something can be written.

    Raises OSError where nothing can.
    """
    places = [JobFolder(home / "jobs" / given.id) for home in _homes(given)]
    ours = [place for place in places if boots.Boots(place).data.get("pod") == given.pod]
    for place in [*ours, *places[:-1]]:
        try:
            _make(place, given)
            return place
        except OSError:
            continue
    _make(places[-1], given)
    return places[-1]


def join(folder: JobFolder, given: Given) -> None:
    """Makes the program whole, in the job's folder and for this process, with a recipe that is here.

    What lies in it stays where it lies: a face that runs may still load of it.
    """
    for one in inputs.manifest(given.job).values():
        if one.kind == inputs.PROGRAM and (recipe := inputs.Store(folder.home).path(one)):
            whole = io.BytesIO(Path(given.program).read_bytes())
            parts = iter(bz2.decompress(recipe.read_bytes()).split(b"\0"))
            with zipfile.ZipFile(whole, "a") as archive:
                for name in parts:
                    archive.writestr(name.decode(), next(parts))
            write_bytes(folder.runner, whole.getvalue())
            sys.path.append(str(folder.runner))
            tuneyard.__path__.append(f"{folder.runner}/tuneyard")


def check(given: Given, home: Path) -> None:
    """Plans the job as if its inputs were here: what can't succeed isn't waited for.

    Raises CannotBegin.
    """
    _plan(_as_if_here(given.job, home), given)


def plan(folder: JobFolder, given: Given, instead: Container[str] = frozenset()) -> None:
    """Writes the plan, now that all inputs are here; `instead` as in `inputs.place`.

    Raises CannotBegin.
    """
    job = read_json(folder.job)
    made = _plan(inputs.resolve(folder, job), given)
    masking.remember(folder.masks, [value for _, value in _held(made, given)])
    inputs.place(folder, job, instead)
    write_json(folder.plan, {**made.as_json(), "limits": given.job.get("limits") or {}})


def end(folder: JobFolder, state: State, cause: Cause | None) -> None:
    """Ends the job from outside. Only while `runner.lock` is held, and nothing of the job lives."""
    status = Status(folder)
    newest = max(folder.attempts(), default=0)
    if status.state.ended and status.data.get("attempt", 0) >= newest:
        return
    nobody: dict[str, Any] = dict.fromkeys(("runner", "wrapper", "command", "stopping", "waiting"))
    told = asdict(cause) if cause else None
    status.move(state, attempt=newest, ended=time.time(), cause=told, needs=[], **nobody)


def give_room(folder: JobFolder) -> None:
    """On a disk that is full, gives back what was kept: enough to tell the end."""
    spare = folder.path / "pod.spare"
    if shutil.disk_usage(folder.path).free < _SPARE and spare.exists():
        spare.unlink()
        event(folder, "warning", step="pod", cause=asdict(words.FULL))


def secrets_of(folder: JobFolder) -> set[str]:
    """Names of all secrets that the job's plan may be given."""
    return _names(Plan.from_json(read_json(folder.plan)))


def _homes(given: Given) -> Iterator[Path]:
    named = given.environ.get("TUNEYARD_HOME")
    if named and named.startswith("/"):
        yield Path(named)
    yield Path(given.environ.get("HOME") or "/root") / "tuneyard"
    yield Path(tempfile.gettempdir()) / "tuneyard"
    yield Path("/dev/shm/tuneyard")  # noqa: S108 - the last place that can be written, if any


def _make(folder: JobFolder, given: Given) -> None:
    """Makes what isn't there; a folder that another pod left on a volume is taken over."""
    folder.make()
    pod = boots.Boots(folder)
    if pod.data.get("pod") == given.pod:
        return
    for mark in ("stop", "pod.term", "pod.end", "pod.collected", "pod.again", "pod.again.taken"):
        (folder.path / mark).unlink(missing_ok=True)
    masking.remember(folder.masks, given.secrets.values())
    write_bytes(folder.runner, Path(given.program).read_bytes())
    (folder.path / "pod.spare").write_bytes(bytes(_SPARE))
    folder.plan.unlink(missing_ok=True)
    write_json(folder.job, dict(given.job))
    newest = max(folder.attempts(), default=0)
    write_json(folder.state, {"state": State.QUEUED.value, "attempt": newest})
    boots.begin_attempt(folder)
    pod.begin(given.pod)  # with this, the rest counts


def _plan(job: dict[str, Any], given: Given) -> Plan:
    count = len(gpus.present()) if given.gpus is None else given.gpus
    place = {"gpus": count, "python": sys.executable, "pod": True}
    try:
        rules = importlib.import_module(f"{job['package']}.rules")
        found = rules.problems(job["settings"], job["results"], place)
        errors = [problem for problem in found if problem.severity == "error"]
        if not errors:
            steps = importlib.import_module(f"{job['package']}.steps")
            made: Plan = steps.plan(job, place)
    except Exception as error:
        raise CannotBegin(words.unplanned(error)) from error
    if errors:
        first, *others = errors
        lines = tuple(problem.sentence for problem in others)
        raise CannotBegin(Cause(first.code, first.sentence, first.next_step, lines=lines))
    _must_have_secrets(made, given)
    _must_have_gpus(made)
    return made


def _must_have_secrets(plan: Plan, given: Given) -> None:
    held = dict(_held(plan, given))
    if lacking := environ.missing(plan.secrets, held):
        unknown = [name for name in given.unresolved if name in _names(plan)]
        raise CannotBegin(words.lacks(lacking, unknown))


def _must_have_gpus(plan: Plan) -> None:
    if plan.needs.gpus and (found := len(gpus.present())) < plan.needs.gpus:
        raise CannotBegin(words.no_gpu(plan.needs.gpus, found))


def _held(plan: Plan, given: Given) -> Iterator[tuple[str, str]]:
    """The secrets that a plan names and the pod was really given."""
    for name in _names(plan):
        if given.environ.get(name) and name not in given.unresolved:
            yield name, given.environ[name]


def _names(plan: Plan) -> set[str]:
    return {name for secret in plan.secrets for name in (secret.name, secret.fallback) if name}


def _as_if_here(job: Any, home: Path) -> dict[str, Any]:
    settings = {
        name: str(home / "inputs" / value.removeprefix(inputs.MARK))
        if isinstance(value, str) and value.startswith(inputs.MARK)
        else value
        for name, value in job["settings"].items()
    }
    return {**job, "settings": settings}


def event(folder: JobFolder, name: str, **more: Any) -> None:
    append_line(folder.events, {"t": time.time(), "event": name, **more})
