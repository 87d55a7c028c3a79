"""Before a further attempt asks for a pod: what lies in the job's repository, and what is here."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from fakes.runpod import FakeRunPod
from jobs.remote.repositories import (
    CHECKPOINT,
    REPOSITORY,
    RESULTS,
    gone,
    job_of,
    push,
    repository,
)
from tuneyard.compute.runpod.client import RunPod
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.renting import offering
from tuneyard.jobs.remote.repository.fetching import fetch
from tuneyard.runner.folder import JobFolder, read_json, write_json

KEY = "rpa_canaryKey0123456789"
NOBODY = RunPod("nothing is asked of RunPod")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.05, "hub": 5.0}')
    with repository(tmp_path / "hub", monkeypatch) as found:
        yield found


def test_what_nobody_could_look_for_is_brought_home(hub: FakeHub, home: Path) -> None:
    folder = unheard(home)
    push(hub, folder.id, files=RESULTS)
    here = next_attempt(folder)
    assert here.handle.phase == "fetching"
    assert here.status["state"] == "provisioning"
    fetch(here, NOBODY)
    assert (here.handle.phase, here.handle.asked) == ("gone", None)
    assert read_json(folder.state)["state"] == "succeeded"
    assert (folder.samples / "final/1.wav").read_bytes() == b"one"


@pytest.mark.parametrize(("stop", "state"), [("", "lost"), ("save", "stopped")])
def test_nothing_is_rented_for_what_may_be_there(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch, stop: str, state: str
) -> None:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.01, "hub": 0.1}')
    folder = unheard(home)
    hub.fail("tuneyard.json", 503, times=10_000)
    here = next_attempt(folder)
    if stop:
        folder.stop.write_text(stop)
    fetch(here, NOBODY)
    assert (here.status["state"], here.handle.asked) == (state, None)
    assert next_attempt(folder).handle.phase == "fetching", "it is looked for again"


def test_without_it_a_pod_is_asked_for(hub: FakeHub, home: Path) -> None:
    folder = unheard(home)
    push(hub, folder.id, state="training", checkpoint=CHECKPOINT)
    here = next_attempt(folder)
    fetch(here, NOBODY)
    assert (here.handle.phase, here.handle.unheard) == ("offering", "")


def test_whoever_changed_something_wants_to_go_on_training(home: Path) -> None:
    assert next_attempt(unheard(home), {"settings.grace": 5.0}).handle.phase == "offering"


def test_the_checkpoint_that_came_home_goes_along_into_a_first_attempt_with_a_repository(
    home: Path,
) -> None:
    folder = job_of(home, repository="")
    came_home(folder)
    here = next_attempt(folder, {"results.repository": REPOSITORY})
    assert here.handle.phase == "offering"
    assert [(each.name, each.place) for each in here.packed()] == [("1.ckpt", "work/ck/1.ckpt")]


@pytest.mark.parametrize(("pushed", "travels"), [(CHECKPOINT, []), ({}, ["1.ckpt"])])
def test_unless_a_newer_one_was_pushed_since(
    hub: FakeHub, home: Path, pushed: dict[str, bytes], travels: list[str]
) -> None:
    folder = job_of(home, repository="")
    came_home(folder)
    Attendant(folder).save()
    next_attempt(folder, {"results.repository": REPOSITORY}).save()
    push(hub, folder.id, state="training", checkpoint=pushed)
    here = next_attempt(folder)
    fetch(here, NOBODY)
    assert here.handle.phase == "offering"
    assert [each.name for each in Attendant(folder).packed()] == travels


def test_what_was_pushed_from_here_is_no_end_of_a_new_attempt(hub: FakeHub, home: Path) -> None:
    folder = job_of(home, repository="")
    came_home(folder)
    next_attempt(folder, {"results.repository": REPOSITORY}).save()
    push(hub, folder.id, pod="", files=RESULTS)
    here = next_attempt(folder)
    fetch(here, NOBODY)
    assert here.handle.phase == "offering"


def test_without_the_hub_it_goes_on_from_what_is_here(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.01, "hub": 0.1}')
    folder = job_of(home, repository="")
    came_home(folder)
    next_attempt(folder, {"results.repository": REPOSITORY}).save()
    here = next_attempt(folder)
    hub.fail("tuneyard.json", 503, times=10_000)
    fetch(here, NOBODY)
    assert here.handle.phase == "offering"
    assert [each.name for each in here.packed()] == ["1.ckpt"]


@pytest.mark.parametrize(("ago", "phase"), [(1000.0, "fetching"), (20.0, "offering")])
def test_a_pod_may_have_come_and_gone_before_its_id_was_heard(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch, ago: float, phase: str
) -> None:
    monkeypatch.setenv("TUNEYARD_ATTENDANT_LIMITS", '{"look": 0.05, "settle": 10.0}')
    here = Attendant(job_of(home))
    push(hub, here.folder.id, pod="whoever", files=RESULTS)
    here.to("creating", asked=time.time() - ago)
    with FakeRunPod() as runpod, RunPod(KEY) as client:
        runpod.keys.add(KEY)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        offering.find(here, client)
    assert (here.handle.phase, here.handle.asked, here.handle.ended) == (phase, None, None)
    if phase == "fetching":
        fetch(here, NOBODY)
        assert read_json(here.folder.state)["state"] == "succeeded"


def unheard(home: Path) -> JobFolder:
    """A job that is lost, since nobody could look into its repository."""
    folder = job_of(home)
    here = gone(folder)
    here.to("gone")
    assert here.over
    return folder


def came_home(folder: JobFolder) -> None:
    place = folder.path / "remote/1/checkpoint/work/ck"
    place.mkdir(parents=True)
    (place / "1.ckpt").write_bytes(b"as far as one")


def next_attempt(folder: JobFolder, overrides: dict[str, Any] | None = None) -> Attendant:
    """What `Manager.resume` leaves, and the attendant it launches finds."""
    number = max(folder.attempts()) + 1
    write_json(folder.attempt(number), {"created": 1.0, "overrides": overrides or {}})
    here = Attendant(folder)
    here.begin()
    return here
