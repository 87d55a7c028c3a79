"""The app in this process, without its guard: for tests of what the routes do."""

from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder
from tuneyard.server.app import create_app
from tuneyard.server.context import Context
from tuneyard.server.index import Index


class Api:
    """Addresses are those below ``/api``; bodies are JSON."""

    def __init__(self, client: TestClient, manager: Manager) -> None:
        self.client = client
        self.manager = manager

    @classmethod
    def of(cls, home: Path) -> "Api":
        manager = Manager(home)
        return cls(TestClient(create_app(Context(manager, Index(manager)))), manager)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.client.get(f"/api{path}", **more)

    def post(self, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        return self.client.post(f"/api{path}", json=json, **more)

    def put(self, path: str, json: Any, **more: Any) -> httpx2.Response:
        return self.client.put(f"/api{path}", json=json, **more)

    def delete(self, path: str) -> httpx2.Response:
        return self.client.delete(f"/api{path}")

    def folder(self, job_id: str) -> JobFolder:
        return JobFolder(self.manager.folder / job_id)
