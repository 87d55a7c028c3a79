"""One job as one object: what ``--json`` prints of it, and what `show` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import read_json_or, read_lines
from tuneyard.runner.masking import Masker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tuneyard.jobs.manager import Manager
    from tuneyard.runner.folder import JobFolder

# For the reference; a test holds it against what is printed.
FIELDS = {
    "format": "1",
    "id": "the job's id",
    "name": "its name, as the job file has it",
    "recipe": "what it trains with",
    "compute": "where it runs",
    "folder": "the path of its folder",
    "state": "queued, provisioning, preparing, training, finishing, succeeded, failed, stopped or "
    "lost; null if the folder can't be read",
    "phase": "prepare, train or finish; null before the first step",
    "attempt": "how many times it was started",
    "attempts": "of each: number, created (seconds since 1970), overrides (path to value), only "
    "(names of steps, if it was to run these alone)",
    "started": "seconds since 1970; when its newest attempt began",
    "ended": "seconds since 1970; when it ended",
    "steps": "of each: n, name, title, phase, state (done, running, failed, stopped, lost or "
    "waiting), exit (its code), seconds, attempt",
    "progress": "step, steps, epoch, epochs, seconds_left; each where the trainer says it",
    "figure": "the figure that best says how it goes, by its name",
    "needs": "names of secrets that it waits for",
    "waiting": "what else it waits for: for, before (jobs ahead of it); or null",
    "warnings": "of each: t, title, sentence, next_step",
    "cause": "why it ended badly: code, sentence, next_step, fix, lines; or null",
    "outputs": "of each file: path, bytes",
    "samples": "of each file: path, bytes",
    "log": "path, bytes",
}


def shown(manager: Manager, folder: JobFolder) -> dict[str, Any]:
    """All of `FIELDS`; secrets are masked in whatever a trainer may have said."""
    state = manager.state(folder)
    job = read_json_or(folder.job, {})
    masker = Masker.of_job(folder.masks)
    return {
        "format": 1,
        "id": folder.id,
        "name": job.get("name", ""),
        "recipe": job.get("recipe", ""),
        "compute": job.get("compute", {}).get("name", ""),
        "folder": str(folder.path),
        "state": state["state"],
        "phase": state.get("phase"),
        "attempt": state.get("attempt", 0),
        "attempts": [_attempt(folder, number) for number in folder.attempts()],
        "started": state.get("started"),
        "ended": state.get("ended"),
        "steps": list(_steps(folder, state)),
        "progress": state.get("progress") or {},
        "figure": state.get("figure") or {},
        "needs": state.get("needs") or [],
        "waiting": state.get("waiting"),
        "warnings": masked(list(_warnings(folder)), masker),
        "cause": masked(state.get("cause"), masker),
        "outputs": list(files_in(folder.outputs)),
        "samples": list(files_in(folder.samples)),
        "log": {"path": str(folder.log), "bytes": _size(folder.log)},
    }


def masked(data: Any, masker: Masker) -> Any:
    """The same JSON with secrets masked in every text."""
    if isinstance(data, str):
        return masker.text(data)
    if isinstance(data, dict):
        return {name: masked(value, masker) for name, value in data.items()}
    if isinstance(data, list):
        return [masked(value, masker) for value in data]
    return data


def _attempt(folder: JobFolder, number: int) -> dict[str, Any]:
    attempt = read_json_or(folder.attempt(number), {})
    return {
        "number": number,
        "created": attempt.get("created"),
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
    stopped = state["state"] == "stopped" and record["attempt"] == state.get("attempt")
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
