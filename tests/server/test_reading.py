"""Reading changes nothing, and what a job wrote is data: nothing in it runs in the page."""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest

from server.asgi import Answer, ask
from server.guarded import Guarded
from server.operations import OPERATIONS, known, stock
from tuneyard.runner.folder import JobFolder, append_line, read_json, write_json

pytestmark = pytest.mark.usefixtures("toy")

SCRIPT = "<script>fetch('/api/session')</script>"
NAMES = [
    "<img src=x onerror=alert(1)>.txt",
    "page.html",
    "page.xhtml",
    "picture.svg",
    "code.js",
    "sheet.css",
    "data.xml",
    "no-ending",
    'quoted"; filename="page.html',
    "überraschung.txt",
    "right\u202etxt.exe",
]


@pytest.fixture
def job(home: Path) -> JobFolder:
    return stock(home)


@pytest.fixture
def bearer(guarded: Guarded) -> dict[str, str]:
    return {"Authorization": f"Bearer {guarded.keys.token}"}


# -- reading changes nothing ------------------------------------------------------

READING = [operation for operation in OPERATIONS if operation.method == "GET"]


def snapshot(home: Path) -> dict[str, object]:
    """All that lies in a home, and when it was written."""
    return {str(path.relative_to(home)): _what(path) for path in home.rglob("*")}


def _what(path: Path) -> object:
    status = path.lstat()
    return status.st_mtime_ns, status.st_mode, path.read_bytes() if path.is_file() else b""


def test_no_get_changes_a_file(
    guarded: Guarded, home: Path, job: JobFolder, bearer: dict[str, str]
) -> None:
    before = snapshot(home)
    for operation in READING:
        path, query = known(operation, job), "path=outputs/voice.onnx"
        answers = [ask(guarded.app, path, "GET", bearer, query=query) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200], operation
        ask(guarded.app, path, "HEAD", bearer, query=query)
        assert snapshot(home) == before, operation


def test_nothing_is_changed_by_anything_but_a_post_put_or_delete() -> None:
    assert {operation.method for operation in OPERATIONS} == {"GET", "POST", "PUT", "DELETE"}
    assert len(READING) > 20


# -- what a job wrote is data -----------------------------------------------------


def is_data(answer: Answer) -> None:
    """No browser runs it, wherever it is opened."""
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in answer.headers
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind not in {"text/html", "image/svg+xml", "text/javascript", "text/xml"}


def test_a_file_is_downloaded_whatever_it_is_called(
    guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    for name in NAMES:
        (job.outputs / name).write_text(SCRIPT)
        answer = ask(guarded.app, f"/api/jobs/{job.id}/files/outputs/{name}", headers=bearer)
        is_data(answer)
        assert answer.headers["content-type"] == "application/octet-stream"
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment; filename")
        assert disposition.isprintable()
        assert disposition.count('"') in {0, 2}
    listed = ask(guarded.app, f"/api/jobs/{job.id}/files", headers=bearer)
    is_data(listed)
    assert {f"outputs/{name}" for name in NAMES} < {
        file["path"] for file in json.loads(listed.body)
    }


def test_a_line_break_in_a_name_ends_no_header(
    guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    name = "line\r\nSet-Cookie: stolen=1\r\n\r\n<script>.txt"
    (job.outputs / name).write_text(SCRIPT)
    one = ask(guarded.app, f"/api/jobs/{job.id}/files/outputs/{name}", headers=bearer)
    zipped = ask(
        guarded.app, f"/api/jobs/{job.id}/zip", headers=bearer, query=f"path=outputs/{quote(name)}"
    )
    assert (one.status, zipped.status) == (404, 200)
    for answer in (one, zipped):
        assert "set-cookie" not in answer.headers
        assert all(value.isprintable() for value in answer.headers.values())


def test_only_sounds_and_pictures_are_shown(
    guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    for name in ("a.wav", "a.mp3", "a.png", "a.jpg", "a.webp"):
        (job.outputs / name).write_text(SCRIPT)
        answer = ask(guarded.app, f"/api/jobs/{job.id}/files/outputs/{name}", headers=bearer)
        is_data(answer)
        assert answer.headers["content-type"].startswith(("audio/", "image/"))


def _texts(job: JobFolder) -> Iterator[str]:
    base = f"/api/jobs/{job.id}"
    yield from ("/api/jobs", base)
    for part in (
        "log",
        "events",
        "copy",
        "file",
        "series",
        "metrics.csv",
        "samples",
        "files/output.log",
    ):
        yield f"{base}/{part}"


def test_script_in_logs_names_and_samples_comes_as_data(
    guarded: Guarded, home: Path, bearer: dict[str, str]
) -> None:
    job = stock(home, name=SCRIPT)
    job.log.write_text(f"{SCRIPT}\n\x1b]0;{SCRIPT}\x07\n")
    append_line(job.events, {"t": 2.0, "event": "warning", "title": SCRIPT, "sentence": SCRIPT})
    append_line(job.metrics, {"t": 99.0, "step": 99, SCRIPT: 1.0})
    said = {"file": "a.wav", "text": SCRIPT, "speaker": SCRIPT}
    write_json(job.samples / "e1" / "samples.json", {"epoch": 0, "samples": [said]})
    cause = {"code": "x", "sentence": SCRIPT, "lines": [SCRIPT]}
    write_json(job.state, {**read_json(job.state), "state": "failed", "cause": cause})
    guarded.app.state.context.index.hurry()
    for path in _texts(job):
        answer = ask(guarded.app, path, headers=bearer)
        is_data(answer)
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in {"application/json", "application/toml", "text/plain", "text/csv"}
    shown = json.loads(ask(guarded.app, f"/api/jobs/{job.id}", headers=bearer).body)
    assert shown["name"] == SCRIPT  # as it is: whoever shows it must not take it for a page
    assert shown["cause"]["sentence"] == SCRIPT


def test_a_zip_has_its_files_by_their_names(
    guarded: Guarded, job: JobFolder, bearer: dict[str, str]
) -> None:
    (job.outputs / NAMES[0]).write_text(SCRIPT)
    query = f"path=outputs/{NAMES[0]}&path=outputs/voice.onnx"
    answer = ask(guarded.app, f"/api/jobs/{job.id}/zip", headers=bearer, query=query)
    is_data(answer)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{job.id}.zip"'
    with zipfile.ZipFile(BytesIO(answer.body)) as archive:
        assert archive.namelist() == [f"outputs/{NAMES[0]}", "outputs/voice.onnx"]


def test_an_error_that_quotes_what_was_asked_is_data(
    guarded: Guarded, bearer: dict[str, str]
) -> None:
    name = "<script>alert(1)<script>"
    for path in (f"/api/jobs/{name}", f"/api/recipes/{name}", f"/api/secrets/{name}/test"):
        method = "POST" if path.endswith("/test") else "GET"
        headers = {**bearer, "Content-Type": "application/json"}
        answer = ask(guarded.app, path, method, headers, [b"{}"])
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
