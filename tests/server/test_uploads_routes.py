"""Uploads over HTTP, and over a socket that breaks off."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from jobs_by_hand import make, shell
from server.calling import Api
from server.serving import Serving
from tuneyard.runner.folder import read_json
from waiting import wait_for


@pytest.fixture
def server(home: Path) -> Iterator[Api]:
    api = Api.of(home)
    with api.client:
        yield api


@pytest.fixture
def upload(server: Api) -> str:
    answer = server.post("/uploads")
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def send(server: Api, upload: str, path: str, content: Any = b"abc", **headers: str) -> Any:
    """The answer; names of headers are written with an underscore."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.put(f"/api/uploads/{upload}/files/{path}", content=content, headers=named)


def test_a_dataset_arrives(server: Api, upload: str, home: Path) -> None:
    large = os.urandom(3_000_000)
    assert send(server, upload, "voice/metadata.csv", b"1|One.").json()["files"] == 1
    answer = send(server, upload, "voice/wavs/%C3%A9t%C3%A9 1.wav", iter([large[:10], large[10:]]))
    assert (answer.status_code, answer.json()["bytes"]) == (200, 3_000_006)
    done = server.post(f"/uploads/{upload}/done").json()
    folder = home / "uploads" / upload / "files" / "voice"
    assert done["path"] == str(folder)
    assert (folder / "wavs" / "été 1.wav").read_bytes() == large


def test_an_empty_file_is_a_file(server: Api, upload: str) -> None:
    assert send(server, upload, "empty.txt", b"").json()["files"] == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("%2e%2e/%2e%2e/server.key", 422, "upload-name"),
        ("..%2f..%2fsecrets.json", 422, "upload-name"),
        ("%2Fetc%2Fpasswd", 422, "upload-name"),
        ("a%00b", 422, "upload-name"),
        ("a%0D%0Ab", 404, "not-found"),
        ("wavs/.DS_Store", 422, "upload-hidden"),
        ("C:%5Cx", 422, "upload-name"),
    ],
)
def test_names_lead_nowhere_else(
    server: Api, upload: str, home: Path, path: str, status: int, code: str
) -> None:
    before = sorted(home.parent.rglob("*"))
    answer = send(server, upload, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sorted(home.parent.rglob("*")) == before


def test_what_can_not_fit_is_refused_at_once(server: Api, upload: str) -> None:
    answer = server.post("/uploads", {"files": 1, "bytes": 10**15})
    assert (answer.status_code, answer.json()["code"]) == (422, "upload-too-large")
    answer = server.post("/uploads", {"files": 10**7})
    assert (answer.status_code, answer.json()["code"]) == (422, "upload-too-large")
    assert server.post("/uploads", {"files": -1}).status_code == 422
    answer = send(server, upload, "a", b"", Content_Length=str(10**15))
    assert (answer.status_code, answer.json()["code"]) == (422, "upload-too-large")


def test_an_upload_is_removed_unless_a_job_reads_it(server: Api, upload: str, home: Path) -> None:
    send(server, upload, "1.wav")
    path = server.post(f"/uploads/{upload}/done").json()["path"]
    folder = make(home, [shell("train", "true")], settings={"dataset": path})
    answer = server.delete(f"/uploads/{upload}")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-in-use")
    folder.state.write_text(folder.state.read_text().replace("queued", "stopped"))
    folder.attempt(1).unlink()
    assert read_json(folder.state)["state"] == "stopped"
    assert server.delete(f"/uploads/{upload}").status_code == 204
    assert not (home / "uploads" / upload).exists()
    assert server.delete(f"/uploads/{upload}").status_code == 404
    assert send(server, upload, "2.wav").json()["code"] == "no-upload"


def test_a_file_that_breaks_off_leaves_nothing(served: Serving, home: Path) -> None:
    with served.client() as page:
        upload = page.post("/api/uploads").json()["id"]
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        parts = home / "uploads" / upload / "parts"
        address = urlsplit(served.url)
        assert address.hostname
        with socket.create_connection((address.hostname, address.port or 80)) as line:
            head = (
                f"PUT /api/uploads/{upload}/files/1.wav HTTP/1.1\r\nHost: {address.netloc}\r\n"
                f"Origin: {served.url}\r\nCookie: {cookies}\r\nContent-Length: 9000000\r\n\r\n"
            )
            line.sendall(head.encode() + b"x" * 2_000_000)
            wait_for(lambda: list(parts.glob("*")), what="the file to arrive")
        wait_for(lambda: not list(parts.glob("*")), what="the file to be gone")
        view = page.put(f"/api/uploads/{upload}/files/2.wav", content=b"abc").json()
        assert (view["files"], view["bytes"]) == (1, 3)
    assert "Traceback" not in served.said
