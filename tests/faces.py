"""Faces of pods by hand: a job's folder as a guard leaves it, and the process that serves it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tuneyard.runner import masking
from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.pod.face import Face
from tuneyard.runner.pod.serve import serving
from tuneyard.runner.states import State

TOKEN = "the-face-of-this-job-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
INCARNATION = "00ff00ff"

_SOURCE = Path(masking.__file__).parents[2]


def pods_folder(
    home: Path,
    *,
    inputs: list[dict[str, Any]] | None = None,
    secrets: tuple[str, ...] = (),
    state: State = State.PREPARING,
) -> JobFolder:
    """What a guard has made before its face starts."""
    folder = JobFolder(home / "jobs" / "20261122-120000-in-a-pod")
    folder.make()
    write_json(folder.job, {"id": folder.id, "recipe": "toy", "inputs": inputs or []})
    write_json(folder.state, {"state": state.value, "attempt": 1})
    write_json(folder.path / "pod.json", {"incarnation": INCARNATION, "boots": [1.0]})
    masking.remember(folder.masks, [TOKEN, *secrets])
    return folder


class FaceProcess:
    """One that runs: its address, and how to end it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=BEARER, timeout=30, **more)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def face_of(
    folder: JobFolder,
    *,
    python: str = sys.executable,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Iterator[FaceProcess]:
    """A face as a process of its own, at a free port unless one is named."""
    ours = {
        "PYTHONPATH": str(_SOURCE),
        "TUNEYARD_FACE_TOKEN": TOKEN,
        "TUNEYARD_FACE_PORT": str(port),
        "TUNEYARD_DEADLINE": "2000000000",
    }
    command = [python, "-S", "-m", "tuneyard.runner.pod.serve", str(folder.path)]
    process = subprocess.Popen(
        command, env={**os.environ, **ours, **(environ or {})}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert "listens on port" in line, line
        yield FaceProcess(process, int(line.rpartition(" ")[2]))
    finally:
        process.kill()
        process.communicate()


@contextmanager
def served(folder: JobFolder, **settings: Any) -> Iterator[httpx.Client]:
    """A face within this process, and a client of it; `settings` replace what it has by default."""
    face = Face(folder, TOKEN)
    for name, value in settings.items():
        assert hasattr(face, name), name
        setattr(face, name, value)
    with serving(face, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            with httpx.Client(base_url=url, headers=BEARER, timeout=30) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()
