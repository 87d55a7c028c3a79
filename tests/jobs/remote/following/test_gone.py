"""A pod that is gone before its job's end was heard, or before all was home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.runpod import FakeRunPod
from jobs.remote.repositories import job_of
from rented import events
from tuneyard.compute.runpod.client import RunPod
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following import phases
from tuneyard.jobs.remote.handle import Phase, Segment, note_end
from tuneyard.jobs.remote.renting.releasing import release
from tuneyard.runner.folder import JobFolder, read_json, write_json

KEY = "rpa_canaryKey0123456789"
LIMITS = '{"poll": 0.01, "look": 0.01, "silence": 0, "settle": 0}'


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunPod]:
    """Of an account without any pod, and without a face anywhere."""
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", LIMITS)
    with FakeRunPod() as runpod, RunPod(KEY) as client:
        runpod.keys.add(KEY)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        monkeypatch.setenv("TUNEYARD_RUNPOD_PROXY", "http://127.0.0.1:1/{pod}/{port}")
        yield client


@pytest.mark.parametrize("phase", ["waiting", "running"])
@pytest.mark.parametrize(("repository", "then"), [("me/voice", "fetching"), ("", "gone")])
def test_only_where_there_is_a_repository_it_is_looked_into(
    client: RunPod, home: Path, phase: Phase, repository: str, then: str
) -> None:
    here = rented(job_of(home, repository=repository), phase)
    {"waiting": phases.wait, "running": phases.follow}[phase](here, client)
    assert here.handle.phase == "releasing", "first it is certain that nothing costs any more"
    release(here, client)
    assert (here.handle.phase, here.handle.unheard) == (then, "pod4" if repository else "")
    assert here.handle.verdict is not None
    assert here.handle.verdict["cause"]["code"] == "pod-gone"
    assert here.handle.ended is not None


def test_who_wants_a_silent_pod_stopped_is_told_how(
    client: RunPod, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = rented(job_of(home, repository=""), "running")
    looks = iter([None, None, None, words.vanished()])

    def lost(*_: object) -> words.Verdict | None:
        here.folder.stop.write_text("now\n")
        return next(looks)

    monkeypatch.setattr(phases, "_lost", lost)
    phases.follow(here, client)
    silent, told = (event["said"] for event in events(here.folder, "pod"))
    assert silent == words.SILENT
    assert told.endswith("tuneyard pods end pod4")


@pytest.mark.parametrize(
    ("ended", "state", "code"),
    [
        ("pod4", "stopped", "pod-ended"),
        ("pod3", "lost", "pod-gone"),
    ],
)
def test_a_pod_that_somebody_here_ended_is_not_lost(
    client: RunPod, home: Path, ended: str, state: str, code: str
) -> None:
    here = rented(job_of(home, repository=""), "running")
    note_end(here.folder, ended)
    phases.follow(here, client)
    assert here.handle.verdict is not None
    assert (here.handle.verdict["state"], here.handle.verdict["cause"]["code"]) == (state, code)
    release(here, client)
    shown = read_json(here.folder.state)
    assert (shown["state"], shown["cause"]["code"]) == (state, code)


@pytest.mark.parametrize(
    ("pod", "repository", "then", "code"),
    [
        ("failed", "me/voice", "gone", "out-of-memory"),
        ("succeeded", "", "gone", "results-lost"),
        ("succeeded", "me/voice", "fetching", "results-lost"),
    ],
)
def test_a_job_whose_end_is_known_is_looked_for_only_if_it_may_have_pushed_its_results(
    client: RunPod, home: Path, pod: str, repository: str, then: str, code: str
) -> None:
    here = rented(job_of(home, repository=repository), "collecting")
    cause = {"code": code, "sentence": "", "next_step": ""} if pod == "failed" else None
    write_json(here.mirror.place.state, {"state": pod, "cause": cause})
    phases.collect(here, client)
    release(here, client)
    assert here.handle.phase == then
    assert here.handle.verdict is not None
    assert here.handle.verdict["cause"]["code"] == code


def test_what_the_pod_itself_said_of_its_push_counts(client: RunPod, home: Path) -> None:
    here = rented(job_of(home), "collecting")
    place, plan = here.mirror.place, read_json(here.folder.plan)
    write_json(place.state, {"state": "succeeded"})
    write_json(place.plan, plan)
    for number, _ in enumerate(plan["steps"], start=1):
        write_json(place.finished(str(number)), {"exit": 0})
    phases.collect(here, client)
    assert here.handle.verdict == {"state": "succeeded", "cause": None}
    release(here, client)
    assert here.handle.phase == "fetching"
    assert events(here.folder, "cost") == [], "it is told once, at the very end"


def rented(folder: JobFolder, phase: Phase) -> Attendant:
    here = Attendant(folder)
    here.begin()
    here.handle.pod, here.handle.created, here.handle.segment = "pod4", 1.0, Segment("one")
    here.mirror.place.make()
    here.to(phase, asked=1.0)
    return here
