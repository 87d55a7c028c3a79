"""All that the API can be asked, taken from its own OpenAPI: for tests over every route."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, append_line, read_json, write_json
from tuneyard.runner.masking import remember
from tuneyard.server.app import create_app
from tuneyard.server.context import Context
from tuneyard.server.index import Index


@dataclass(frozen=True)
class Operation:
    """One method at one path, such as ``GET /api/jobs/{job_id}``."""

    method: str
    path: str
    details: dict[str, Any] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """Of its path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def has_body(self) -> bool:
        return "application/json" in self.details.get("requestBody", {}).get("content", {})

    def at(self, **values: str) -> str:
        """Its path, with values for its parameters as a server decoded them."""
        return self.path.format(**values)


def operations(app: FastAPI | None = None) -> list[Operation]:
    paths = (app or _any_app()).openapi()["paths"]
    return [
        Operation(method.upper(), path, details)
        for path, methods in paths.items()
        for method, details in methods.items()
    ]


def _any_app() -> FastAPI:
    """Of a home that is never looked at: the OpenAPI is the same for all."""
    manager = Manager(Path("/nonexistent"))
    return create_app(Context(manager, Index(manager)))


OPERATIONS = operations()

# What a `stocked` home has, by the names of the paths' parameters.
KNOWN = {"path": "outputs/voice.onnx", "upload": "none", "setting": "language", "pod": "none"}


def known(operation: Operation, job: JobFolder) -> str:
    """The operation's path, of things that are there."""
    about_recipes = operation.path.startswith("/api/recipes")
    name = "piper" if about_recipes else "HF_TOKEN"
    return operation.at(**{**KNOWN, "job_id": job.id, "name": name})


def stock(home: Path, name: str = "stocked") -> JobFolder:
    """A job of the recipe `toy` that has ended, with one of everything that a job leaves."""
    folder = Manager(home).create(build({"recipe": "toy", "name": name}))
    write_json(folder.state, {**read_json(folder.state), "state": "succeeded", "attempt": 1})
    (folder.outputs / "voice.onnx").write_bytes(b"a voice")
    group = folder.samples / "e1"
    group.mkdir()
    (group / "a.wav").write_bytes(b"RIFF")
    samples = [{"file": "a.wav", "text": "Hello.", "seconds": 1.0, "silent": False}]
    write_json(group / "samples.json", {"epoch": 0, "samples": samples})
    (folder.work / "last.ckpt").write_bytes(b"a checkpoint")
    folder.log.write_bytes(b"a line\n" * 100)
    for step in range(20):
        append_line(folder.metrics, {"t": 1.0 + step, "step": step, "loss": 2.0 / (step + 1)})
    append_line(folder.events, {"t": 1.0, "event": "checkpoint", "path": "last.ckpt", "bytes": 12})
    remember(folder.masks, ["hf_a_secret_of_the_stocked_job"])
    return folder
