import base64
import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faces import BEARER, INCARNATION, TOKEN, face_of, pods_folder, served
from tuneyard.runner import masking
from tuneyard.runner.folder import JobFolder, append_line, write_json
from tuneyard.runner.pod import serve
from tuneyard.runner.states import State
from waiting import wait_for

SECRET = "hf_" + "aB3dEfGhIjKlMnOpQrStUvWxYz012345"
STARS = "*" * len(SECRET)


@pytest.fixture
def folder(home: Path) -> JobFolder:
    return pods_folder(home, secrets=(SECRET,))


@pytest.fixture
def client(folder: JobFolder) -> Iterator[httpx.Client]:
    with served(folder) as client:
        yield client


def end(folder: JobFolder, state: State = State.SUCCEEDED) -> None:
    write_json(folder.state, {"state": state.value, "attempt": 1})


def settle(path: Path) -> None:
    """Makes a file look as if nobody had written to it for a while."""
    os.utime(path, (time.time() - 10, time.time() - 10))


# -- the job ----------------------------------------------------------------------


def test_the_job_says_all_that_home_steers_by(
    folder: JobFolder, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_DEADLINE", "2000000000")
    folder.log.write_bytes(b"12345")
    write_json(folder.state, {"state": "preparing", "needs": ["HF_TOKEN"], "cause": SECRET})
    pod = {"incarnation": INCARNATION, "boots": [1.0, 2.0], "collect_until": 7.0}
    write_json(folder.path / "pod.json", pod)
    job = client.get("/job").json()
    assert abs(job.pop("now") - time.time()) < 60
    assert job == {
        "format": 1,
        "id": folder.id,
        "incarnation": INCARNATION,
        "boots": [1.0, 2.0],
        "deadline": 2e9,
        "state": {"format": 1, "state": "preparing", "needs": ["HF_TOKEN"], "cause": STARS},
        "sizes": {"log": 5, "metrics": 0, "events": 0},
        "inputs": {},
        "collect_until": 7.0,
        "ended": False,
        "collected": False,
        "secrets_missing": ["HF_TOKEN"],
    }
    end(folder, State.STOPPED)
    assert client.get("/job").json()["ended"] is True


@pytest.mark.parametrize("missing", ["masks.json", "pod.json"])
def test_nothing_is_told_of_a_folder_that_is_still_being_made(
    missing: str, folder: JobFolder, client: httpx.Client
) -> None:
    (folder.path / missing).unlink()
    answer = client.get("/job")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")


def test_a_new_mark_counts_at_once(folder: JobFolder, client: httpx.Client) -> None:
    write_json(folder.state, {"state": "preparing", "cause": "another-secret"})
    assert client.get("/job").json()["state"]["cause"] == "another-secret"
    masking.remember(folder.masks, ["another-secret"])
    assert client.get("/job").json()["state"]["cause"] == "*" * 14


# -- who may ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/job", "/files", "/read/log", "/nothing", "/inputs/x", "/"])
@pytest.mark.parametrize(
    "header", ["", TOKEN, f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é", "Bearer"]
)
def test_strangers_learn_nothing(path: str, header: str, client: httpx.Client) -> None:
    headers = {"Authorization": header.encode()}
    answer = client.get(path, headers=headers)  # type: ignore[arg-type] # bytes are fine
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "sentence"}


def test_a_face_without_a_token_answers_nobody(folder: JobFolder) -> None:
    with served(folder, token="") as client:
        assert client.get("/job", headers={"Authorization": "Bearer"}).status_code == 401


def test_a_strangers_body_is_not_kept_but_heard_out(client: httpx.Client) -> None:
    headers = {"Authorization": "Bearer nobody"}
    answer = client.put("/inputs/x?offset=0", content=bytes(1 << 20), headers=headers)
    assert answer.status_code == 401
    assert client.get("/job").status_code == 200


# -- pages --------------------------------------------------------------------------


def test_a_page_that_home_named_may_read_answers_and_refusals(folder: JobFolder) -> None:
    page = {"Origin": "https://page.example"}
    with served(folder, origins=frozenset({"https://page.example"})) as client:
        for path, status in (("/job", 200), ("/nothing", 404)):
            answer = client.get(path, headers=page)
            assert answer.status_code == status
            assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
            assert "Tuneyard-Next" in answer.headers["Access-Control-Expose-Headers"]
            assert answer.headers["Vary"] == "Origin"
        other = client.get("/job", headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


def test_a_preflight_needs_no_bearer(folder: JobFolder) -> None:
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    with served(folder, origins=frozenset("*")) as client:
        del client.headers["Authorization"]
        answer = client.options("/inputs/x", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed


# -- reading ------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["log", "metrics", "events"])
def test_each_channel_is_read_by_offset(
    channel: str, folder: JobFolder, client: httpx.Client
) -> None:
    path = {"log": folder.log, "metrics": folder.metrics, "events": folder.events}[channel]
    path.write_bytes(b'{"a":1}\n{"b":2}\n')
    settle(path)
    answer = client.get(f"/read/{channel}?offset=8&limit=4")
    assert answer.content == b'{"b"'
    assert answer.headers["Tuneyard-Next"] == "12"
    assert answer.headers["Tuneyard-Reset"] == "0"
    assert answer.headers["Tuneyard-Incarnation"] == INCARNATION
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert client.get(f"/read/{channel}?offset=-8").content == b'{"b":2}\n'
    assert client.get(f"/read/{channel}?offset=99").headers["Tuneyard-Reset"] == "1"


@pytest.mark.parametrize("query", ["offset=x", "offset=0&limit=1.5"])
def test_offsets_are_whole_numbers(query: str, client: httpx.Client) -> None:
    assert client.get(f"/read/log?{query}").status_code == 400


def test_one_read_is_bounded(folder: JobFolder, client: httpx.Client) -> None:
    folder.log.write_bytes(bytes(5 << 20))
    settle(folder.log)
    assert len(client.get("/read/log?offset=0&limit=99999999").content) == 4 << 20


def test_a_reading_is_zipped_only_where_it_was_asked_for(
    folder: JobFolder, client: httpx.Client
) -> None:
    folder.log.write_bytes(b"step 1\n" * 1000)
    settle(folder.log)
    with client.stream("GET", "/read/log?gzip=1") as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == folder.log.read_bytes()
    assert answer.headers["Tuneyard-Next"] == "7000"
    plain = client.get("/read/log?gzip=1", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in client.get("/read/log").headers


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.binary(max_size=80), after=st.binary(max_size=80), limit=st.integers(1, 90))
def test_a_secret_is_masked_across_any_chunks(
    before: bytes, after: bytes, limit: int, folder: JobFolder, client: httpx.Client
) -> None:
    folder.log.write_bytes(before + SECRET.encode() + after)
    settle(folder.log)
    read, offset = b"", 0
    while chunk := (answer := client.get(f"/read/log?offset={offset}&limit={limit}")).content:
        read += chunk
        offset = int(answer.headers["Tuneyard-Next"])
    assert read == before + STARS.encode() + after


# -- files --------------------------------------------------------------------------


@pytest.fixture
def filled(folder: JobFolder) -> JobFolder:
    """A folder with all that may be given out, and much that may not."""
    files = {
        "outputs/voice.onnx": "0123456789",
        "outputs/.half/made.onnx": "no",
        "outputs/ü & #1?.txt": "odd",
        "samples/epoch-1/a.wav": "RIFF",
        "samples/.next/b.wav": "no",
        "plan.json": '{"steps":["' + SECRET + '"]}',
        "attempts/1.json": "{}",
        "steps/1.json": "{}",
        "steps/1.started": "{}",
        "work/train/old.ckpt": "old",
        "work/train/new.ckpt": "new!",
        "work/secret.txt": "no",
    }
    for name, text in files.items():
        path = folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("train/old.ckpt", "train/new.ckpt", "train/gone.ckpt"):
        append_line(folder.events, {"event": "checkpoint", "path": name})
    (folder.outputs / "link").symlink_to("/etc/passwd")
    (folder.outputs / "folder").symlink_to("/etc")
    os.mkfifo(folder.outputs / "pipe")
    return folder


def test_results_records_and_the_newest_checkpoint_are_listed(
    filled: JobFolder, client: httpx.Client
) -> None:
    listed = {entry["path"]: entry for entry in client.get("/files").json()}
    assert set(listed) == {
        "outputs/voice.onnx",
        "outputs/ü & #1?.txt",
        "samples/epoch-1/a.wav",
        "plan.json",
        "attempts/1.json",
        "steps/1.json",
        "steps/1.started",
        "work/train/new.ckpt",
    }
    voice = filled.outputs / "voice.onnx"
    assert listed["outputs/voice.onnx"] == {
        "path": "outputs/voice.onnx",
        "bytes": 10,
        "mtime_ns": voice.stat().st_mtime_ns,
    }
    assert [path for path, entry in listed.items() if entry.get("checkpoint")] == [
        "work/train/new.ckpt"
    ]


def test_a_checkpoint_may_be_a_folder(folder: JobFolder, client: httpx.Client) -> None:
    (folder.work / "step5").mkdir()
    (folder.work / "step5/weights").write_text("w")
    append_line(folder.events, {"event": "checkpoint", "path": "step5"})
    assert [entry["path"] for entry in client.get("/files").json() if "checkpoint" in entry] == [
        "work/step5/weights"
    ]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "path",
    [
        "work/secret.txt",
        "work/train/old.ckpt",
        "outputs/link",
        "outputs/folder/passwd",
        "outputs/pipe",
        "outputs/.half/made.onnx",
        "outputs/../work/secret.txt",
        "outputs/%2e%2e/masks.json",
        "%2fetc%2fpasswd",
        "outputs",
        "outputs/",
        "masks.json",
        "job.json",
        "output.log",
        "outputs/%00",
    ],
)
def test_nothing_else_is_given_out(path: str, client: httpx.Client) -> None:
    assert client.get(f"/files/{path}").status_code == 404
    assert client.post("/tickets", json={"path": path}).status_code == 404


@pytest.mark.usefixtures("filled")
def test_a_file_is_given_with_what_resuming_needs(client: httpx.Client) -> None:
    whole = client.get("/files/outputs/voice.onnx")
    assert whole.content == b"0123456789"
    etag = whole.headers["ETag"]
    assert client.get("/files/outputs/%C3%BC%20%26%20%231%3F.txt").content == b"odd"
    head = client.head("/files/outputs/voice.onnx")
    assert (head.content, head.headers["Content-Length"]) == (b"", "10")

    def get(**headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/files/outputs/voice.onnx", headers=named)

    part = get(Range="bytes=4-", If_Range=etag)
    assert (part.status_code, part.content) == (206, b"456789")
    assert part.headers["Content-Range"] == "bytes 4-9/10"
    other = get(Range="bytes=4-", If_Range='"other"')
    assert (other.status_code, other.content) == (200, b"0123456789")
    same = get(If_None_Match=etag)
    assert (same.status_code, same.content) == (304, b"")
    beyond = get(Range="bytes=10-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */10")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 12), last=st.none() | st.integers(0, 12), suffix=st.booleans())
def test_ranges_are_those_of_the_file(
    first: int, last: int | None, suffix: bool, folder: JobFolder, client: httpx.Client
) -> None:
    data = b"0123456789"
    (folder.outputs / "voice.onnx").write_bytes(data)
    asked = f"bytes=-{first}" if suffix else f"bytes={first}-{'' if last is None else last}"
    wanted = data[-first:] if suffix and first else data[first : None if last is None else last + 1]
    if suffix and not first:
        wanted = b""
    answer = client.get("/files/outputs/voice.onnx", headers={"Range": asked})
    if not wanted:
        assert answer.status_code == 416
    else:
        assert answer.content == wanted
        assert answer.status_code == (206 if len(wanted) < len(data) else 200)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=-", "bytes"])
def test_a_range_that_cant_be_made_out_is_passed_over(asked: str, client: httpx.Client) -> None:
    answer = client.get("/files/outputs/voice.onnx", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_an_empty_file_is_given_too(folder: JobFolder, client: httpx.Client) -> None:
    (folder.outputs / "empty").touch()
    answer = client.get("/files/outputs/empty")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.usefixtures("filled")
def test_records_are_masked(client: httpx.Client) -> None:
    assert client.get("/files/plan.json").json() == {"steps": [STARS]}
    part = client.get("/files/plan.json", headers={"Range": "bytes=14-20"})
    assert part.content == b"*******"


# -- tickets ------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_a_ticket_is_for_one_file_without_bearer(client: httpx.Client) -> None:
    url = client.post("/tickets", json={"path": "samples/epoch-1/a.wav"}).json()["url"]
    del client.headers["Authorization"]
    sound = client.get(url)
    assert (sound.status_code, sound.content) == (200, b"RIFF")
    assert sound.headers["Content-Type"].startswith("audio/")
    part = client.get(url, headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content) == (206, b"IF")
    assert client.post(url).status_code == 404
    assert client.get(f"{url}x").status_code == 404
    assert client.get("/job").status_code == 401


@pytest.mark.usefixtures("filled")
def test_what_a_browser_would_run_is_only_downloaded(client: httpx.Client) -> None:
    answer = client.get("/files/plan.json")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''plan.json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- what is to be done -------------------------------------------------------------


@pytest.mark.parametrize("how", ["save", "now"])
def test_a_job_is_asked_to_stop(how: str, folder: JobFolder, client: httpx.Client) -> None:
    assert client.post("/stop", json={"how": how}).status_code == 200
    assert folder.stop.read_text().strip() == how


def test_a_job_that_ended_is_not_stopped(folder: JobFolder, client: httpx.Client) -> None:
    end(folder)
    assert client.post("/stop", json={"how": "save"}).json()["code"] == "already-ended"
    assert not folder.stop.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"how":"later"}', b'"save"'])
def test_a_body_that_says_nothing_is_refused(
    body: bytes, folder: JobFolder, client: httpx.Client
) -> None:
    assert client.post("/stop", content=body).status_code in {400, 422}
    assert not folder.stop.exists()


def test_results_are_collected_after_the_end_of_this_very_disk(
    folder: JobFolder, client: httpx.Client
) -> None:
    note = folder.path / "pod.collected"
    told = {"incarnation": INCARNATION}
    assert client.post("/collected", json=told).json()["code"] == "not-ended"
    end(folder)
    assert client.post("/collected", json={"incarnation": "x"}).json()["code"] == "incarnation"
    assert not note.exists()
    assert client.post("/collected", json=told).status_code == 200
    assert json.loads(note.read_text())["incarnation"] == INCARNATION
    assert client.get("/job").json()["collected"] is True
    # What was fetched of a disk that was wiped since is not what lies here now.
    write_json(folder.path / "pod.json", {"incarnation": "another"})
    assert client.get("/job").json()["collected"] is False


def test_the_pod_is_asked_to_end(folder: JobFolder, client: httpx.Client) -> None:
    assert client.post("/end").status_code == 200
    assert (folder.path / "pod.end").exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/stop"),
        ("POST", "/job"),
        ("PUT", "/files/plan.json"),
        ("GET", "/read"),
        ("GET", "/"),
    ],
)
def test_there_is_nothing_else(method: str, path: str, client: httpx.Client) -> None:
    assert client.request(method, path).status_code == 404


def test_a_failure_of_ours_shows_no_insides(
    folder: JobFolder, client: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    folder.state.unlink()
    folder.state.mkdir()
    answer = client.get("/job")
    assert answer.status_code == 500
    assert set(answer.json()) == {"code", "sentence"}
    assert "Traceback" not in answer.text
    assert str(folder.path) not in answer.text
    assert "Traceback" in capfd.readouterr().err


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
        answer = httpx.get(f"{face.url}/job", headers=BEARER)
    assert answer.json()["id"] == folder.id
    assert TOKEN not in answer.text
