"""No path leads out of the places that the server was given, however it is written."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

import jobs_by_hand
from server.asgi import Answer, ask
from server.guarded import Guarded
from server.operations import KNOWN, OPERATIONS, Operation
from server.serving import Serving
from tuneyard.runner.folder import JobFolder, append_line, write_json

CANARY = "canary-in-a-file-outside"

# As a server has decoded them once: what is encoded here was encoded twice.
WAYS_OUT = [
    "..",
    ".",
    "../..",
    "../server.key",
    "../../server.key",
    "../../../outside/canary.txt",
    "outputs/../../../server.key",
    "outputs/../../../../outside/canary.txt",
    "%2e%2e/server.key",
    "..%2fserver.key",
    "%2e%2e%2f%2e%2e%2fserver.key",
    "..%5cserver.key",
    "..\\server.key",
    "....//server.key",
    "..;/server.key",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "~/.ssh/id_rsa",
    "outputs/voice.onnx\0.txt",
    "\0",
    "outputs\n",
    "\uff0e\uff0e/server.key",  # which compatibility decomposition makes dots
    "..\u2215server.key",
    "a" * 5000,
    "a/" * 500,
    "",
    " ",
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """One for all: whatever it is asked here changes nothing."""
    return Guarded(tmp_path_factory.mktemp("traversal") / "home")


@pytest.fixture(scope="module")
def job(guarded: Guarded) -> JobFolder:
    folder = jobs_by_hand.make(guarded.home, [])
    (folder.outputs / "voice.onnx").write_bytes(b"a voice")
    return folder


@pytest.fixture
def outside(guarded: Guarded) -> Path:
    """A file beside the home that nobody is given."""
    folder = guarded.home.with_name("outside")
    folder.mkdir(exist_ok=True)
    (folder / "canary.txt").write_text(CANARY)
    return folder / "canary.txt"


def tree(folder: Path) -> dict[str, bytes]:
    """All that lies there, whatever the links among it lead to."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def leaks(answer: bytes, token: str) -> bool:
    return any(text in answer for text in (CANARY.encode(), token.encode(), b"root:x:"))


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.parameters], ids=str)
def test_no_parameter_of_a_path_leads_out(
    operation: Operation, guarded: Guarded, job: JobFolder, outside: Path
) -> None:
    around = guarded.home.parent
    before, beside = tree(around), set(around.iterdir())
    bearer = {"Authorization": f"Bearer {guarded.keys.token}"}
    body = [b"{}"] if operation.has_body else []
    for parameter in operation.parameters:
        for way in WAYS_OUT:
            right = {**KNOWN, "job_id": job.id, "name": "piper"}
            path = operation.at(**{**right, parameter: way})
            if _is_another(operation, path):
                continue
            answer = ask(guarded.app, path, operation.method, bearer, body, "path=x")
            assert 400 <= answer.status < 500, (path, answer)
            assert not leaks(answer.body, guarded.keys.token), path
    assert tree(around) == before
    assert set(around.iterdir()) == beside
    assert outside.exists()


def _is_another(operation: Operation, path: str) -> bool:
    """Whether it is the address of another operation, which answers as it does."""
    paths = {each.path for each in OPERATIONS if each.method == operation.method}
    return path in paths or path.rstrip("/") in paths


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_query_leads_out(way: str, guarded: Guarded, job: JobFolder, outside: Path) -> None:
    bearer = {"Authorization": f"Bearer {guarded.keys.token}"}
    query = f"path={quote(way, safe='')}"
    for path in (f"/api/jobs/{job.id}/zip", "/api/places"):
        answer = ask(guarded.app, path, headers=bearer, query=query)
        assert answer.status < 500
        assert not leaks(answer.body, guarded.keys.token)
    assert outside.read_text() == CANARY


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_item_to_clean_leads_out(way: str, guarded: Guarded, outside: Path) -> None:
    before = tree(guarded.home.parent)
    items = [way, f"uploads/{way}", f"environments/{way}", f"envs/{way}", f"cache/{way}"]
    answer = _post(guarded, "/api/disk/clean", {"items": items})
    assert answer.status == 200
    assert json.loads(answer.body)["items"] == []
    assert tree(guarded.home.parent) == before
    assert outside.exists()


@pytest.mark.parametrize("recipe", ["../piper", "piper/../piper", "", "tuneyard.recipes.piper"])
def test_no_recipe_is_a_path(recipe: str, guarded: Guarded) -> None:
    for path in ("/api/jobs", "/api/jobs/plan"):
        answer = _post(guarded, path, {"job": {"recipe": recipe}})
        assert answer.status == 422
        assert json.loads(answer.body)["field"] == "recipe"


def _post(guarded: Guarded, path: str, body: Any) -> Answer:
    headers = {"Authorization": f"Bearer {guarded.keys.token}", "Content-Type": "application/json"}
    return ask(guarded.app, path, "POST", headers, [json.dumps(body).encode()])


# -- links that a trainer left ----------------------------------------------------


@pytest.fixture
def linked(guarded: Guarded, outside: Path) -> JobFolder:
    """A job whose trainer left links out of its folder, of every kind."""
    job = JobFolder(guarded.home / "jobs" / "20261122-120000-linked")
    job.make()
    write_json(job.job, {"id": job.id, "recipe": "piper", "compute": {"name": "local"}})
    write_json(job.state, {"state": "succeeded", "attempt": 1})
    write_json(job.attempt(1), {})
    for place in (job.outputs, job.samples, job.work):
        (place / "file").symlink_to(outside)
        (place / "folder").symlink_to(outside.parent)
        (place / "up").symlink_to("../../..")
        (place / "chain").symlink_to(place / "file")
    (job.samples / "e1").symlink_to(outside.parent)
    write_json(outside.parent / "samples.json", {"samples": [{"file": "canary.txt", "text": "x"}]})
    for path in ("file", "folder/canary.txt", "../../../../outside/canary.txt", str(outside)):
        append_line(job.events, {"t": 1.0, "event": "checkpoint", "path": path})
    return job


def test_no_link_is_followed_out_of_a_job(guarded: Guarded, linked: JobFolder) -> None:
    bearer = {"Authorization": f"Bearer {guarded.keys.token}"}
    base = f"/api/jobs/{linked.id}"
    listed = json.loads(ask(guarded.app, f"{base}/files", headers=bearer).body)
    assert {file["path"] for file in listed} == {"events.jsonl", "job.json", "state.json"}
    assert json.loads(ask(guarded.app, f"{base}/samples", headers=bearer).body) == []
    for place in ("outputs", "samples", "work"):
        for way in ("file", "folder/canary.txt", "up/server.key", "chain", "e1/canary.txt"):
            answer = ask(guarded.app, f"{base}/files/{place}/{way}", headers=bearer)
            assert answer.status == 404
            query = f"path={place}/{way}"
            assert ask(guarded.app, f"{base}/zip", headers=bearer, query=query).status == 404
    assert not leaks(ask(guarded.app, base, headers=bearer).body, guarded.keys.token)


# -- on the wire ------------------------------------------------------------------


def raw(server: Serving, target: str) -> tuple[int, bytes]:
    """A request whose target is sent as it is written, which no client library does."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.putrequest("GET", target, skip_host=True)
        connection.putheader("Host", address.netloc)
        connection.putheader("Authorization", f"Bearer {server.token}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_no_encoding_on_the_wire_leads_out(served: Serving, home: Path) -> None:
    outside = home.with_name("outside")
    outside.mkdir()
    (outside / "canary.txt").write_text(CANARY)
    job = JobFolder(home / "jobs" / "20261122-120000-plain")
    job.make()
    write_json(job.job, {"id": job.id, "recipe": "piper", "compute": {"name": "local"}})
    dots = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e"]
    slashes = ["/", "%2f", "%5c", "\\", "%252f", "//", "/./", ";/"]
    bases = ["/", "/assets/", "/api/../", f"/api/jobs/{job.id}/files/", "/api/jobs/"]
    ends = ["server.key", "outside/canary.txt", "etc/passwd"]
    for base in bases:
        for dot in dots:
            for slash in slashes:
                up = (dot + slash) * 4
                for end in ends:
                    status, body = raw(served, f"{base}{up}{end}")
                    assert status != 500
                    assert not leaks(body, served.token), (base, up, end)
    assert "Traceback" not in served.said
