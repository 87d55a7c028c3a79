"""A job as one object, whole or as a row of a list: what CLI, API and page show of it.

Imports nothing slow: a list of ten thousand jobs is to come at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.base import recipes
from tuneyard.recipes.hub.about import endpoint
from tuneyard.runner.folder import FolderError, JobFolder, read_json_or, read_lines
from tuneyard.runner.masking import Masker
from tuneyard.runner.states import State, can_save

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tuneyard.recipes.base import Recipe

    from .store import Store

# For the reference; tests hold both against what is given.
ROW = {
    "id": "the job's id",
    "name": "its name",
    "recipe": "what it trains with",
    "compute": "where it runs",
    "state": "as in `show`",
    "outcome": "as in `show`",
    "attempt": "how many times it was started",
    "created": "seconds since 1970; when it was made",
    "started": "seconds since 1970; when its newest attempt began",
    "ended": "seconds since 1970, or null",
    "progress": "step, steps, epoch, epochs, epoch_steps (of one epoch), seconds_left; where known",
    "figure": "the figure that best says how it goes, by its name",
    "needs": "names of secrets that it waits for",
    "waiting": "what else it waits for: for, …; or null",
    "stopping": "save or now, if it was asked to stop; or null",
    "cause": "why it ended badly: code, sentence, next_step, …; or null",
    "sampled": "whether it made anything to listen to or look at",
    "pod": "what it rents: id, name, gpu, gpu_count, cloud, dollars_an_hour, spent, created, ended, "
    "deadline, url; or null",
}

FIELDS = {
    "format": "1",
    "id": "the job's id",
    "name": "its name, as the job file has it",
    "recipe": "what it trains with",
    "compute": "where it runs",
    "folder": "the path of its folder",
    "repository": "where its results are pushed on the Hugging Face Hub: name, url; or null",
    "state": "queued, provisioning, preparing, training, finishing, succeeded, failed, stopped or "
    "lost; null if the folder can't be read",
    "outcome": "how it came out in its pod, while that still waits or is on its way to its end; or null",
    "phase": "prepare, train or finish; null before the first step",
    "attempt": "how many times it was started",
    "attempts": "of each: number, created (seconds since 1970), profile, overrides (path to value), only "
    "(names of steps, if it was to run these alone)",
    "created": "seconds since 1970; when it was made",
    "started": "seconds since 1970; when its newest attempt began",
    "ended": "seconds since 1970; when it ended",
    "steps": "of each: n, name, title, phase, state (done, running, failed, stopped, lost or "
    "waiting), exit (its code), seconds, attempt",
    "progress": "step, steps, epoch, epochs, epoch_steps (of one epoch), seconds_left; each where "
    "the trainer says it",
    "figure": "the figure that best says how it goes, by its name",
    "needs": "names of secrets that it waits for",
    "waiting": "what else it waits for: for (gpu, offer, pod, inputs, push, results, end), before (jobs "
    "ahead of it), said (the newest words of RunPod or the pod), upload (sent, bytes); or null",
    "stopping": "save or now, if it was asked to stop; or null",
    "can_save": "whether it can save a checkpoint now and go on",
    "saving": "seconds since 1970; since when a checkpoint is awaited that was asked for; or null",
    "warnings": "of each: t, title, sentence, next_step",
    "cause": "why it ended badly: code, sentence, next_step, fix, lines; or null",
    "sampled": "whether it made anything to listen to or look at",
    "pod": "what it rents: id, name, gpu, gpu_count, cloud, dollars_an_hour, spent (dollars so far), "
    "created, ended, deadline (when it ends itself), url; or null",
    "fix": "settings to resume with, by which the next step of the cause is followed",
    "outputs": "of each file: path, bytes",
    "samples": "of each file: path, bytes",
    "log": "path, bytes",
}


def row(store: Store, state: Mapping[str, Any]) -> dict[str, Any]:
    """All of `ROW`, from a state as `Store.states` gives it."""
    folder = JobFolder(store.folder / state["id"])
    try:
        return _brief(folder, state, read_json_or(folder.job, {}))
    except (FolderError, OSError):  # one broken folder is not to hide all others
        return _brief(folder, {"id": folder.id, "state": None}, {})


def view(store: Store, folder: JobFolder) -> dict[str, Any]:
    """All of `FIELDS`; secrets are masked in whatever a trainer may have said."""
    asked = _asked_to_save(
        folder
    )  # before the state: the runner notes the wish, then takes it away
    state = store.state(folder)
    job = read_json_or(folder.job, {})
    masker = Masker.of_job(folder.masks)
    attempts = [_attempt(folder, number) for number in folder.attempts()]
    return {
        "format": 1,
        **_brief(folder, state, job),
        "folder": str(folder.path),
        "repository": _repository(job, attempts),
        "phase": state.get("phase"),
        "attempts": attempts,
        "steps": list(_steps(folder, state)),
        "can_save": can_save(state) and _stopping(folder, state) is None,
        "saving": _saving(state, asked),
        "warnings": masked(list(_warnings(folder)), masker),
        "fix": fix(state.get("cause") or {}, job.get("recipe", "")),
        "outputs": list(files_in(folder.outputs)),
        "samples": [
            each for each in files_in(folder.samples) if not each["path"].endswith(".json")
        ],
        "log": {"path": str(folder.log), "bytes": _size(folder.log)},
    }


def fix(cause: Mapping[str, Any], recipe: str) -> dict[str, str]:
    """Settings that a resume may set anew to follow a cause's advice, where that names values."""
    found: Mapping[str, str] = cause.get("fix") or {}
    known = recipes().get(recipe) if found else None
    return {name: value for name, value in found.items() if known and _fits(known, name, value)}


def masked(data: Any, masker: Masker) -> Any:
    """The same JSON with secrets masked in every text."""
    if isinstance(data, str):
        return masker.text(data)
    if isinstance(data, dict):
        return {name: masked(value, masker) for name, value in data.items()}
    if isinstance(data, list):
        return [masked(value, masker) for value in data]
    return data


def _brief(folder: JobFolder, state: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    cause = state.get("cause")
    return {
        "id": folder.id,
        "name": job.get("name", ""),
        "recipe": job.get("recipe", ""),
        "compute": job.get("compute", {}).get("name", ""),
        "state": state["state"],
        "outcome": state.get("outcome"),
        "attempt": state.get("attempt", 0),
        "created": _created(folder),
        "started": state.get("started"),
        "ended": state.get("ended"),
        "progress": state.get("progress") or {},
        "figure": state.get("figure") or {},
        "needs": state.get("needs") or [],
        "waiting": state.get("waiting"),
        "stopping": _stopping(folder, state),
        "cause": cause and masked(cause, Masker.of_job(folder.masks)),
        "sampled": _sampled(folder),
        "pod": _pod(state),
    }


def _created(folder: JobFolder) -> float | None:
    """job.json is never changed: its time is the job's."""
    try:
        return folder.job.stat().st_mtime
    except OSError:
        return None


def _stopping(folder: JobFolder, state: Mapping[str, Any]) -> str | None:
    if state["state"] is None or State(state["state"]).ended:
        return None
    with contextlib.suppress(OSError):
        if asked := folder.stop.read_text(encoding="utf-8").strip():
            return asked
    noted: str | None = (state.get("stopping") or {}).get("how")  # asked elsewhere, of its pod
    return noted


def _asked_to_save(folder: JobFolder) -> float | None:
    """When a wish came that nobody has taken notice of so far."""
    with contextlib.suppress(OSError):
        return folder.save.stat().st_mtime
    return None


def _saving(state: Mapping[str, Any], asked: float | None) -> float | None:
    if not can_save(state):
        return None
    known: float | None = (state.get("saving") or {}).get("at")
    return known or asked


def _sampled(folder: JobFolder) -> bool:
    try:
        return any(not name.startswith(".") for name in os.listdir(folder.samples))  # noqa: PTH208
    except OSError:
        return False


def _pod(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """With what it cost so far, by the clock and the price."""
    pod = state.get("pod")
    if not pod:
        return None
    created, until = pod["created"], pod["ended"] or time.time()
    hours = max(0.0, until - created) / 3600 if created else 0.0
    return {**pod, "spent": round(hours * pod["dollars_an_hour"], 4)}


def _repository(job: Mapping[str, Any], attempts: list[dict[str, Any]]) -> dict[str, str] | None:
    """Its newest: an attempt may have named another one."""
    names = [job.get("results", {}).get("repository", "")]
    names += [attempt["overrides"].get("results.repository", "") for attempt in attempts]
    name = next((name for name in reversed(names) if name), "")
    return {"name": name, "url": f"{endpoint()}/{name}"} if name else None


def _fits(recipe: Recipe, name: str, value: str) -> bool:
    try:
        recipe.settings.model_validate({name: value})
    except ValueError:  # the advice is in words
        return False
    return True


def _attempt(folder: JobFolder, number: int) -> dict[str, Any]:
    attempt = read_json_or(folder.attempt(number), {})
    return {
        "number": number,
        "created": attempt.get("created"),
        "profile": attempt.get("profile", ""),
        "overrides": attempt.get("overrides", {}),
        "only": attempt.get("only"),
    }


def _steps(folder: JobFolder, state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    running = (state.get("step") or {}).get("n") if state.get("ended") is None else None
    for number, step in enumerate(read_json_or(folder.plan, {}).get("steps", []), start=1):
        record = read_json_or(folder.finished(str(number)), {})
        yield {
            "n": number,
            "name": step["name"],
            "title": step["title"],
            "phase": step["phase"],
            "state": _step_state(record, state, running=number == running),
            "exit": record.get("exit"),
            "seconds": round(record["ended"] - record["started"], 3) if record else None,
            "attempt": record.get("attempt"),
        }


def _step_state(record: Mapping[str, Any], state: Mapping[str, Any], *, running: bool) -> str:
    if running and record.get("attempt") != state.get("attempt"):
        return "running"
    if not record:
        return "waiting"
    if record["exit"] == 0:
        return "done"
    if record["exit"] is None:
        return "lost"
    stopped = "stopped" in {state["state"], state.get("outcome")} and record[
        "attempt"
    ] == state.get("attempt")
    return "stopped" if stopped else "failed"


def _warnings(folder: JobFolder) -> Iterator[dict[str, Any]]:
    for event in read_lines(folder.events):
        if event.get("event") == "warning":
            cause = event.get("cause") or {}
            yield {
                "t": event.get("t"),
                "title": event.get("title", event.get("step", "")),
                "sentence": cause.get("sentence", f"It ended with exit code {event.get('exit')}."),
                "next_step": cause.get("next_step", ""),
            }


def files_in(place: Path) -> Iterator[dict[str, Any]]:
    """Path and bytes of each file that is complete: hidden folders are being made."""
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
        if not hidden and path.is_file():
            yield {"path": str(path), "bytes": path.stat().st_size}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
