"""A pod's face: its job, who may ask, and what is to be done."""

import gzip
import json
import time

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faces import INCARNATION, TOKEN, served
from runner.pod.serve.conftest import SECRET, STARS, end, settle
from tuneyard.runner import masking
from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.states import State

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


# -- what is to be done -------------------------------------------------------------


@pytest.mark.parametrize("how", ["save", "now"])
def test_a_job_is_asked_to_stop(how: str, folder: JobFolder, client: httpx.Client) -> None:
    assert client.post("/stop", json={"how": how}).status_code == 200
    assert folder.stop.read_text().strip() == how


def test_a_job_that_ended_is_not_stopped(folder: JobFolder, client: httpx.Client) -> None:
    end(folder)
    assert client.post("/stop", json={"how": "save"}).json()["code"] == "already-ended"
    assert not folder.stop.exists()


def test_a_checkpoint_is_asked_for_where_one_can_be_saved(
    folder: JobFolder, client: httpx.Client
) -> None:
    answer = client.post("/save", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot-save")
    training = {"state": "training", "attempt": 1, "step": {"n": 2, "saves": True}}
    write_json(folder.state, {**training, "stopping": {"how": "save"}})
    assert client.post("/save", json={}).status_code == 409
    assert not folder.save.exists()
    write_json(folder.state, training)
    assert client.post("/save", json={}).status_code == 200
    assert folder.save.exists()


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
