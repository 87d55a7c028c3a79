"""Every error of every route is one shape: problem details, with our sentence in them."""

import errno
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

import jobs_by_hand
from server.asgi import HOST, ORIGIN, Answer, ask, knock
from server.guarded import Guarded
from server.operations import OPERATIONS, Operation, known
from tuneyard.runner.folder import JobFolder
from tuneyard.server import problems
from tuneyard.server.shapes.base import Problem, ProblemDetails

OPEN = {"GET /api/session", "POST /api/session"}
KEYS = {"type", "title", "status", "detail", "code", "field", "next_step", "problems"}
OF_A_PROBLEM = {"sentence", "code", "field", "next_step", "severity", "place"}

each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """One for all: what is refused or wrong changes nothing."""
    return Guarded(tmp_path_factory.mktemp("shape") / "home")


@pytest.fixture(scope="module")
def job(guarded: Guarded) -> JobFolder:
    return jobs_by_hand.make(guarded.home, [])


@pytest.fixture(scope="module")
def bearer(guarded: Guarded) -> dict[str, str]:
    return {"Authorization": f"Bearer {guarded.keys.token}"}


def shape(answer: Answer, status: int) -> dict[str, Any]:
    """The problem; in the one shape, or the test fails."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.body)
    assert found.keys() == KEYS
    assert found["status"] == status
    assert found["type"] == "about:blank"
    assert found["title"]
    assert found["code"]
    assert found["detail"].endswith((".", "?", "!", "”"))
    for problem in found["problems"]:
        assert problem.keys() == OF_A_PROBLEM
    return found


def test_the_shape_is_the_one_in_the_openapi() -> None:
    assert set(ProblemDetails.model_fields) == KEYS
    assert set(Problem.model_fields) == OF_A_PROBLEM


@each
def test_the_openapi_says_so_of_every_route(operation: Operation) -> None:
    shapes = {
        status: answer["content"]
        for status, answer in operation.details["responses"].items()
        if status >= "400"
    }
    assert {"401", "403", "413", "422"} <= shapes.keys()
    for content in shapes.values():
        (media, described), *others = content.items()
        assert (media, others) == (problems.MEDIA_TYPE, [])
        assert described["schema"]["$ref"].endswith("/ProblemDetails")


# -- refused before it is looked at -----------------------------------------------


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if str(each) not in OPEN], ids=str
)
def test_every_route_but_signing_in_needs_a_key(
    operation: Operation, guarded: Guarded, job: JobFolder
) -> None:
    answer = ask(guarded.app, known(operation, job), operation.method, {"Origin": ORIGIN})
    assert shape(answer, 401)["code"] == "signed-out"


def test_what_is_not_in_the_openapi_needs_a_key_too(guarded: Guarded) -> None:
    for path in ("/api/openapi.json", "/api/docs", "/api/nothing", "/api"):
        assert shape(ask(guarded.app, path), 401)["code"] == "signed-out"
    refused = knock(guarded.app, "/api/live", {"Origin": ORIGIN})
    assert refused is not None
    assert shape(refused, 401)["code"] == "signed-out"


@each
def test_every_route_refuses_other_pages_and_names(
    operation: Operation, guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    path = known(operation, job)
    evil = {"Origin": "http://evil.example", **bearer}
    assert shape(ask(guarded.app, path, operation.method, evil), 403)["code"] == "origin"
    rebound = {"Host": "evil.example", "Origin": "http://evil.example", **bearer}
    assert shape(ask(guarded.app, path, operation.method, rebound), 403)["code"] == "host"


@each
def test_every_route_refuses_a_body_that_is_too_large(
    operation: Operation, guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    if "octet-stream" in str(operation.details.get("requestBody")):
        return  # an upload: tests/server/test_uploads_routes.py
    said = {**bearer, "Content-Length": "1000001"}
    found = shape(ask(guarded.app, known(operation, job), operation.method, said), 413)
    assert found["code"] == "too-large"


# -- wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.parameters], ids=str)
def test_what_is_not_there_is_not_found(
    operation: Operation, guarded: Guarded, bearer: dict[str, str]
) -> None:
    nothing = dict.fromkeys(operation.parameters, "nothing")
    if str(operation) == "PUT /api/profiles/{name}":
        nothing["name"] = "No Name"  # else it would be made
    body = [b"{}"] if operation.has_body else []
    query = "path=x" if operation.path.endswith("/zip") else ""
    answer = ask(guarded.app, operation.at(**nothing), operation.method, bearer, body, query)
    shape(answer, answer.status)
    # Without a key nobody can say which pods there are.
    missing = 424 if operation.path.startswith("/api/pods") else 404
    assert answer.status in {missing, 422}
    if answer.status == 422:
        assert operation.has_body


@pytest.mark.parametrize("path", sorted({each.path for each in OPERATIONS}))
def test_another_method_is_refused(path: str, guarded: Guarded, bearer: dict[str, str]) -> None:
    takes = {each.method for each in OPERATIONS if each.path == path}
    named = dict.fromkeys(Operation("", path, {}).parameters, "x")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - takes:
        answer = ask(guarded.app, path.format(**named), method, bearer)
        # A GET gets to the page's own address, where nothing of the API is; `read` may be a job.
        shape(answer, answer.status)
        assert answer.status in {404, 405}


BODIES = {
    "no JSON": b'{"job": ',
    "another type": b'["canary-of-the-input"]',
    "no text": b"\xff\xfe",
    "an unknown field": b'{"canary-of-the-input": 1}',
    "too deep": b"[" * 100_000,
    "half a character": rb'{"value": "\ud800", "text": "\ud800", "name": "\ud800"}',
    "no number": b'{"value": NaN}',
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.has_body], ids=str)
def test_a_wrong_body_is_wrong_input(
    operation: Operation, body: str, guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    headers = {**bearer, "Content-Type": "application/json"}
    path = known(operation, job)
    answer = ask(guarded.app, path, operation.method, headers, [BODIES[body]])
    assert shape(answer, 422 if answer.status != 400 else 400)["problems"] or answer.status == 400


def _bounded() -> Iterator[Any]:
    for operation in OPERATIONS:
        for parameter in operation.details.get("parameters", ()):
            schema = str(parameter["schema"])
            if parameter["in"] == "query" and ("integer" in schema or "enum" in schema):
                yield pytest.param(
                    operation, parameter["name"], id=f"{operation}?{parameter['name']}"
                )


@pytest.mark.parametrize(("operation", "parameter"), list(_bounded()))
def test_a_wrong_query_is_wrong_input_at_its_field(
    operation: Operation,
    parameter: str,
    guarded: Guarded,
    job: JobFolder,
    bearer: dict[str, str],
) -> None:
    query = f"{parameter}=nonsense"
    path = known(operation, job)
    found = shape(ask(guarded.app, path, operation.method, bearer, query=query), 422)
    assert found["problems"]
    assert all(problem["field"].startswith(parameter) for problem in found["problems"])


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ("bytes=100-", 416, "range"),
        ("bytes=5-2", 400, "unreadable-request"),
        ("bytes=a-b", 400, "unreadable-request"),
        ("lines=1-2", 400, "unreadable-request"),
    ],
)
def test_a_part_that_a_file_doesnt_have_is_said_in_the_same_shape(
    wanted: str, status: int, code: str, guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    (job.outputs / "voice.onnx").write_bytes(b"a voice")
    path = f"/api/jobs/{job.id}/files/outputs/voice.onnx"
    answer = ask(guarded.app, path, headers={**bearer, "Range": wanted})
    assert shape(answer, status)["code"] == code
    assert answer.headers.get("content-range") == ("bytes */7" if status == 416 else None)


# -- our own mistakes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said", "step"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "The disk of this computer: No space left on device.",
            "Free some space",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/h/x"), "/h/x: Read-only file system.", ""),
    ],
)
def test_a_disk_that_takes_nothing_is_no_mistake_of_ours(
    error: OSError, said: str, step: str, guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(guarded.app.state.context.index, "page", fail)
    bearer = {"Authorization": f"Bearer {guarded.keys.token}"}
    found = shape(ask(guarded.app, "/api/jobs", headers=bearer), 424)
    assert (found["detail"], found["code"]) == (said, "disk")
    assert found["next_step"].startswith(step)


def test_another_error_of_the_system_is_one(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(guarded.app.state.context.index, "page", fail)
    with pytest.raises(FileNotFoundError):
        ask(guarded.app, "/api/jobs", headers={"Authorization": f"Bearer {guarded.keys.token}"})


def test_a_mistake_of_ours_has_the_shape_and_tells_no_details(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("canary of the details")

    monkeypatch.setattr(guarded.app.state.context.index, "page", fail)
    bearer = {"Authorization": f"Bearer {guarded.keys.token}"}
    client = TestClient(
        guarded.app, base_url=f"http://{HOST}", headers=bearer, raise_server_exceptions=False
    )
    answer = client.get("/api/jobs")
    found = shape(Answer(answer.status_code, answer.headers, answer.content), 500)  # type: ignore[arg-type]
    assert found["code"] == "mistake"
    assert "canary" not in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
