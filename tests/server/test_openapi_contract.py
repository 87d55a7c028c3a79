"""The OpenAPI holds: whatever is sent that it allows, or nearly allows, is answered as it says.

The home has a job and a profile, and job ids and names that are made up are theirs every
second time. No job is started, and neither the Hub nor RunPod is reached.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from keyrings import InMemory, using
from server.guarded import Guarded
from server.operations import stock
from tuneyard.compute.local import Local
from tuneyard.compute.runpod.compute import RunPod
from tuneyard.runner.folder import JobFolder
from tuneyard.server.openapi import text
from tuneyard.server.problems import MEDIA_TYPE
from tuneyard.server.security import Hosts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

EXAMPLES = 15  # of each operation
NOWHERE = "http://127.0.0.1:9"  # where the Hub and RunPod would be

SCHEMA = schemathesis.openapi.from_dict(json.loads(text()))


class _InTurn:
    """Stands for the app of the test that runs. Its lifespan is none of these tests' concern."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] != "lifespan"
        await self.app(scope, receive, send)


TURN = SCHEMA.app = _InTurn()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    home = tmp_path_factory.mktemp("contract") / "home"
    return Guarded(home, "a long password", Hosts(allowed=["testserver"]))


@pytest.fixture
def world(server: Guarded, toy: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:  # noqa: ARG001
    """Where no job is started, and nobody is reached."""
    for compute in (Local, RunPod):
        monkeypatch.setattr(compute, "launch", lambda *_: None)
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", NOWHERE)
    monkeypatch.setenv("HOME", str(server.home.parent))  # whose folders are suggested
    server.app.state.context.manager.profiles.put("work")
    TURN.app = server.app
    with using(InMemory()):
        yield server


@schemathesis.check
def one_shape(_: CheckContext, response: Response, __: Case[Any]) -> None:
    """Every error is problem details, with a sentence and a code."""
    if response.status_code >= 400:
        assert response.headers["content-type"] == [MEDIA_TYPE]
        found = response.json()
        assert found["status"] == response.status_code
        assert found["detail"]
        assert found["code"]


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    one_shape,
]


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_every_answer_is_as_the_openapi_says(case: Case[Any], world: Guarded) -> None:
    _sometimes_known(case, _job(world.home))
    bearer = {"Authorization": f"Bearer {world.keys.token}"}
    case.call_and_validate(headers=bearer, checks=CHECKS)


def _job(home: Path) -> JobFolder:
    """The home's job, made anew when a case has deleted it."""
    for folder in home.glob("jobs/*-stocked"):
        return JobFolder(folder)
    return stock(home)


def _sometimes_known(case: Case[Any], job: JobFolder) -> None:
    known: dict[str, Any] = {"job_id": job.id, "path": "outputs/voice.onnx"}
    if case.path.startswith("/api/recipes"):
        known |= {"name": "toy", "setting": "size"}
    if case.path.startswith("/api/computes"):
        known |= {"name": "runpod"}
    if case.path.startswith("/api/secrets"):
        known |= {"name": "HF_TOKEN"}
    if case.path.startswith("/api/profiles"):
        known |= {"name": "work"}
    for name, value in (case.path_parameters or {}).items():
        if name in known and len(str(value)) % 2:
            case.path_parameters[name] = known[name]
