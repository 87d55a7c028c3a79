"""Jobs of the recipe `script`: built, started and followed as anybody's would be."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jobs_by_hand
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.script.settings import Settings
from tuneyard.runner.folder import JobFolder, read_json, read_lines

BASH = "#!/bin/bash\nset -eu\n"
PYTHON = "#!/usr/bin/env python3\n"


def complete(**settings: Any) -> dict[str, Any]:
    """Settings with every gap filled in."""
    return Settings(**settings).model_dump()


def a_job(base: Path | None = None, repository: str = "", **settings: Any) -> jobs.Job:
    data = {
        "recipe": "script",
        "name": "mine",
        "settings": {"gpus": 0, **settings},
        "results": {"repository": repository},
    }
    return jobs.build(data, base=base)


def run(manager: Manager, job: jobs.Job) -> tuple[JobFolder, dict[str, Any]]:
    """Its folder and its state, once it has ended."""
    folder = manager.start(job)
    return folder, jobs_by_hand.ended(folder)


def resume(manager: Manager, folder: JobFolder, **overrides: Any) -> dict[str, Any]:
    manager.resume(folder, overrides)
    return jobs_by_hand.ended(folder)


def log(folder: JobFolder) -> str:
    return folder.log.read_text(encoding="utf-8")


def metrics(folder: JobFolder) -> list[dict[str, Any]]:
    """Without their times."""
    return [
        {name: value for name, value in line.items() if name != "t"}
        for line in read_lines(folder.metrics)
    ]


def events(folder: JobFolder, name: str) -> list[dict[str, Any]]:
    return [event for event in read_lines(folder.events) if event["event"] == name]


def outputs(folder: JobFolder) -> dict[str, str]:
    found = (path for path in folder.outputs.rglob("*") if path.is_file())
    return {str(path.relative_to(folder.outputs)): path.read_text() for path in found}


def as_json(path: Path) -> Mapping[str, Any]:
    return read_json(path)


def said(folder: JobFolder) -> dict[str, str]:
    """What a script left as ``said.json`` in its outputs."""
    found: dict[str, str] = json.loads((folder.outputs / "said.json").read_text())
    return found
