"""Jobs in rented pods, rehearsed: real attendants, real pods as processes here, short limits."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import Settings, of_this_program
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines
from tuneyard.runner.states import State
from waiting import wait_for

LIMITS = {
    "poll": 0.05,
    "look": 0.2,
    "settle": 2.0,
    "capacity": 20.0,
    "start": 60.0,
    "silence": 1.5,
    "end": 5.0,
    "large": 0.2,
}
POD_LIMITS = {"poll": 0.05, "end_pause": 0.2}

_ATTENDANT = b"tuneyard.jobs.remote.attend"


@dataclass
class Rented:
    home: Path
    practice: Practice

    @property
    def manager(self) -> Manager:
        return Manager(self.home)

    def start(
        self, script: str, *, compute: Mapping[str, Any] | None = None, **more: Any
    ) -> JobFolder:
        """A job of a few lines of bash."""
        return self.manager.start(
            build(
                {
                    "recipe": "script",
                    "name": f"far-{os.getpid()}",  # no other process has a job of this id
                    "settings": {"script": f"#!/bin/bash\nset -e\n{script}", **more},
                    "compute": {"name": "runpod", **(compute or {})},
                }
            )
        )

    def ended(self, folder: JobFolder, seconds: float = 120.0) -> dict[str, Any]:
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
            if _ATTENDANT in command and home in command:
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


def seen_by_pods(trainer_python: str) -> tuple[str, ...]:
    """The trainer's environment, and the Python below it: a rehearsal builds none anew."""
    environment = Path(trainer_python).parents[1]
    return str(environment), str(Path(trainer_python).resolve().parents[1])


class Rent(Protocol):
    """Pods see `kept`, although no image has it."""

    def __call__(
        self, faults: Faults | None = None, kept: tuple[str, ...] = ()
    ) -> AbstractContextManager[Rented]: ...


@pytest.fixture
def rent(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Rent:
    """A RunPod of its own with these faults, which this home's attendants talk to."""
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", json.dumps(LIMITS))
    monkeypatch.setenv("TUNEYARD_POD_LIMITS", json.dumps(POD_LIMITS))

    @contextmanager
    def renting(faults: Faults | None = None, kept: tuple[str, ...] = ()) -> Iterator[Rented]:
        settings = Settings(
            tmp_path / "practice",
            pull=0.1,
            boot=0.05,
            pause=0.3,
            warm=0.05,
            heartbeat=1.0,
            hidden=of_this_program(),
            kept=kept,
        )
        with Practice(settings, faults) as runpod:
            monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
            monkeypatch.setenv("TUNEYARD_RUNPOD_PROXY", runpod.proxy)
            monkeypatch.setenv("RUNPOD_API_KEY", runpod.key())
            found = Rented(home, runpod)
            yield found
            found.end_attendants()

    return renting


@pytest.fixture
def rented(rent: Rent) -> Iterator[Rented]:
    with rent() as found:
        yield found
