"""RunPod's REST v2 over a real socket, as far as Tuneyard asks it so far: which pods are there.

    with FakeRunPod() as runpod:
        runpod.keys.add("rpa_mine")
        runpod.rent(cost=0.49)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)

Unknown query parameters are ignored and unknown paths are 404, as there. Its gate turns
away programs that don't say their name, before it looks at any key.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

GATE = b"<!DOCTYPE html><title>Access denied</title><h1>Error 1010</h1>"


@dataclass
class Fault:
    """What the next request is answered with instead; `silent` keeps the connection waiting."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    status: int


class FakeRunPod:
    """Starts when it is entered. `blind` are keys that are known and may not see pods."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.blind: set[str] = set()
        self.pods: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.pages = False  # whether lists say that there is more of them
        self.ending = threading.Event()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        # The interval is how long stopping takes.
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()

    def rent(self, *, cost: float, status: str = "RUNNING") -> dict[str, Any]:
        """A pod with all the keys that each answer has; one that has ended keeps its cost."""
        number = len(self.pods) + 1
        pod = {
            "id": f"pod{number}",
            "name": f"tuneyard-{number}",
            "status": status,
            "actions": ["stop", "restart", "terminate"],
            "image": "runpod/pytorch:2",
            "args": "",
            "disk": 50,
            "ports": [],
            "env": {},
            "registry": None,
            "mounts": None,
            "gpu": {"id": "NVIDIA A40", "count": 1},
            "cloud": "SECURE",
            "dataCenterId": None,
            "cudaVersion": None,
            "ssh": {"proxy": "ssh.runpod.io", "direct": None},
            "template": None,
            "cost": cost,
            "locked": False,
            "runtime": None,
            "globalNetworking": {"enabled": False, "ip": None, "internalDns": None},
            "createdAt": "2026-11-22T12:00:00Z",
            "startedAt": None,
        }
        self.pods.append(pod)
        return pod


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, runpod: FakeRunPod) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.runpod = runpod


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its signature
        """Quiet: what was asked is in `FakeRunPod.asked`."""

    def do_GET(self) -> None:
        runpod = self.server.runpod
        fault = runpod.faults.pop(0) if runpod.faults else None
        if fault and fault.silent:
            runpod.ending.wait()
            self.close_connection = True
        elif fault:
            self._reply(fault.status, fault.body, fault.headers)
        elif self.headers.get("User-Agent", "Python-urllib").startswith("Python-urllib"):
            self._reply(403, GATE, {"Content-Type": "text/html"})
        else:
            self._answer(runpod)

    def _answer(self, runpod: FakeRunPod) -> None:
        kind, _, key = self.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or key not in runpod.keys | runpod.blind:
            detail = "missing bearer token" if not key else "invalid bearer token"
            self._problem(401, "Unauthorized", detail)
        elif urlsplit(self.path).path != "/v2/pods":
            self._problem(404, "Not Found", "not found")
        elif key in runpod.blind:
            self._problem(403, "Forbidden", "access denied")
        else:
            page = {"pagination": {"nextCursor": "abc", "hasNextPage": True}}
            self._json(200, {"pods": runpod.pods, **(page if runpod.pages else {})})

    def _problem(self, status: int, title: str, detail: str) -> None:
        data = {"title": title, "status": status, "detail": detail}
        self._json(status, data, "application/problem+json")

    def _json(self, status: int, data: Any, kind: str = "application/json") -> None:
        self._reply(status, json.dumps(data).encode(), {"Content-Type": kind})

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        runpod = self.server.runpod
        runpod.asked.append(Asked(self.command, self.path, dict(self.headers), status))
        self.send_response(status)
        self.send_header("x-request-id", f"request-{len(runpod.asked)}")
        self.send_header("RateLimit", '"minute";r=176;t=1, "hour";r=7193;t=2701')
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
