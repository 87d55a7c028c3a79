"""A secret that was given to the server is where its owner put it, and nowhere else.

Canaries: each is a token that nothing but the test knows. First the server alone, then a
job whose trainer prints its environment.
"""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import jobs_by_hand
from cli.calling import clear_up, process
from fakes.hub import FakeHub
from server.operations import OPERATIONS, known
from server.serving import Serving
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.runner.step import Secret
from waiting import wait_for

MEMORY, FILE, WORK = (
    "hf_CanaryInMemory0123456789abcd",
    "hf_CanaryInAFile0123456789efgh",
    "hf_CanaryOfAProfile0123456ijkl",
)
CANARIES = (MEMORY, FILE, WORK)
STARS = b"*" * len(MEMORY)

Serve = Callable[..., Serving]


@pytest.fixture(autouse=True)
def _clear_up() -> Iterator[None]:
    yield
    clear_up()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def server(serve: Serve, hub: FakeHub) -> Serving:
    return serve("--port", "0", environ={"HF_ENDPOINT": hub.url}).wait()


def keep(page: httpx.Client, name: str, value: str, keep: str, profile: str = "") -> None:
    body = {"value": value, "keep": keep, "profile": profile}
    answer = page.put(f"/api/secrets/{name}", json=body)
    assert answer.status_code == 204, answer.text


def holders(folder: Path, *canaries: str) -> dict[str, set[str]]:
    """Files that hold a canary, with those that they hold."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        held = {each for each in canaries if path.is_file() and each.encode() in path.read_bytes()}
        if held:
            found[str(path.relative_to(folder))] = held
    return found


def in_processes(*canaries: str) -> list[str]:
    """Command lines, which all users of this computer see, that hold a canary."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        found += [line for each in canaries if each in line]
    return found


def clean(text: str | bytes) -> None:
    """Nothing of a canary but its end, by which its owner knows it."""
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    for each in CANARIES:
        assert each not in plain
        assert each[3:-4] not in plain


# -- the server alone -------------------------------------------------------------


def test_what_is_given_to_the_server_is_where_it_was_to_be_kept(
    server: Serving, home: Path, tmp_path: Path
) -> None:
    with server.client() as page:
        assert page.put("/api/profiles/work", json={}).status_code == 200
        keep(page, "HF_TOKEN", MEMORY, "memory")
        keep(page, "HF_WRITE_TOKEN", FILE, "file")
        keep(page, "HF_READ_TOKEN", WORK, "memory", profile="work")
        places = {each["name"]: each["keeper"] for each in page.get("/api/secrets").json()}
    assert places["HF_TOKEN"] == "memory"
    assert places["HF_WRITE_TOKEN"] == "file"
    assert holders(tmp_path, *CANARIES) == {f"{home.name}/secrets.json": {FILE}}
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert in_processes(*CANARIES) == []
    clean(server.said)


def test_no_answer_holds_it(server: Serving, home: Path) -> None:
    job = jobs_by_hand.make(home, [])
    with server.client() as page:
        assert page.put("/api/profiles/work", json={}).status_code == 200
        keep(page, "HF_TOKEN", MEMORY, "memory")
        keep(page, "HF_WRITE_TOKEN", FILE, "file")
        keep(page, "HF_READ_TOKEN", WORK, "memory", profile="work")
        for operation in OPERATIONS:
            if operation.method == "GET":
                for profile in ("", "work"):
                    query = {"profile": profile, "path": "job.json"}
                    answer = page.get(known(operation, job), params=query)
                    clean(answer.content)
                    clean(str(answer.headers))
                    clean(str(answer.url))
        draft = {"job": {"recipe": "piper", "settings": {"dataset": "me/clips"}}}
        for path in ("check", "plan"):
            clean(page.post(f"/api/jobs/{path}", json=draft).content)
        for name, body in (
            ("HF_TOKEN", {}),
            ("HF_TOKEN", {"value": MEMORY, "repository": "me/voice"}),
            ("HF_READ_TOKEN", {"profile": "work"}),
        ):
            tried = page.post(f"/api/secrets/{name}/test", json=body)
            assert tried.status_code == 200
            assert not tried.json()["ok"]  # no hub knows it
            clean(tried.content)
    clean(server.said)


WRONG = [
    {"value": MEMORY, "keep": "nowhere"},
    {"value": [MEMORY]},
    {"value": {"token": MEMORY}},
    {"value": f"{MEMORY} and more"},
    {"value": f"{MEMORY}\r\nX: y"},
    {"value": f"{MEMORY}ü"},
    {"value": MEMORY * 200},
    {"valu": MEMORY},
    {"value": MEMORY, "profile": "nothing"},
    {"value": MEMORY, "keep": "keyring"},  # there is none here
    [MEMORY],
    MEMORY,
]


def test_no_refusal_repeats_it(server: Serving) -> None:
    with server.client() as page:
        page.headers["Content-Type"] = "application/json"
        for body in WRONG:
            text = json.dumps(body)
            for path, content in (
                ("HF_TOKEN", text),
                ("HF_TOKEN", text[:-1]),  # no JSON
                ("HF_TOKN", json.dumps({"value": MEMORY})),
                ("HF_TOKEN/test", text),
            ):
                method = "POST" if path.endswith("/test") else "PUT"
                answer = page.request(method, f"/api/secrets/{path}", content=content)
                assert answer.status_code in {404, 422, 424} or path.endswith("/test")
                clean(answer.content)
    clean(server.said)


# -- a trainer that prints its environment ----------------------------------------

# Between other text, at a line's end, twice, and as the last thing before it fails.
PRINTS = """
env
echo "token=$HF_TOKEN, again=$HF_TOKEN"
echo "$HF_TOKEN" >&2
printf '%s\\r' "$HF_TOKEN"
printf '%s' "$HF_TOKEN"
exit 3
"""


def test_a_trainer_that_prints_its_environment_shows_stars(server: Serving, home: Path) -> None:
    secrets = (Secret("HF_TOKEN", required=True),)
    folder = jobs_by_hand.make(home, [jobs_by_hand.shell("show", PRINTS, secrets=secrets)])
    with server.client() as page:
        keep(page, "HF_TOKEN", MEMORY, "memory")
        assert page.post(f"/api/jobs/{folder.id}/start").status_code == 200
        wait_for(lambda: read_json(folder.state)["state"] == "failed")
        raw = folder.log.read_bytes()
        assert raw.count(MEMORY.encode()) == 6  # it was printed, and the file has every byte
        masked = raw.replace(MEMORY.encode(), STARS)
        _rest_shows(page, folder, masked)
    _socket_shows(server, folder, masked)
    _command_shows(folder, masked)
    written = holders(home, *CANARIES)
    assert written == {f"jobs/{folder.id}/output.log": {MEMORY}}
    assert in_processes(*CANARIES) == []
    clean(server.said)


def _rest_shows(page: httpx.Client, folder: JobFolder, masked: bytes) -> None:
    base = f"/api/jobs/{folder.id}"
    # What may be half a secret is held back until the file has been quiet for a while.
    wait_for(lambda: page.get(f"{base}/log").content == masked, what="the whole log")
    assert page.get(f"{base}/log", params={"download": True}).content == masked
    assert page.get(f"{base}/log", params={"offset": -40}).content == masked[-40:]
    for begin in range(len(masked) - 60, len(masked)):  # cut through the token at each place
        part = page.get(f"{base}/log", params={"offset": begin, "limit": 7})
        assert part.content == masked[begin : begin + 7]
    assert page.get(f"{base}/files/output.log").content == masked
    zipped = page.get(f"{base}/zip", params={"path": ["output.log", "state.json"]})
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        assert archive.read("output.log") == masked
        clean(archive.read("state.json"))
    view = page.get(base).json()
    assert STARS.decode() in str(view["cause"]["lines"])
    for operation in OPERATIONS:
        if operation.method == "GET":
            clean(page.get(known(operation, folder), params={"path": "state.json"}).content)


def _socket_shows(server: Serving, folder: JobFolder, masked: bytes) -> None:
    found = b""
    with server.live({"Authorization": f"Bearer {server.token}"}) as live:
        for channel in ("log", "events", "metrics", "job", "jobs"):
            follow = {"op": "follow", "channel": channel, "job": folder.id, "offset": 0}
            if channel in {"job", "jobs"}:
                del follow["offset"]
            if channel == "jobs":
                del follow["job"]
            live.send(json.dumps(follow))
        said: set[str] = set()
        while len(found) < len(masked) or not {"log", "events", "job", "jobs"} <= said:
            message = live.recv(timeout=60)
            clean(message)
            if isinstance(message, bytes):
                _, start, _ = struct.unpack_from("!IQB", message)
                assert start == len(found)
                found += message[13:]
            else:
                said.add(json.loads(message)["channel"])
    assert found == masked


def _command_shows(folder: JobFolder, masked: bytes) -> None:
    """In a process that never held the token."""
    for arguments in (("logs", folder.id), ("show", folder.id), ("show", folder.id, "--json")):
        out, err = process(*arguments).communicate(timeout=60)
        clean(out)
        clean(err)
        if arguments[-1] == "--json":
            assert STARS.decode() in str(json.loads(out)["cause"]["lines"])
    out, _ = process("logs", folder.id).communicate(timeout=60)
    assert out.count(STARS) == masked.count(STARS)
