"""Job folders made by hand: any steps, short limits, no recipe."""

import os
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tuneyard.runner import pack, wrap
from tuneyard.runner.folder import JobFolder, held, read_json, write_json
from tuneyard.runner.states import State
from tuneyard.runner.step import Needs, Phase, Plan, Step
from waiting import wait_for

# Of this process alone: whatever runs of a job is found by its id.
JOB = f"20261122-120000-by-hand-{os.getpid()}"

SHORT = {"poll": 0.02, "linger": 0.3, "revive": 0.1, "side_tasks": 5.0, "save": 0.02}


def shell(name: str, script: str, phase: Phase = "train", **more: Any) -> Step:
    return Step(name, name.capitalize(), phase, ("sh", "-c", script), **more)


def make(
    home: Path,
    steps: Iterable[Step],
    *,
    job_id: str = JOB,
    limits: Mapping[str, float] | None = None,
    module: str = "",
    events: str = "",
    gpus: int = 0,
    files: Mapping[str, str] | None = None,
    modules: Iterable[Path] = (),
    settings: Mapping[str, Any] | None = None,
) -> JobFolder:
    """A queued job's folder; `launch` starts it. `modules` are packed beside the runner."""
    folder = JobFolder(home / "jobs" / job_id)
    folder.make()
    job = {"id": job_id, "recipe": "piper", "name": "by-hand", "settings": settings or {}}
    write_json(folder.job, {**job, "compute": {"name": "local"}, "results": {}})
    write_json(folder.state, {"state": State.QUEUED.value, "attempt": 0})
    plan = Plan("by-hand", module, tuple(steps), files or {}, Needs(gpus=gpus), events)
    write_json(folder.plan, {**plan.as_json(), "limits": {**SHORT, **(limits or {})}})
    pack.pack(folder.runner)
    with zipfile.ZipFile(folder.runner, "a") as archive:
        for path in modules:
            archive.write(path, path.name)
    write_json(folder.attempt(1), {})
    return folder


def launch(folder: JobFolder, environment: Mapping[str, str] | None = None) -> None:
    """Starts a runner, under the Python that TUNEYARD_TEST_RUNNER names if it is set."""
    python = os.environ.get("TUNEYARD_TEST_RUNNER", sys.executable)
    wrap.launch(os.path.realpath(python), folder, {**os.environ, **(environment or {})})


def again(folder: JobFolder, **attempt: Any) -> None:
    """A further attempt of a job that ended."""
    folder.stop.unlink(missing_ok=True)
    write_json(folder.attempt(max(folder.attempts()) + 1), attempt)
    launch(folder)


def state(folder: JobFolder) -> dict[str, Any]:
    return read_json(folder.state)


def ended(folder: JobFolder, seconds: float = 60.0) -> dict[str, Any]:
    """The state once the newest attempt has ended and its runner has left."""
    newest = max(folder.attempts())

    def over() -> bool:
        now = state(folder)
        done = now["attempt"] == newest and State(now["state"]).ended
        return done and not held(folder.runner_lock)

    wait_for(over, seconds, f"the end of {folder.id}: {state(folder)}")
    return state(folder)
