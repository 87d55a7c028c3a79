"""Secrets and profiles over HTTP: values go in, and never come out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from fakes.runpod import FakeRunPod
from jobs_by_hand import ended
from keyrings import InMemory, using
from server.calling import Api
from tuneyard.runner.folder import JobFolder, held, read_json
from tuneyard.secrets import KNOWN
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("toy")

CANARY, WORK = "hf_canaryToken0123456789", "hf_canaryWork012345wxyz"


@pytest.fixture
def server(home: Path) -> Iterator[Api]:
    api = Api.of(home)
    with api.client:
        yield api


def keep(server: Api, name: str = "HF_TOKEN", value: object = CANARY, **more: object) -> Any:
    return server.put(f"/secrets/{name}", {"value": value, **more})


def listed(server: Api, profile: str = "") -> dict[str, dict[str, Any]]:
    answer = server.get("/secrets", params={"profile": profile})
    assert answer.status_code == 200, answer.text
    return {secret["name"]: secret for secret in answer.json()}


def holds(home: Path, text: str) -> list[str]:
    """Files of the home that have this in them."""
    files = (path for path in home.rglob("*") if path.is_file())
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_secrets_are_listed_by_name_with_where_they_are(server: Api, home: Path) -> None:
    assert listed(server)["HF_TOKEN"] == {
        "name": "HF_TOKEN",
        "about": KNOWN["HF_TOKEN"],
        "jobs": True,
        "keeper": None,
        "ending": None,
        "own": False,
        "covered": None,
        "keeps": ["memory", "file"],
    }
    assert listed(server)["RUNPOD_API_KEY"]["jobs"] is False
    assert keep(server).status_code == 204
    found = listed(server)
    assert (found["HF_TOKEN"]["keeper"], found["HF_TOKEN"]["ending"]) == ("memory", "6789")
    assert found["HF_WRITE_TOKEN"]["covered"] == "HF_TOKEN"
    assert CANARY not in json.dumps(found)
    assert holds(home, CANARY) == []


def test_secrets_are_kept_in_each_way_and_forgotten(server: Api, home: Path) -> None:
    ring = InMemory()
    with using(ring):
        for way in ("memory", "keyring", "file"):
            assert keep(server, keep=way).status_code == 204
            assert listed(server)["HF_TOKEN"]["keeper"] == way
        assert holds(home, CANARY) == ["secrets.json"]
        assert ring.kept == {}
        assert server.delete("/secrets/HF_TOKEN").status_code == 204
        assert listed(server)["HF_TOKEN"]["keeper"] is None
    assert holds(home, CANARY) == []


@pytest.mark.parametrize(
    ("name", "body", "status", "code", "field"),
    [
        ("HF_TOKEM", {"value": CANARY}, 404, "no-such-secret", "HF_TOKEM"),
        ("HF_TOKEN", {"value": CANARY, "keep": "keyring"}, 424, "no-keyring", "keep"),
        ("HF_TOKEN", {"value": CANARY, "keep": "diary"}, 422, "request", "keep"),
        ("HF_TOKEN", {"value": [CANARY]}, 422, "request", "value"),
        ("HF_TOKEN", {"value": ""}, 422, "request", "value"),
        ("HF_TOKEN", {"value": CANARY * 200}, 422, "request", "value"),
        ("HF_TOKEN", {"value": f"{CANARY} {CANARY}"}, 422, "no-token", "HF_TOKEN"),
        ("HF_TOKEN", {"token": CANARY}, 422, "request", "value"),
        ("HF_TOKEN", {"value": CANARY, "profile": "work"}, 404, "no-profile", "profile"),
    ],
)
def test_a_refusal_never_quotes_the_value(
    server: Api, home: Path, name: str, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = server.put(f"/secrets/{name}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["field"] == field
    assert "canary" not in answer.text
    assert holds(home, "canary") == []


def test_a_job_that_waits_goes_on_when_its_secret_comes(server: Api) -> None:
    job = {"recipe": "toy", "results": {"repository": "me/toy"}}
    folder = server.folder(server.post("/jobs", {"job": job}).json()["id"])
    wait_for(lambda: _waits(server, folder), what="the job to wait")
    keep(server, "HF_WRITE_TOKEN")
    assert ended(folder)["state"] == "succeeded"


def _waits(server: Api, folder: JobFolder) -> bool:
    return bool(server.manager.state(folder).get("needs")) and not held(folder.runner_lock)


def test_a_profile_has_secrets_and_defaults_of_its_own(server: Api, home: Path) -> None:
    given = {
        "title": "At work",
        "defaults": {"settings": {"toy": {"epochs": 3}}, "results": {"private": False}},
    }
    made = server.put("/profiles/work", given)
    assert made.json() == {"name": "work", "secrets": [], **given}
    keep(server)
    keep(server, value=WORK, keep="file", profile="work")
    assert [profile["secrets"] for profile in server.get("/profiles").json()] == [["HF_TOKEN"]]
    own = listed(server, "work")["HF_TOKEN"]
    assert (own["own"], own["keeper"], own["ending"]) == (True, "file", "wxyz")
    assert listed(server)["HF_TOKEN"]["ending"] == "6789"
    job = {"recipe": "toy", "settings": {"script": "true"}}
    created = server.post("/jobs", {"job": job, "profile": "work"})
    folder = server.folder(created.json()["id"])
    ended(folder)
    assert read_json(folder.attempt(1))["profile"] == "work"
    assert holds(home, WORK) == ["secrets.json"]
    assert server.client.delete("/api/secrets/HF_TOKEN?profile=work").status_code == 204
    assert listed(server, "work")["HF_TOKEN"]["own"] is False
    assert server.delete("/profiles/work").status_code == 204
    assert server.get("/profiles").json() == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/secrets?profile=gone", 404, "no-profile"),
        (f"/secrets?profile={'x' * 41}", 422, "request"),
    ],
)
def test_a_profile_that_is_not_there_is_told(
    server: Api, path: str, status: int, code: str
) -> None:
    answer = server.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert server.delete("/profiles/gone").status_code == 404
    wrong = server.put("/profiles/Gone", {})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "name")


def test_a_profile_stays_while_a_job_needs_it(server: Api) -> None:
    server.put("/profiles/work", {})
    job = {"recipe": "toy", "results": {"repository": "me/toy"}}
    created = server.post("/jobs", {"job": job, "profile": "work"}).json()
    folder = server.folder(created["id"])
    wait_for(lambda: _waits(server, folder), what="the job to wait")
    answer = server.delete("/profiles/work")
    assert (answer.status_code, answer.json()["code"]) == (409, "profile-in-use")
    server.post(f"/jobs/{folder.id}/stop", {"how": "now"})
    ended(folder)
    assert server.delete("/profiles/work").status_code == 204


def test_tokens_are_tried(server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(tmp_path / "hub") as hub, FakeRunPod() as runpod:
        hub.token(CANARY, "alice", writes=True)
        hub.add("alice/voice", {}, private=True)
        runpod.keys.add("rpa_canary")
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        keep(server, "HF_WRITE_TOKEN")
        tested = server.post("/secrets/HF_WRITE_TOKEN/test", {"repository": "alice/voice"})
        assert tested.json() == {
            "ok": True,
            "sentences": [
                "This token belongs to alice.",
                "It may read and write to alice.",
                "This token may read and write to the model alice/voice.",
            ],
            "next_step": "",
        }
        tested = server.post("/secrets/RUNPOD_API_KEY/test", {"value": "rpa_canary"})
        assert tested.json()["ok"] is True
    nobody = server.post("/secrets/HF_TOKEN/test", {})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no-secret")
    tested = server.post("/secrets/RUNPOD_API_KEY/test", {"value": "rpa_canary"})
    assert tested.json()["ok"] is None
