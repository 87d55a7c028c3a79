"""A pod's face: the stream, and what is whole whoever is killed."""

import base64
import json
import os

import httpx
import pytest

from faces import BEARER, TOKEN, face_of, served
from runner.pod.serve.conftest import SECRET, STARS, end, settle
from tuneyard.runner.folder import JobFolder, append_line
from tuneyard.runner.pod import serve
from waiting import wait_for

# -- the stream ---------------------------------------------------------------------


class Viewer:
    """Puts a stream's events together again, as a page would."""

    def __init__(self) -> None:
        self.log = b""
        self.lines: dict[str, list[str]] = {"metrics": [], "events": []}
        self.jobs: list[dict[str, object]] = []
        self.last = ""
        self._event: dict[str, list[str]] = {}

    def take(self, line: str) -> None:
        if line:
            name, _, value = line.partition(": ")
            self._event.setdefault(name, []).append(value)
            return
        event, self._event = self._event, {}
        if "event" not in event:
            return
        self.last = event["id"][0]
        (kind,), data = event["event"], event["data"]
        if kind == "log":
            self.log += base64.b64decode(data[0])
        elif kind == "job":
            self.jobs.append(json.loads(data[0]))
        elif kind == "reset":
            if data[0] == "log":
                self.log = b""
        else:
            self.lines[kind] += data

    def follow(self, client: httpx.Client, address: str = "/stream", **headers: str) -> None:
        """To the end of the stream."""
        with client.stream("GET", address, headers=headers) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            for line in answer.iter_lines():
                self.take(line)


def write_all(folder: JobFolder) -> None:
    folder.log.write_bytes(b"one\ntoken " + SECRET.encode() + b"\n\xff\xfe\r")
    for path in (folder.metrics, folder.events):
        path.write_text('{"step":1}\n{"step":2}\n{"cut')
        settle(path)
    settle(folder.log)


def test_a_stream_gives_everything_and_then_ends(folder: JobFolder, client: httpx.Client) -> None:
    write_all(folder)
    end(folder)
    viewer = Viewer()
    viewer.follow(client)
    assert viewer.log == b"one\ntoken " + STARS.encode() + b"\n\xff\xfe\r"
    assert viewer.lines["metrics"] == ['{"step":1}', '{"step":2}', '{"cut']
    assert viewer.lines["events"] == viewer.lines["metrics"]
    assert viewer.jobs[-1]["ended"] is True
    sizes = [path.stat().st_size for path in (folder.log, folder.metrics, folder.events)]
    assert viewer.last == ",".join(map(str, sizes))


@pytest.mark.parametrize("by_header", [True, False])
def test_a_stream_goes_on_where_it_was(
    by_header: bool, folder: JobFolder, client: httpx.Client
) -> None:
    write_all(folder)
    end(folder)
    viewer = Viewer()
    if by_header:
        viewer.follow(client, "/stream?log=0", **{"Last-Event-ID": "4,11,0"})
    else:
        viewer.follow(client, "/stream?log=4&metrics=11&events=0")
    assert viewer.log.startswith(b"token *")
    assert viewer.lines["metrics"] == ['{"step":2}', '{"cut']
    assert len(viewer.lines["events"]) == 3


def test_a_stream_follows_what_is_written(folder: JobFolder, client: httpx.Client) -> None:
    viewer = Viewer()
    with client.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()

        def until(seen: object) -> None:
            assert callable(seen)
            while not seen():
                viewer.take(next(lines))

        until(lambda: viewer.jobs)
        with folder.log.open("ab") as log:
            log.write(b"Epoch 1\n")
        until(lambda: viewer.log == b"Epoch 1\n")
        append_line(folder.metrics, {"step": 1})
        until(lambda: viewer.lines["metrics"] == ['{"step":1}'])
        folder.log.write_bytes(b"!\n")
        until(lambda: viewer.log == b"!\n")
        assert viewer.last == "2,11,0"
        end(folder)
        until(lambda: viewer.jobs[-1]["ended"])
        assert [line for line in lines if line.startswith("event: log")] == []


def test_a_stream_that_has_nothing_to_say_says_so(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_HEARTBEAT", 0.01)
    with served(folder) as client, client.stream("GET", "/stream") as answer:
        assert ":" in (line for line in answer.iter_lines())


def test_a_viewer_that_left_makes_room(folder: JobFolder) -> None:
    import threading

    viewers = threading.BoundedSemaphore(1)
    with served(folder, viewers=viewers) as client:
        with client.stream("GET", "/stream") as answer:
            lines = answer.iter_lines()
            next(lines)
            refused = client.get("/stream")
            assert (refused.status_code, refused.json()["code"]) == (503, "viewers")
            assert client.get("/job").status_code == 200
        wait_for(lambda: viewers.acquire(blocking=False), what="the viewer's place")
        viewers.release()


# -- the process --------------------------------------------------------------------


def test_a_download_goes_on_after_a_kill(folder: JobFolder, runner_python: str) -> None:
    data = os.urandom(24 << 20)
    (folder.outputs / "voice.onnx").write_bytes(data)
    with (
        face_of(folder, python=runner_python) as face,
        face.client() as client,
        client.stream("GET", "/files/outputs/voice.onnx") as answer,
    ):
        etag = answer.headers["ETag"]
        pieces = answer.iter_raw(1 << 16)
        have = next(pieces)
        face.kill()
        with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012 - what came before counts
            for piece in pieces:
                have += piece
    assert len(have) < len(data)
    with face_of(folder, python=runner_python, port=face.port) as again, again.client() as client:
        headers = {"Range": f"bytes={len(have)}-", "If-Range": etag}
        answer = client.get("/files/outputs/voice.onnx", headers=headers)
        assert answer.status_code == 206
        assert have + answer.content == data


def test_a_stream_survives_kills_without_losing_a_byte(
    folder: JobFolder, runner_python: str
) -> None:
    folder.log.touch()
    viewer, written, port = Viewer(), b"", 0
    for number in range(3):
        with face_of(folder, python=runner_python, port=port) as face, face.client() as client:
            port = face.port
            headers = {"Last-Event-ID": viewer.last} if viewer.last else {}
            with client.stream("GET", "/stream", headers=headers) as answer:
                lines = answer.iter_lines()
                line = f"Epoch {number} {SECRET}\n".encode()
                written += line
                with folder.log.open("ab") as log:
                    log.write(line)
                while len(viewer.log) < len(written):
                    viewer.take(next(lines))
                face.kill()
    assert viewer.log == written.replace(SECRET.encode(), STARS.encode())


def test_it_starts_where_only_the_standard_library_is(
    folder: JobFolder, runner_python: str
) -> None:
    with face_of(folder, python=runner_python) as face:
        answer = httpx.get(f"{face.url}/job", headers=BEARER, timeout=60)
    assert answer.json()["id"] == folder.id
    assert TOKEN not in answer.text
