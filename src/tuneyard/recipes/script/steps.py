"""The plan of a script of one's own: its steps, its side tasks, and what its watcher notes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import usual
from tuneyard.recipes.script import secrecy
from tuneyard.recipes.script.rules import CAUSES
from tuneyard.runner.step import Needs, Plan, Secret, Seen, Step, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "SPEED", "plan", "seen", "side_tasks"]

# What a script does in a step is its own affair: no other job's speed says anything of it.
SPEED = ()

_PACKAGE = "tuneyard.recipes.script"
_OWN = ".tuneyard"  # in work/: what is ours, apart from the script's files

_SCRIPT = ("source", "script", "file", "address", "sha256", "entry", "files", "files_use")
_RUN = ("interpreter", "arguments", "environment", "secrets", "requirements", "python_versions")


def plan(job: Mapping[str, Any], place: Mapping[str, Any]) -> Plan:
    """The plan of a job with complete settings; `place` is ``{"gpus": how many}``."""
    settings, results = job["settings"], job["results"]
    gpus = _gpus(settings, place)
    return Plan(
        recipe="script",
        module=f"{_PACKAGE}.steps",
        steps=tuple(_steps(settings, results, gpus)),
        files=_files(job, place),
        needs=Needs(
            disk_gb=settings["disk_gb"],
            gpus=gpus,
            gpu_memory_gb=settings["gpu_memory_gb"] if gpus else None,
            source="as the job says: nobody else knows what a script needs",
        ),
        events=f"work/{_OWN}/events.jsonl",
        notes=tuple(_notes(settings)),
    )


def seen(line: bytes) -> Seen | None:
    """One line of ``.tuneyard/events.jsonl``, as `watcher` writes it."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    known = ("metrics", "progress", "event")
    return Seen(**{name: data.get(name) for name in known}) if isinstance(data, dict) else None


def side_tasks(event: Mapping[str, Any], job: Mapping[str, Any]) -> Iterator[Step]:
    """Each checkpoint is pushed, if there is a repository to push it to."""
    if event["event"] != "checkpoint" or not job["results"]["repository"]:
        return
    path = event["path"]
    # The same file may be written again and again: each version is a task of its own.
    mark = hashlib.sha256(f"{path} {event.get('modified')}".encode()).hexdigest()[:12]
    yield usual.push_early(mark, path, _ours("push", "--checkpoint", path))


def _gpus(settings: Mapping[str, Any], place: Mapping[str, Any]) -> int:
    """As many as it asks for; else one of this computer's, and all of a pod's, which is its own."""
    chosen, there = settings["gpus"], int(place.get("gpus") or 0)
    if chosen is not None:
        return int(chosen)
    return there if place.get("pod") else min(1, there)


def _steps(settings: Mapping[str, Any], results: Mapping[str, Any], gpus: int) -> Iterator[Step]:
    def reads(*names: str) -> dict[str, Any]:
        return {name: settings[name] for name in names}

    if settings["requirements"]:
        yield usual.set_up(
            "Set up the script's Python",
            reads("requirements", "python_versions"),
            "jobs with the same packages",
            (f"{_OWN}/environment.json", f"{_OWN}/python.json"),
            until="train",
        )
    if results["repository"]:
        yield usual.set_up(
            "Set up what pushes results",
            {},
            "jobs that run a script",
            (f"{_OWN}/tools.json", f"{_OWN}/tools-python.json"),
            name="tools",
        )
    local = {"file": ("file",), "folder": (), "inline": (), "address": ()}[settings["source"]]
    yield Step(
        name="script",
        title="Fetch the script" if settings["source"] == "address" else "Put the script in place",
        phase="prepare",
        command=_ours("prepare"),
        reads=reads(*_SCRIPT, "interpreter"),
        inputs=tuple(settings[name] for name in (*local, "files") if settings[name]),
    )
    yield Step(
        name="train",
        title="Run the script",
        phase="train",
        command=_ours("run"),
        env={} if gpus else {"CUDA_VISIBLE_DEVICES": ""},
        secrets=tuple(_secrets(settings)),
        reads=reads(*_RUN),
        stop=Stop(
            signal=settings["stop_signal"],
            file=settings["stop_file"],
            grace=settings["grace"],
        ),
        gpu=gpus > 0,
    )
    yield Step(
        name="collect",
        title="Collect the results",
        phase="finish",
        command=_ours("collect"),
        reads=reads("outputs"),
        optional=True,
    )
    yield from usual.push_at_end(results, _ours("push"))


def _secrets(settings: Mapping[str, Any]) -> Iterator[Secret]:
    names = {secrecy.secret_names(entry)[1] for entry in settings["secrets"]}
    for name in sorted(names):
        yield Secret(name, fallback=secrecy.SECRETS.get(name, ""), required=True)


def _ours(module: str, *arguments: str) -> tuple[str, ...]:
    return ("${python}", "${runner}", "call", f"{_PACKAGE}.{module}", *arguments)


def _files(job: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, str]:
    settings = job["settings"]
    preferred = place.get("python", "")
    texts: dict[str, Any] = {
        "job.json": {name: job[name] for name in ("id", "name", "settings", "results")},
        "tools.json": {
            "requirements": ["huggingface_hub==2.4.0"],
            "python": ">=3.10,<3.15",
            "preferred": preferred,
            "imports": ["huggingface_hub"],
        },
    }
    if settings["requirements"]:
        texts["environment.json"] = {
            "requirements": settings["requirements"],
            "python": settings["python_versions"],
            "preferred": preferred,
            "imports": ["sys"],
        }
    return {f"work/{_OWN}/{name}": json.dumps(data) + "\n" for name, data in texts.items()}


def _notes(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["files"] and settings["files_use"] == "copy":
        yield "The folder's files are copied to where the script runs."
    if not settings["outputs"]:
        yield "No results are named: what the script writes into $TUNEYARD_OUTPUTS is kept as such."
    if not settings["checkpoints"]:
        yield "Resuming starts the script again, beside what it left: it must go on by itself."
