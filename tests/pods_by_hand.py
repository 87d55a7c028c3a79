"""Pods made by hand: the start command as a local process, with a stand-in for RunPod.

The stand-in knows nothing but how a pod asks to be ended; tests/fakes and practice/ have
the whole of RunPod.
"""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from tuneyard.compute.runpod import program
from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder, read_json, read_lines
from waiting import wait_for

POD = "pod4canary"
KEY = "rpa_CANARYKEYOFTHEPOD0123456789"
TOKEN = "face-CANARY-token-0123456789"
# Of this process alone: whatever runs of a job is found by its id.
JOB = f"20261122-120000-in-a-pod-{os.getpid()}"

# Trains until it is asked to save.
SLOW = (
    "trap 'echo saved > ../outputs/saved; exit 0' TERM; touch begun; while :; do sleep 0.05; done"
)
TOKENS = {"HF_TOKEN": "hf_CANARYFORREADING01234", "HF_WRITE_TOKEN": "hf_CANARYFORWRITING0123"}

SHA = "ab" * 32
INPUT = {"sha256": SHA, "bytes": 3, "name": "clip.wav", "kind": "file", "place": ""}

SHORT_JOB = {"poll": 0.02, "linger": 0.3, "revive": 0.2, "side_tasks": 5.0, "save": 0.02}
SHORT = {
    "poll": 0.02,
    "save": 2.0,
    "push": 2.0,
    "share": 1.0,
    "mirror": 0.1,
    "end_pause": 0.05,
    "end_longest": 0.2,
    "believe": 0.1,
    "restart": 0.05,
    "restart_longest": 0.2,
}


class Answers:
    """How the stand-in answers, by method and what is asked: a status, and a body."""

    def __init__(self, **statuses: tuple[int, str]) -> None:
        self.statuses = {
            "action": (204, ""),
            "DELETE": (204, ""),
            "graphql": (200, '{"data":{"podTerminate":null}}'),
            **statuses,
        }
        self.location = ""  # where a redirect leads
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def named(self) -> list[str]:
        return [_name(method, path) for method, path, _, _ in self.asked]


def _name(method: str, path: str) -> str:
    return "DELETE" if method == "DELETE" else path.rpartition("/")[2]


@contextmanager
def stand_in(answers: Answers) -> Iterator[str]:
    """Serves `answers`; the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answers.asked.append((self.command, self.path, dict(self.headers), body))
            status, text = answers.statuses[_name(self.command, self.path)]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if answers.location:
                self.send_header("Location", answers.location)
            self.end_headers()
            self.wfile.write(text.encode())

        do_DELETE = do_POST  # noqa: N815 - the server's name for it

        def do_GET(self) -> None:
            """Of a Hub that has nothing."""
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Pod:
    """One pod: `boot` starts its container, `kill` ends that as a host would."""

    root: Path
    script: str
    environ: dict[str, str]
    limits: dict[str, float]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def folder(self) -> JobFolder:
        return JobFolder(self.root / "tuneyard" / "jobs" / JOB)

    @property
    def container(self) -> subprocess.Popen[bytes]:
        return self.processes[-1]

    @property
    def output(self) -> str:
        return (self.root / "container.log").read_text()

    def boot(self, *before: str) -> None:
        """Starts the container; `before` is a command that runs it."""
        environ = {**self.environ, "TUNEYARD_POD_LIMITS": json.dumps(self.limits)}
        with open(self.root / "container.log", "ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [*before, "/bin/sh", "-c", self.script],
                    env=environ,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def kill(self) -> None:
        """All of the container at once, as when a host goes down."""
        self.container.kill()
        self.container.wait()
        mark = f"RUNPOD_POD_ID={self.environ['RUNPOD_POD_ID']}".encode()
        while found := [pid for pid in process._pids() if mark in _environ_of(pid)]:
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.01)

    def state(self) -> dict[str, Any]:
        return read_json(self.folder.state)

    def reaches(self, state: str, seconds: float = 60.0) -> dict[str, Any]:
        def there() -> bool:
            return self.folder.state.exists() and self.state()["state"] == state

        wait_for(there, seconds, f"{state}; its output is {self.output}")
        return self.state()

    def says(self, words: str, seconds: float = 60.0) -> None:
        wait_for(lambda: words in self.output, seconds, f"“{words}” in {self.output}")

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in read_lines(self.folder.events) if event["event"] == name]

    def collected(self) -> None:
        """As the face notes it when home has all."""
        incarnation = read_json(self.folder.path / "pod.json")["incarnation"]
        text = json.dumps({"format": 1, "incarnation": incarnation})
        (self.folder.path / "pod.collected").write_text(text)

    def face(self) -> list[int]:
        return [
            pid
            for pid in process._pids()
            if b"\0face\0" in _read(pid, "cmdline") and self._is_mine(pid)
        ]

    def client(self) -> httpx.Client:
        """What home asks the face of this boot with."""
        wait_for(self._face_answers, what="the face")
        return self._client()

    def _client(self) -> httpx.Client:
        """Raises IndexError before the face has said on which port it listens."""
        ports = re.findall(r"listens on port (\d+)", (self.folder.path / "face.log").read_text())
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{ports[-1]}", headers=headers, timeout=30)

    def _face_answers(self) -> bool:
        try:
            with self._client() as client:
                return client.get("/job").status_code == 200
        except (FileNotFoundError, IndexError, httpx.TransportError):
            return False

    def _is_mine(self, pid: int) -> bool:
        return str(self.folder.path).encode() in _read(pid, "cmdline")


@contextmanager
def pod(
    root: Path,
    settings: Mapping[str, Any],
    *,
    answers: Answers | None = None,
    seconds: float = 600.0,
    collect: float = 60.0,
    results: Mapping[str, Any] | None = None,
    job: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    made: program.Program | None = None,
) -> Iterator[Pod]:
    """A pod that was not booted yet; nothing of it is left afterwards."""
    root.mkdir(parents=True, exist_ok=True)
    made = made or program.program("pod_recipe")  # takes a while: before the deadline is set
    text = {
        "format": 1,
        "id": JOB,
        "recipe": "by-hand",
        "name": "in-a-pod",
        "settings": dict(settings),
        "compute": {"name": "runpod"},
        "results": dict(results or {}),
        "package": "pod_recipe",
        "inputs": [],
        "limits": SHORT_JOB,
        **(job or {}),
    }
    with stand_in(answers or Answers()) as url:
        given = {
            "HOME": str(root),
            "TMPDIR": str(root),
            "PATH": os.environ["PATH"],
            "TUNEYARD_PROGRAM": made.text,
            "TUNEYARD_JOB": json.dumps(text),
            "TUNEYARD_DEADLINE": str(time.time() + seconds),
            "TUNEYARD_COLLECT": str(collect),
            "TUNEYARD_FACE_TOKEN": TOKEN,
            "TUNEYARD_FACE_PORT": "0",
            "TUNEYARD_ORIGINS": "",
            "TUNEYARD_HOME": str(root / "tuneyard"),
            "TUNEYARD_RUNPOD_URL": url,
            "HF_ENDPOINT": url,
            "TUNEYARD_GPUS": "",
            "RUNPOD_POD_ID": f"{POD}-{root.name}-{os.getpid()}",
            "RUNPOD_API_KEY": KEY,
            **(environ or {}),
        }
        here = Pod(root, made.boot, given, {**SHORT, **(limits or {})})
        try:
            yield here
        finally:
            if here.processes:
                here.kill()
                for container in here.processes:
                    container.wait()


def training(here: Pod) -> None:
    """Waits until the job's training runs."""
    wait_for((here.folder.work / "begun").exists, what="the training")
    here.reaches("training")


def ends(answers: Answers) -> None:
    wait_for(lambda: answers.asked, what="the pod's end")


def put(here: Pod, sha: str, data: bytes) -> None:
    """An input as the face leaves it."""
    place = here.root / "tuneyard" / "inputs" / sha
    part = place.with_suffix(".new")
    part.mkdir(parents=True)
    (part / "clip.wav").write_bytes(data)
    part.rename(place)  # at once: the pod looks all the time


def _environ_of(pid: int) -> bytes:
    return _read(pid, "environ")


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
