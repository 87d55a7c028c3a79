"""What lies at home alone reaches a pod by way of a private dataset on the Hub."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from rented import Rented, events
from tuneyard.jobs.inputs import rates
from tuneyard.runner.folder import JobFolder, held, read_json
from waiting import wait_for

WRITES = "hf_writesEverything0123456789"
READS = "hf_readsEverything0123456789"
DATASET = "me/tuneyard-inputs"

SCRIPT = 'cat data.txt > "$TUNEYARD_OUTPUTS/answer"; env | grep -c ^HF_.*TOKEN || true'


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as found:
        for name, value in {**found.env, "HF_WRITE_TOKEN": WRITES}.items():
            monkeypatch.setenv(name, value)
        found.token(WRITES, "me", writes=True)
        found.token(READS, "me")
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "data.txt").write_text("forty-two\n")
    (folder / "noise.bin").write_bytes(os.urandom(11_000_000))  # the whole is too large for git
    return folder


def start(rented: Rented, data: Path, script: str = SCRIPT, **more: Any) -> JobFolder:
    return rented.start(script, files=str(data), compute={"inputs": "hub"}, **more)


def asked_for(rented: Rented) -> list[dict[str, Any]]:
    """The bodies of all requests for a pod."""
    return [
        json.loads(asked.request.body)
        for asked in rented.practice.asked
        if (asked.method, asked.path) == ("POST", "/v2/pods")
    ]


def pushers(rented: Rented) -> list[str]:
    """Processes that push for this home."""
    mark = f"TUNEYARD_HOME={rented.home}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command, environ = (place / "cmdline").read_bytes(), (place / "environ").read_bytes()
        except OSError:  # ended just now, or not ours
            continue
        if b"tuneyard.jobs.inputs.pushing" in command and mark in environ.split(b"\0"):
            found.append(place.name)
    return found


def test_data_is_pushed_once_for_two_jobs_that_train_with_it_in_pods(
    rented: Rented, hub: FakeHub, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_READ_TOKEN", READS)
    for _ in range(2):
        folder = start(rented, data)
        assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
        assert (folder.outputs / "answer").read_text() == "forty-two\n"
        assert folder.log.read_text().splitlines()[-1] == "0", "no step was given a token"
        assert DATASET in events(folder, "pod")[0]["said"]
    assert hub.repositories["dataset", DATASET].private
    assert [path[-4:] for path in hub.files(DATASET, kind="dataset")] == [".tar"]
    assert len(hub.requests("PUT /large/")) == 1
    assert rates.newest(rented.home, "pod") is None, "something went straight to the pod"


def test_the_pod_is_given_one_token_to_read_with(
    rented: Rented, hub: FakeHub, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_READ_TOKEN", READS)
    folder = start(rented, data)
    rented.ended(folder)
    (body,) = asked_for(rented)
    assert {name: value for name, value in body["env"].items() if name.endswith("_TOKEN")} == {
        "HF_READ_TOKEN": READS,
        "TUNEYARD_FACE_TOKEN": read_json(folder.path / "home.json")["token"],
    }
    fetched = [asked.token for asked in hub.requests("/resolve/main/")]
    assert set(fetched) == {READS}
    for path in folder.path.rglob("*"):
        assert not path.is_file() or READS.encode() not in path.read_bytes(), path


def test_a_push_is_shown_and_costs_nothing(rented: Rented, hub: FakeHub, data: Path) -> None:
    hub.hang("/commit/")
    folder = start(rented, data)
    wait_for(lambda: hub.hanging, 120, lambda: rented.story(folder))

    def waits() -> dict[str, Any]:
        found: dict[str, Any] = read_json(folder.state).get("waiting") or {}
        return found

    wait_for(lambda: waits().get("upload", {}).get("sent", 0) > 11_000_000, 30)
    assert waits()["for"] == "inputs"
    assert waits()["upload"]["sent"] == waits()["upload"]["bytes"]
    assert read_json(folder.state)["state"] == "provisioning"
    rented.manager.stop(folder)
    assert rented.ended(folder)["state"] == "stopped"
    assert pushers(rented) == []
    assert asked_for(rented) == []
    assert hub.files(DATASET, kind="dataset") == {}


def test_an_attendant_that_is_killed_in_the_middle_is_followed_by_one_that_goes_on(
    rented: Rented, hub: FakeHub, data: Path
) -> None:
    hub.hang("PUT /large/")
    folder = start(rented, data)
    wait_for(lambda: hub.hanging, 120, lambda: rented.story(folder))
    rented.end_attendants()
    wait_for(lambda: not pushers(rented), what="that nobody pushes for one that is gone")
    assert asked_for(rented) == []
    wait_for(lambda: rented.manager.tend(folder), 120, "a new one")
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert len(hub.files(DATASET, kind="dataset")) == 1
    assert len(asked_for(rented)) == 1


def test_a_public_dataset_is_refused(rented: Rented, hub: FakeHub, data: Path) -> None:
    hub.add(DATASET, {}, kind="dataset")
    folder = start(rented, data)
    state = rented.ended(folder)
    assert (state["state"], state["cause"]["code"]) == ("failed", "hub-public")
    assert hub.files(DATASET, kind="dataset") == {}
    assert asked_for(rented) == []


def test_a_hub_that_is_away_for_a_while_is_waited_for(
    rented: Rented, hub: FakeHub, data: Path
) -> None:
    hub.fail("GET /api/datasets/", 503, times=4)  # once more than one push tries
    folder = start(rented, data)
    assert rented.ended(folder, 120)["state"] == "succeeded", rented.story(folder)
    assert any("It is tried again" in event["said"] for event in events(folder, "pod"))
    assert len(asked_for(rented)) == 1


def test_a_missing_token_is_asked_for_before_anything(
    rented: Rented, hub: FakeHub, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_WRITE_TOKEN")
    manager, folder = rented.manager, start(rented, data)
    wait_for(lambda: read_json(folder.state).get("needs"), 120, lambda: rented.story(folder))
    assert read_json(folder.state)["needs"] == ["HF_WRITE_TOKEN"]
    assert not manager.tend(folder)
    assert (hub.asked, asked_for(rented)) == ([], [])
    manager.secrets.give({"HF_TOKEN": WRITES})
    wait_for(lambda: manager.tend(folder), 120, "that it goes on")
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert asked_for(rented)[0]["env"]["HF_TOKEN"] == WRITES


@pytest.mark.parametrize("lacks", ["HF_WRITE_TOKEN", "RUNPOD_API_KEY"])
def test_what_waits_for_a_secret_can_be_stopped(
    rented: Rented, hub: FakeHub, data: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    monkeypatch.delenv(lacks)
    folder = start(rented, data)
    wait_for(lambda: read_json(folder.state).get("needs"), 120, lambda: rented.story(folder))
    wait_for(lambda: not held(folder.runner_lock), 120, "that its attendant leaves")
    rented.manager.stop(folder)
    assert rented.ended(folder)["state"] == "stopped"
    assert (hub.asked, asked_for(rented)) == ([], [])


def test_a_token_that_only_pods_are_told_can_not_push(
    rented: Rented, hub: FakeHub, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_WRITE_TOKEN", "{{ RUNPOD_SECRET_hub }}")
    folder = start(rented, data)
    state = rented.ended(folder)
    assert (state["state"], state["cause"]["code"]) == ("failed", "hub-token")
    assert "kept at RunPod" in state["cause"]["sentence"]
    assert (hub.asked, asked_for(rented)) == ([], [])


def test_where_nothing_travels_nothing_is_asked_of_the_hub(rented: Rented, hub: FakeHub) -> None:
    folder = rented.start('echo made > "$TUNEYARD_OUTPUTS/answer"', compute={"inputs": "hub"})
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert hub.asked == []
    assert "HF_WRITE_TOKEN" not in asked_for(rented)[0]["env"]


def test_a_checkpoint_to_go_on_from_travels_the_same_way(rented: Rented, hub: FakeHub) -> None:
    folder = rented.start(
        'if [ -z "$TUNEYARD_CHECKPOINT" ]; then\n'
        "  mkdir ck; echo first > ck/1.pt; while true; do sleep 0.1; done\n"
        "fi\n"
        'cat "$TUNEYARD_CHECKPOINT" > "$TUNEYARD_OUTPUTS/answer"',
        checkpoints=["ck/*.pt"],
        compute={"inputs": "hub"},
    )
    wait_for(
        lambda: [*folder.path.glob("remote/1/checkpoint/**/1.pt")],
        60,
        lambda: f"a checkpoint here: {rented.story(folder)}",
    )
    rented.manager.stop(folder, "now")
    assert rented.ended(folder)["state"] == "stopped"
    assert hub.asked == []
    rented.manager.resume(folder)
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "answer").read_text() == "first\n"
    assert [*hub.files(DATASET, kind="dataset").values()] == [b"first\n"]


def test_straight_to_the_pod_its_rate_is_noted_for_the_next_plan(
    rented: Rented, data: Path
) -> None:
    folder = rented.start(SCRIPT, files=str(data))
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    found = rates.newest(rented.home, "pod")
    assert found
    assert found.bytes > 11_000_000
