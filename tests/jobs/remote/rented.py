"""Jobs that run in rehearsed pods, for tests."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines
from tuneyard.runner.states import State
from waiting import wait_for

ATTENDANT = b"tuneyard.jobs.remote.attend"


@dataclass
class Rented:
    home: Path
    practice: Practice

    @property
    def manager(self) -> Manager:
        return Manager(self.home)

    def start(self, script: str, *, compute: Mapping[str, Any] | None = None, **more: Any) -> JobFolder:
        """A job of a few lines of bash."""
        return self.manager.start(
            build(
                {
                    "recipe": "script",
                    "name": "far",
                    "settings": {"script": f"#!/bin/bash\nset -e\n{script}", **more},
                    "compute": {"name": "runpod", **(compute or {})},
                }
            )
        )

    def ended(self, folder: JobFolder, seconds: float = 60.0) -> dict[str, Any]:
        """The state once the job is over and its attendant has left."""
        newest = max(folder.attempts())

        def over() -> bool:
            now = read_json(folder.state)
            done = now.get("attempt") == newest and State(now["state"]).ended
            return done and not held(folder.runner_lock)

        wait_for(over, seconds, lambda: f"the end of {self.story(folder)}")
        return read_json(folder.state)

    def story(self, folder: JobFolder) -> str:
        """All that is known of a job, for a test that fails."""
        trouble = folder.path / "runner.log"
        parts = [
            folder.state.read_text(),
            (folder.path / "home.json").read_text() if (folder.path / "home.json").exists() else "",
            *(str(line) for line in read_lines(folder.events)),
            folder.log.read_text(errors="replace")[-2000:] if folder.log.exists() else "",
            trouble.read_text() if trouble.exists() else "",
            *(f"{pod.id} {pod.status}" for pod in self.practice.pods),
        ]
        return "\n".join(parts)

    def attendants(self) -> list[int]:
        """Processes that look after a job of this home."""
        home = f"{self.home}/jobs/".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                command = (place / "cmdline").read_bytes()
            except OSError:  # ended just now
                continue
            if ATTENDANT in command and home in command:
                found.append(int(place.name))
        return found

    def end_attendants(self) -> None:
        for pid in self.attendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def events(folder: JobFolder, name: str) -> list[dict[str, Any]]:
    return [line for line in read_lines(folder.events) if line["event"] == name]
