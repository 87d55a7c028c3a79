"""A pod's face: the files that are given out, to home and to a browser."""

import os

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.pod.serve.conftest import SECRET, STARS
from tuneyard.runner.folder import JobFolder, append_line

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
        "inode": voice.stat().st_ino,
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
