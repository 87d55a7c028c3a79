"""The pod is gone, and what it pushed lies in the job's repository."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from jobs.remote.repositories import (
    CHECKPOINT,
    POD,
    REPOSITORY,
    RESULTS,
    TOKEN,
    gone,
    job_of,
    push,
    repository,
)
from rented import events
from tuneyard.compute.runpod.client import RunPod
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.handle import Handle
from tuneyard.jobs.remote.repository.fetching import fetch
from tuneyard.runner.folder import JobFolder, read_json

NOBODY = RunPod("nothing is asked of RunPod")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.05, "hub": 5.0}')
    with repository(tmp_path / "hub", monkeypatch) as found:
        yield found


def fetched(folder: JobFolder, verdict: words.Verdict | None = None) -> dict[str, Any]:
    """The state after an attendant has looked into the repository."""
    here = gone(folder, verdict)
    fetch(here, NOBODY)
    assert here.handle.phase == "gone"
    return read_json(folder.state)


@pytest.mark.parametrize("place", ["", "voices/one"])
def test_results_come_home_though_nobody_heard_the_end(
    hub: FakeHub, home: Path, place: str
) -> None:
    folder = job_of(home, folder=place)
    push(hub, folder.id, files=RESULTS, checkpoint=CHECKPOINT, folder=place)
    state = fetched(folder)
    assert (state["state"], state["cause"]) == ("succeeded", None)
    for name, data in RESULTS.items():
        assert (folder.path / name).read_bytes() == data
    assert not [*folder.path.rglob("2.ckpt")]
    (warning,) = events(folder, "warning")
    assert REPOSITORY in warning["cause"]["sentence"]
    assert "The end of the log is missing." in warning["cause"]["sentence"]


def test_meanwhile_the_job_finishes_and_waits_for_its_results(hub: FakeHub, home: Path) -> None:
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    gone(folder)
    state = read_json(folder.state)
    assert (state["state"], state["waiting"]) == ("finishing", {"for": "results"})


def test_what_is_here_is_not_fetched_again_and_what_broke_off_goes_on(
    hub: FakeHub, home: Path
) -> None:
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    sample = folder.path / "remote/1/samples/final/1.wav"
    sample.parent.mkdir(parents=True)
    sample.write_bytes(RESULTS["samples/final/1.wav"])
    hub.cut("GET /large/", 2000)
    assert fetched(folder)["state"] == "succeeded"
    assert (folder.outputs / "voice.onnx").read_bytes() == RESULTS["outputs/voice.onnx"]
    assert (folder.samples / "final/1.wav").samefile(sample)
    voice = [ask for ask in hub.requests("GET /large/") if ask.sent]
    assert [ask.range for ask in voice] == ["", "bytes=2000-"]
    assert sum(ask.sent for ask in voice) == len(RESULTS["outputs/voice.onnx"])


def test_other_bytes_than_the_pod_pushed_are_no_results(hub: FakeHub, home: Path) -> None:
    folder = job_of(home)
    push(hub, folder.id, files={"outputs/voice": b"voice"})
    record = json.loads(hub.files(REPOSITORY)["tuneyard.json"])
    record["files"]["outputs/voice"]["sha256"] = "0" * 64
    hub.add(REPOSITORY, {"tuneyard.json": json.dumps(record).encode()})
    state = fetched(folder)
    assert (state["state"], state["cause"]["code"]) == ("lost", "pod-gone")
    assert "not what was promised" in state["cause"]["sentence"]
    assert not (folder.outputs / "voice").exists()


def test_a_repository_writes_nothing_here_but_results(hub: FakeHub, home: Path) -> None:
    folder = job_of(home)
    push(hub, folder.id, files={"outputs/voice": b"voice", "job.json": b"{}", "work/x": b"x"})
    before = folder.job.read_bytes()
    assert fetched(folder)["state"] == "succeeded"
    assert folder.job.read_bytes() == before
    assert not [*folder.path.rglob("x")]


def test_a_checkpoint_there_is_what_a_resume_goes_on_from(hub: FakeHub, home: Path) -> None:
    folder = job_of(home)
    push(hub, folder.id, state="training", checkpoint=CHECKPOINT)
    state = fetched(folder)
    assert (state["state"], state["cause"]["code"]) == ("lost", "pod-gone")
    assert f"the checkpoint that lies in {REPOSITORY}" in state["cause"]["next_step"]
    assert Attendant(folder).handle.unheard == ""


@pytest.mark.usefixtures("hub")
def test_results_that_were_not_pushed_are_lost(home: Path) -> None:
    state, known = fetched(job_of(home), words.results_lost()), words.results_lost()["cause"]
    assert state["state"] == "failed"
    assert all(state["cause"][name] == known[name] for name in ("code", "sentence", "next_step"))


@pytest.mark.parametrize("change", [{"pod": "another"}, {"job": "another"}, {"state": "training"}])
def test_it_is_never_guessed_from_what_others_pushed(
    hub: FakeHub, home: Path, change: dict[str, str]
) -> None:
    """Another job into the same folder, or an earlier attempt of this one."""
    folder = job_of(home)
    given: dict[str, Any] = {"job": folder.id, "files": RESULTS, **change}
    push(hub, **given)
    assert fetched(folder)["state"] == "lost"
    assert not any(folder.outputs.iterdir())


@pytest.mark.parametrize("text", [b"not JSON", b'{"job": 7}', b"[]"])
def test_what_is_no_record_says_nothing(hub: FakeHub, home: Path, text: bytes) -> None:
    hub.add(REPOSITORY, {"tuneyard.json": text})
    assert fetched(job_of(home))["state"] == "lost"


@pytest.mark.usefixtures("hub")
def test_a_job_that_is_known_to_have_succeeded_stays_so(home: Path) -> None:
    """The pod said so itself, before it was gone; then its results are at least not lost."""
    folder = job_of(home)
    assert fetched(folder, {"state": "succeeded", "cause": None})["state"] == "succeeded"
    (warning,) = events(folder, "warning")
    assert warning["cause"]["next_step"] == "Get them from there."


def test_the_hub_is_waited_for_a_while(hub: FakeHub, home: Path) -> None:
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    hub.fail("tuneyard.json", 503, times=3)
    assert fetched(folder)["state"] == "succeeded"


def test_nothing_is_given_up_for_lost_that_nobody_could_look_for(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.01, "hub": 0.1}')
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    hub.fail("tuneyard.json", 503, times=10_000)
    state = fetched(folder)
    assert (state["state"], state["cause"]["code"]) == ("lost", "pod-gone")
    assert f"may lie in {REPOSITORY}" in state["cause"]["sentence"]
    assert "it looks into me/voice first" in state["cause"]["next_step"]
    assert Attendant(folder).handle.unheard == POD


def test_a_job_waits_for_a_token_that_nobody_holds(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_WRITE_TOKEN")
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    here = gone(folder)
    fetch(here, NOBODY)
    state = read_json(folder.state)
    assert (state["state"], state["needs"]) == ("finishing", ["HF_WRITE_TOKEN"])
    monkeypatch.setenv("HF_WRITE_TOKEN", TOKEN)
    fetch(Attendant(folder), NOBODY)
    assert read_json(folder.state)["state"] == "succeeded"


def test_whoever_may_not_see_the_repository_says_nothing_of_what_is_in_it(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token("hf_readsOnlyTheirOwn", "somebody")
    monkeypatch.delenv("HF_WRITE_TOKEN")
    monkeypatch.setenv("HF_READ_TOKEN", "hf_readsOnlyTheirOwn")
    here = gone(job_of(home))
    fetch(here, NOBODY)
    assert here.status["needs"] == ["HF_WRITE_TOKEN"]


def test_a_token_to_read_with_is_enough(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token("hf_reads0123456789", "me")
    monkeypatch.setenv("HF_WRITE_TOKEN", "{{ RUNPOD_SECRET_hf }}")
    monkeypatch.setenv("HF_READ_TOKEN", "hf_reads0123456789")
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    assert fetched(folder)["state"] == "succeeded"


@pytest.mark.parametrize("held", ["{{ RUNPOD_SECRET_hf }}", "hf_unknownToTheHub01"])
def test_a_token_that_is_no_use_here_ends_the_waiting(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    monkeypatch.setenv("HF_WRITE_TOKEN", held)
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    state = fetched(folder)
    assert (state["state"], state["needs"]) == ("lost", [])
    assert "HF_WRITE_TOKEN" in state["cause"]["next_step"]
    assert all(not ask.token.startswith("{{") for ask in hub.asked)


def test_whoever_stops_it_meanwhile_waits_no_longer(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_WRITE_TOKEN")
    folder = job_of(home)
    push(hub, folder.id, files=RESULTS)
    folder.stop.write_text("save\n")
    state = fetched(folder)
    assert (state["state"], state["needs"]) == ("lost", [])


def test_a_handle_is_read_as_it_was_written(home: Path) -> None:
    folder = job_of(home)
    handle = replace(Attendant(folder).handle, again=("work/a", "remote/1/a"), mirrored=False)
    handle.write(folder)
    assert Handle.read(folder) == handle
