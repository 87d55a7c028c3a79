"""`tuneyard serve` as it runs: one a home, found again, and gone without a fuss."""

import contextlib
import fcntl
import json
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

import jobs_by_hand
from cli.calling import WAITS, clear_up, process
from server.serving import Serving, cookie, problem
from tuneyard.errors import NotPossible
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.server import serve as module
from tuneyard.server.keys import Keys
from tuneyard.server.listen import Place
from tuneyard.server.serve import Wanted
from waiting import wait_for

Serve = Callable[..., Serving]

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _clear_up() -> Iterator[None]:
    yield
    clear_up()


def start(page: httpx.Client, home: Path, script: str) -> JobFolder:
    """A toy job, started through the page."""
    job = {"recipe": "toy", "settings": {"script": script}}
    made = page.post("/api/jobs", json={"job": job})
    assert made.status_code == 201, made.text
    return JobFolder(home / "jobs" / made.json()["id"])


# -- starting ---------------------------------------------------------------------


def test_it_prints_the_link_once_and_notes_where_it_is(running: Serving) -> None:
    assert running.said.count(running.token) == 1
    assert running.token == Keys.of(running.home).token
    assert running.url.startswith("http://127.0.0.1:")
    assert running.noted["url"] == running.url
    assert running.noted["pid"] == running.process.pid
    for name in ("server.json", "server.lock", "server.key"):
        assert stat.S_IMODE((running.home / name).stat().st_mode) == 0o600


def test_it_answers_who_came_by_the_link_alone(running: Serving) -> None:
    with running.client() as page:
        assert page.get("/api/jobs").status_code == 200
    with running.browser() as stranger:
        assert problem(stranger.get("/api/jobs"))["code"] == "signed-out"


def test_its_answers_dont_say_what_it_is_made_of(running: Serving) -> None:
    with running.browser() as page:
        assert "server" not in page.get("/api/session").headers


def test_only_this_computer_reaches_it(running: Serving) -> None:
    port = httpx.URL(running.url).port
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    places = {line.split()[1] for line in listening.splitlines() if f":{port:04X} " in line}
    assert f"0100007F:{port:04X}" in places
    assert not [place for place in places if place.startswith("00000000")]


def test_a_port_that_is_taken_is_said_in_words(
    serve: Serve, running: Serving, tmp_path: Path
) -> None:
    port = str(httpx.URL(running.url).port)
    other = serve("--port", port, at=tmp_path / "other")
    assert other.process.wait(60) == 2
    assert f"Another program uses port {port}." in other.said
    assert "leave out --port" in other.said
    assert "Traceback" not in other.said


def told(home: Path) -> list[str]:
    """What whoever starts it is told."""
    return list(module._news("http://127.0.0.1:8400", Place.of("127.0.0.1"), Keys.of(home)))


def test_without_its_page_it_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_PAGE", tmp_path / "index.html")
    assert "Its page was not built" in told(home)[-1]
    (tmp_path / "index.html").touch()
    assert "not built" not in "".join(told(home))


def test_whoever_came_by_ssh_is_told_of_a_tunnel(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "203.0.113.9 55000 192.0.2.7 22")
    monkeypatch.setenv("USER", "me")
    assert told(home)[-1].endswith("ssh -N -L 8400:127.0.0.1:8400 me@192.0.2.7")
    monkeypatch.setenv("SSH_CONNECTION", "")
    assert "ssh" not in told(home)[-1]


def test_the_page_comes_without_a_key_and_reads_as_a_page(running: Serving) -> None:
    with running.browser() as page:
        answer = page.get("/jobs/anything/log")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]


# -- reachable from elsewhere -----------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_others_reach_it_only_with_a_password(host: str, serve: Serve) -> None:
    refused = serve("--host", host)
    assert refused.process.wait(60) == 2
    assert "that needs a password" in refused.said
    assert "TUNEYARD_PASSWORD" in refused.said


def test_a_short_password_is_refused(serve: Serve) -> None:
    refused = serve("--host", "0.0.0.0", environ={"TUNEYARD_PASSWORD": "s3cr3t-word"})
    assert refused.process.wait(60) == 2
    assert "12 characters at least" in refused.said
    assert "s3cr3t" not in refused.said


def test_with_a_password_others_reach_it_and_plain_http_is_warned_of(serve: Serve) -> None:
    environ = {"TUNEYARD_PASSWORD": PASSWORD}
    server = serve("--host", "0.0.0.0", "--port", "0", environ=environ).wait()
    assert "plain HTTP can be read on the way" in server.said
    assert PASSWORD not in server.said
    with server.browser() as page:
        assert page.get("/api/session").json() == {
            "signed_in": False,
            "password": True,
            "practice": False,
        }
        assert page.post("/api/session", json={"password": PASSWORD}).status_code == 204
        assert page.get("/api/jobs").status_code == 200
        assert page.get("/api/jobs", headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.usefixtures("toy")
def test_the_password_reaches_no_job(serve: Serve, home: Path) -> None:
    server = serve("--port", "0", environ={"TUNEYARD_PASSWORD": PASSWORD}).wait()
    with server.client() as page:
        folder = start(page, home, "env")
    wait_for(lambda: read_json(folder.state)["state"] == "succeeded")
    log = folder.log.read_text()
    assert f"TUNEYARD_JOB={folder.id}:1" in log
    assert "TUNEYARD_PASSWORD" not in log


# -- one a home -------------------------------------------------------------------


def test_the_second_finds_the_first(serve: Serve, running: Serving) -> None:
    second = serve(at=running.home).wait()
    assert second.process.wait(60) == 0
    assert second.said == f"Tuneyard runs already: {running.url}/#open={running.token}\n"
    assert running.process.poll() is None
    assert running.noted["pid"] == running.process.pid


def test_many_at_once_become_one(serve: Serve, home: Path) -> None:
    started = [serve("--port", "0") for _ in range(3)]
    for each in started:
        each.wait()
    assert len({each.url for each in started}) == 1
    (first,) = [each for each in started if each.said.startswith("Tuneyard runs at ")]
    for each in started:
        if each is not first:
            assert each.process.wait(60) == 0
    assert read_json(home / "server.json")["pid"] == first.process.pid


def test_two_homes_have_two(serve: Serve, running: Serving, tmp_path: Path) -> None:
    other = serve("--port", "0", at=tmp_path / "other").wait()
    assert other.url != running.url
    with other.browser() as page:
        answer = page.post("/api/session", json={"token": running.token})
        assert problem(answer)["code"] == "wrong-link"


def test_after_a_kill_the_next_one_begins_where_it_was(serve: Serve, served: Serving) -> None:
    """So that an open page finds it again, signed in as before."""
    with served.client() as page:
        served.end(signal.SIGKILL)
        again = serve("--port", str(httpx.URL(served.url).port)).wait()
        assert again.url == served.url
        assert again.noted["pid"] == again.process.pid
        assert page.get("/api/jobs").status_code == 200


def test_one_that_hangs_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STARTING", 0.0)
    with open(home / "server.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(NotPossible, match="doesn't get on") as caught:
            module.serve(home, Wanted(), print)
    assert "server.lock" in caught.value.next_step


# -- the browser ------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for a browser writes what it is to open."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new && mv {seen}.new {seen}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    return seen


def test_the_first_and_the_second_open_the_page_by_a_link_that_works_once(
    tmp_path: Path, opened: Path
) -> None:
    """Not by the token: others see in the list of processes what a browser is started with."""
    home = tmp_path / "its home"
    with contextlib.closing(Serving(home, "--port", "0")) as first:
        first.wait()
        for each in (first, Serving(home)):
            wait_for(opened.exists, what="a browser")
            url, _, once = opened.read_text().partition("/#open=")
            assert url == first.url
            assert first.token not in once
            for status in (204, 401):
                with first.browser() as page:
                    answer = page.post("/api/session", json={"token": once.strip()})
                    assert answer.status_code == status
            opened.unlink()
            if each is not first:
                assert each.process.wait(60) == 0


@pytest.mark.parametrize("display", [False, True])
def test_without_a_display_no_browser_is_started(
    display: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr("sys.platform", "linux")
    assert module._has_display() == display


# -- ending -----------------------------------------------------------------------


@contextlib.contextmanager
def stuck(server: Serving, request: str) -> Iterator[socket.socket]:
    """A connection whose other end asks for something and never reads."""
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        bearer = f"Authorization: Bearer {server.token}"
        connection.sendall(f"{request}\r\nHost: {address.host}\r\n{bearer}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_one_line(how: signal.Signals, served: Serving) -> None:
    before = served.said
    assert served.end(how) == 0
    assert served.said == f"{before}\nTuneyard has ended. Jobs go on without it.\n"
    assert served.noted["pid"] is None
    assert served.noted["url"] == served.url


def test_it_goes_on_when_nobody_reads_what_it_says(home: Path) -> None:
    command = process("serve", "--no-browser", "--port", "0", environ={"TUNEYARD_HOME": str(home)})
    assert command.stdout is not None
    assert b"#open=" in command.stdout.readline()
    command.stdout.close()
    url = read_json(home / "server.json")["url"]
    assert httpx.get(f"{url}/api/session", timeout=60).status_code == 200
    command.send_signal(signal.SIGINT)
    assert command.wait(60) == 0
    assert command.stderr is not None
    assert command.stderr.read() == b""


def test_open_sockets_and_downloads_dont_keep_it(served: Serving, home: Path) -> None:
    folder = jobs_by_hand.make(home, [])
    with open(folder.outputs / "large.bin", "wb") as file:
        file.truncate(1 << 30)
    before = served.said
    with served.client() as page, contextlib.ExitStack() as open_ends:
        open_ends.enter_context(served.live(cookie(page), served.url))
        get = f"GET /api/jobs/{folder.id}/files/outputs/large.bin HTTP/1.1"
        open_ends.enter_context(stuck(served, get))
        assert served.end() == 0
    assert served.said == f"{before}\nTuneyard has ended. Jobs go on without it.\n"


@pytest.mark.usefixtures("toy")
def test_jobs_go_on_without_it(serve: Serve, home: Path) -> None:
    served = serve("--port", "0").wait()
    with served.client() as page:
        folder = start(page, home, WAITS)
    wait_for(lambda: read_json(folder.state)["state"] == "training")
    assert served.end() == 0
    (folder.path / "go").touch()
    wait_for(lambda: read_json(folder.state)["state"] == "succeeded")


def test_a_home_that_cant_be_written_is_said_in_words(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    failed = serve(at=tmp_path / "file")
    assert failed.process.wait(60) == 1
    assert "Traceback" not in failed.said


# -- the WebSocket ----------------------------------------------------------------


def test_only_our_page_opens_the_websocket(running: Serving) -> None:
    with running.client() as page:
        signed_in = cookie(page)
    with running.live(signed_in, running.url) as live:
        assert json.loads(live.recv())["channel"] == "hello"
    for origin, headers, status in (
        ("http://evil.example", signed_in, 403),
        ("http://127.0.0.1:3000", signed_in, 403),
        ("null", signed_in, 403),
        (None, signed_in, 403),
        (running.url, {}, 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            running.live(headers, origin)
        assert refused.value.response.status_code == status
    assert "Traceback" not in running.said


def test_its_socket_isnt_compressed(running: Serving) -> None:
    with running.live({"Authorization": f"Bearer {running.token}"}) as live:
        assert live.response is not None
        assert "Sec-WebSocket-Extensions" not in live.response.headers


def test_nothing_it_was_asked_for_is_written_anywhere(running: Serving) -> None:
    before = running.said
    with running.client() as page:
        page.get("/api/jobs/20260101-000000-canary-of-an-address")
        page.get("/assets/canary-of-an-address.js")
    assert running.said == before
    found = [
        path
        for path in running.home.rglob("*")
        if path.is_file() and b"canary" in path.read_bytes()
    ]
    assert found == []
