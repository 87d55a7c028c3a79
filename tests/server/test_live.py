import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from server.pages import Change, Server, Standing, complaints
from server.serving import Serving, cookie
from tuneyard.runner.folder import JobFolder, append_line, write_json
from tuneyard.server import feeds, live, streams
from waiting import wait_for

TOKEN = "hf_" + "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8cF0xL"


@pytest.fixture
def folder(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    write_json(folder.job, {"id": folder.id})
    write_json(folder.state, {"state": "training"})
    return folder


@pytest.fixture
def standing(folder: JobFolder) -> Standing:
    return Standing([folder])


@pytest.fixture
def server(standing: Standing, caplog: pytest.LogCaptureFixture) -> Iterator[Server]:
    """Whatever a page does, the server says nothing of it and follows nothing afterwards."""
    one = Server(standing)
    yield one
    wait_for(lambda: not one.live.pages, what="the end of all pages")
    assert one.live.hub.idle
    assert not one.live._boards
    one.close()
    assert complaints(caplog.get_records("call")) == []


def append(path: Path, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def test_a_page_is_greeted(server: Server) -> None:
    with server.page(greeted=False) as one, server.page(greeted=False) as other:
        hello = one.receive()
        assert hello == other.receive()
        assert hello["channel"] == "hello"
        assert hello["version"] == version("tuneyard")
        assert hello["server"]


def test_a_silence_is_broken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_SILENCE", 0.05)
    with server.page() as page:
        assert page.receive() == {"channel": "beat"}


def test_a_log_is_followed(server: Server, folder: JobFolder) -> None:
    append(folder.log, b"0123456789\n")
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=-5)
        said = page.receive()
        assert said == {
            "channel": "log",
            "job": folder.id,
            "number": said["number"],
            "start": 6,
            "size": 11,
        }
        assert page.until(11) == b"6789\n"
        append(folder.log, b"more\n")
        assert page.until(16) == b"6789\nmore\n"


def test_frames_carry_their_log_and_offset(server: Server, folder: JobFolder) -> None:
    append(folder.log, b"line\n")
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=1)
        number = page.receive()["number"]
        frame = page.socket.recv(20)
        assert frame == number.to_bytes(4, "big") + (1).to_bytes(8, "big") + b"\0" + b"ine\n"


def test_following_again_begins_where_it_is_said(server: Server, folder: JobFolder) -> None:
    append(folder.log, b"0123456789")
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        page.receive()
        page.until(10)
        page.send(op="follow", channel="log", job=folder.id, offset=7)
        assert page.heard("log")["start"] == 7
        assert page.until(10) == b"789"


def test_lines_of_metrics_and_events_are_followed(server: Server, folder: JobFolder) -> None:
    append(folder.metrics, b'{"t":1.0,"step":1,"loss":NaN}\n')
    append_line(folder.events, {"t": 1.0, "event": "phase"})
    size = folder.metrics.stat().st_size
    with server.page() as page:
        page.send(op="follow", channel="metrics", job=folder.id, offset=0)
        about = {"channel": "metrics", "job": folder.id, "reset": False}
        assert page.receive() == {**about, "lines": [], "next": 0}
        lines = [{"t": 1.0, "step": 1, "loss": None}]
        assert page.receive() == {**about, "lines": lines, "next": size}
        page.send(op="follow", channel="events", job=folder.id, offset=0)
        assert page.heard("events")["lines"] == []
        assert page.heard("events")["lines"] == [{"t": 1.0, "event": "phase"}]
        append(folder.metrics, b'{"t":2.0,"step":2}\n')
        assert page.heard("metrics")["lines"] == [{"t": 2.0, "step": 2}]


def test_a_job_is_shown_and_shown_again_when_it_changes(
    server: Server, folder: JobFolder, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.0)
    with server.page() as page:
        page.send(op="follow", channel="job", job=folder.id)
        first = {"format": 1, "state": "training"}
        assert page.receive() == {"channel": "job", "job": folder.id, "view": first}
        seen = standing.views
        (folder.outputs / "voice.onnx").touch()  # the stand-in's view is as before
        wait_for(lambda: standing.views > seen, what="another view")
        write_json(folder.state, {"state": "succeeded"})
        assert page.receive()["view"]["state"] == "succeeded"
        folder.path.rename(folder.path.with_name(".removed"))
        assert page.receive() == {"channel": "job", "job": folder.id, "view": None}


def test_a_job_that_cannot_be_shown_is_told_to_whoever_runs_the_server(
    server: Server,
    folder: JobFolder,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.0)
    monkeypatch.setattr(feeds, "SAMPLE", 0.0)
    folder.state.write_text("broken")
    with server.page() as page:
        page.send(op="follow", channel="job", job=folder.id)
        wait_for(lambda: complaints(caplog.records), what="a complaint")
        write_json(folder.state, {"state": "training"})
        assert page.receive()["view"]["state"] == "training"
    caplog.clear()


def test_pages_of_one_job_share_its_view(
    server: Server, folder: JobFolder, standing: Standing
) -> None:
    with server.page() as one, server.page() as other:
        for page in (one, other):
            page.send(op="follow", channel="job", job=folder.id)
            assert page.receive()["view"]["state"] == "training"
        assert standing.views == 1


def test_the_list_of_jobs_is_told_as_it_changes(server: Server, standing: Standing) -> None:
    with server.page() as page:
        page.send(op="follow", channel="jobs")
        counts = {"training": 1}
        assert page.receive() == {"channel": "jobs", "rows": [], "removed": [], "counts": counts}
        row = {"id": "a", "figure": {"loss": float("inf")}}
        standing.readers[0].say(Change([row], ["b"], {"lost": 2}))
        assert page.receive() == {
            "channel": "jobs",
            "rows": [{"id": "a", "figure": {"loss": None}}],
            "removed": ["b"],
            "counts": {"lost": 2},
        }
        page.send(op="leave", channel="jobs")
        wait_for(lambda: not standing.readers, what="the end of the subscription")


def test_this_computer_is_looked_at_once_for_all_and_only_if_somebody_looks(
    server: Server, standing: Standing
) -> None:
    with server.page() as one, server.page() as other:
        assert standing.samples == 0
        for page in (one, other):
            page.send(op="follow", channel="system")
            assert page.receive() == {
                "channel": "system",
                "figures": {"t": 1.0, "temperature": None},
            }
        assert standing.samples == 1
        for page in (one, other):
            page.send(op="leave", channel="system")
        wait_for(lambda: not server.live._boards, what="the end of looking")


def test_leaving_ends_what_was_followed(server: Server, folder: JobFolder) -> None:
    with server.page() as page:
        for channel in ("log", "metrics", "events"):
            page.send(op="follow", channel=channel, job=folder.id, offset=0)
            page.heard(channel)
        assert not server.live.hub.idle
        for channel in ("log", "metrics", "events"):
            page.send(op="leave", channel=channel, job=folder.id)
        wait_for(lambda: server.live.hub.idle, what="the end of following")


@pytest.mark.parametrize(
    ("said", "about", "status", "code"),
    [
        ("", {}, 422, "request"),
        ("{", {}, 422, "request"),
        ("[]", {}, 422, "request"),
        ("[" * 2000, {}, 422, "request"),
        ('"\\ud800"', {}, 422, "request"),
        ("x" * 5000, {}, 400, "too-long"),
        ({"op": "follow"}, ..., 422, "request"),
        ({"op": "follow", "channel": "log"}, ..., 422, "request"),
        ({"op": "steal", "channel": "jobs"}, ..., 422, "request"),
        ({"op": "follow", "channel": "jobs", "more": 1}, ..., 422, "request"),
        ({"op": "follow", "channel": "log", "job": "x", "offset": "1"}, ..., 422, "request"),
        ({"op": "follow", "channel": "log", "job": "x", "offset": 2**60}, ..., 422, "request"),
        ({"op": "follow", "channel": "log", "job": "nobody", "offset": 0}, ..., 404, "no-job"),
        ({"op": "follow", "channel": "job", "job": "../etc"}, ..., 404, "no-job"),
    ],
)
def test_what_is_not_understood_is_said_and_does_no_harm(
    server: Server, folder: JobFolder, said: Any, about: Any, status: int, code: str
) -> None:
    with server.page() as page:
        page.socket.send(said if isinstance(said, str) else json.dumps(said))
        error = page.receive()
        assert error["channel"] == "error"
        assert error["about"] == (said if about is ... else about)
        assert error["problem"]["status"] == status
        assert error["problem"]["code"] == code
        assert error["problem"]["detail"]
        page.send(op="follow", channel="job", job=folder.id)
        assert page.receive()["channel"] == "job"


def test_bytes_from_a_page_are_not_understood(server: Server) -> None:
    with server.page() as page:
        page.socket.send(b"\xff\x00")
        assert page.receive()["channel"] == "error"


def test_a_flood_of_rubbish_is_answered_in_order_and_in_bounds(server: Server) -> None:
    with server.page() as page:
        (one,) = server.live.pages
        for number in range(500):
            page.send(op="follow", channel="log", job=str(number))
        for number in range(500):
            assert page.receive()["about"]["job"] == str(number)
            assert len(one._replies) <= 16


def test_a_page_follows_so_much_and_no_more(
    server: Server, folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_FOLLOWED", 2)
    with server.page() as page:
        for channel in ("log", "metrics"):
            page.send(op="follow", channel=channel, job=folder.id, offset=0)
            page.heard(channel)
        page.send(op="follow", channel="jobs")
        assert page.heard("error")["problem"]["code"] == "too-many"
        page.send(op="follow", channel="log", job=folder.id, offset=0)  # once more, not one more
        assert page.heard("log")["start"] == 0
        page.send(op="leave", channel="log", job=folder.id)
        page.send(op="follow", channel="jobs")
        assert page.heard("jobs")["counts"]


def test_so_many_pages_and_no_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_PAGES", 1)
    with server.page(), server.page(greeted=False) as other:
        with pytest.raises(ConnectionClosed):
            other.receive()
        assert other.socket.close_code == 1013


def test_a_log_whose_secrets_are_not_known_is_refused(server: Server, folder: JobFolder) -> None:
    folder.masks.write_text("broken")
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        assert page.heard("error")["problem"]["code"] == "unreadable"


def test_a_page_that_vanishes_is_forgotten(server: Server, folder: JobFolder) -> None:
    append(folder.log, os.urandom(1 << 22))
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        page.send(op="follow", channel="job", job=folder.id)
        page.receive()
        page.vanish()
        wait_for(lambda: not server.live.pages, what="the end of the page")


def test_a_page_that_does_not_keep_to_the_protocol_is_closed(
    server: Server, folder: JobFolder
) -> None:
    append(folder.log, os.urandom(1 << 22))
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        page.receive()
        page.socket.socket.sendall(b"\xff" * 100)
        with pytest.raises(ConnectionClosed):
            page.heard("nothing")


def test_the_server_ends_while_pages_are_open(server: Server, folder: JobFolder) -> None:
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        page.send(op="follow", channel="jobs")
        page.heard("jobs")
        server.close()
        with pytest.raises(ConnectionClosed):
            page.heard("nothing")


def test_who_reads_nothing_slows_nobody_and_is_told_what_it_missed(
    server: Server, folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RING_BYTES", 1 << 20)
    folder.log.touch()
    with server.page() as deaf, server.page() as page:
        for one in (deaf, page):
            one.send(op="follow", channel="log", job=folder.id, offset=0)
            one.receive()
        whole = os.urandom(50 << 18)
        for begin in range(0, len(whole), 1 << 18):
            append(folder.log, whole[begin : begin + (1 << 18)])
            page.until(begin + (1 << 18))
        assert page.data == whole
        assert page.missed == []
        (tailer,) = server.live.hub._tailers.values()
        assert sum(len(piece.message) for piece in tailer._ring) <= 1 << 20
        deaf.until(len(whole))
        (missed,) = deaf.missed
        assert deaf.data[: missed[0]] == whole[: missed[0]]
        assert deaf.data[missed[1] :] == whole[missed[1] :]


def test_who_takes_nothing_for_long_is_let_go(
    server: Server, folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_SILENCE", 0.1)
    monkeypatch.setattr(live, "_STALLED", 0.5)
    append(folder.log, os.urandom(1 << 24))
    with server.page() as page:
        page.send(op="follow", channel="log", job=folder.id, offset=0)
        wait_for(lambda: not server.live.pages, what="the end of the page")
        page.vanish()


def test_pages_that_come_back_lose_nothing(server: Server, folder: JobFolder, seeds: range) -> None:
    """Random writes; a page loses its connection at random and goes on where it was."""
    for seed in seeds:
        dice = random.Random(seed)
        folder.log.write_bytes(b"")
        whole = dice.randbytes(dice.randint(1, 400_000))
        cuts = sorted(dice.choices(range(len(whole)), k=20))
        parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        writer = threading.Thread(target=write, args=(folder.log, parts))
        writer.start()
        assert read_with_breaks(server, folder, len(whole), dice) == whole
        writer.join()


def write(path: Path, parts: list[bytes]) -> None:
    for part in parts:
        append(path, part)


def test_the_whole_app_is_followed(serve: Callable[..., Serving], folder: JobFolder) -> None:
    write_json(folder.job, {"recipe": "piper", "compute": {"name": "local"}})
    write_json(folder.state, {"state": "succeeded", "attempt": 1})
    served = serve("--port", "0").wait()

    def heard() -> dict[str, Any]:
        message: dict[str, Any] = json.loads(talk.recv(20))
        return message

    with served.client() as page, served.live(cookie(page), served.url) as talk:
        assert heard()["channel"] == "hello"
        talk.send('{"op":"follow","channel":"jobs"}')
        assert heard()["counts"] == {"succeeded": 1}
        talk.send(json.dumps({"op": "follow", "channel": "job", "job": folder.id}))
        assert heard()["view"]["state"] == "succeeded"
        talk.send('{"op":"follow","channel":"system"}')
        assert heard()["figures"]["host"]
        talk.send(json.dumps({"op": "follow", "channel": "log", "job": folder.id}))
        assert heard()["size"] == 0


def read_with_breaks(server: Server, folder: JobFolder, size: int, dice: random.Random) -> bytes:
    data = b""
    while len(data) < size:
        with server.page() as page:
            page.send(op="follow", channel="log", job=folder.id, offset=len(data))
            assert page.heard("log")["start"] == len(data)
            for _ in range(dice.randint(1, 5)):
                if page.next < size:
                    page.receive()
            data += page.data
    return data
