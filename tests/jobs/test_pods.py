"""Which pod is whose, against the rehearsal RunPod over a real socket."""

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.runpod import A_POD, FakeRunPod
from tuneyard.compute.runpod.client import RunPod
from tuneyard.compute.runpod.errors import KeyRefused
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.compute.runpod.practice.faults import Wrong
from tuneyard.compute.runpod.wire import Patience
from tuneyard.errors import Missing, NotFound
from tuneyard.jobs import pods
from tuneyard.jobs.remote.handle import was_ended_here
from tuneyard.jobs.store import Store
from tuneyard.runner.folder import JobFolder, acquire, write_json
from tuneyard.secrets import Secrets

KEY = "rpa_canaryKey0123456789"
JOB = "20261122-120000-first-voice"
QUICK = Patience(pause=0.001, longest=0.001, whole=0.05)


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home, Secrets(home, {"RUNPOD_API_KEY": KEY}))


@pytest.fixture
def runpod(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        runpod.keys.add(KEY)
        yield runpod


@pytest.fixture
def client(store: Store, runpod: FakeRunPod) -> Iterator[RunPod]:
    assert runpod.url
    with pods.client(store, patience=QUICK) as client:
        yield client


def rented(runpod: FakeRunPod, name: str) -> str:
    """The id of a new pod of this name."""
    return str(runpod.world.create({**A_POD, "name": name}).id)


def ours(runpod: FakeRunPod, store: Store, job: str = JOB) -> str:
    return rented(runpod, pod_name(home_id(store.home), job))


def job(store: Store, state: str | None, **handle: Any) -> JobFolder:
    """A job's folder with a state, and its attendant's file if any of that is given."""
    folder = JobFolder(store.folder / JOB)
    folder.make()
    if state is not None:
        write_json(folder.state, {"state": state, "attempt": 1})
    write_json(folder.attempt(1), {})
    if handle:
        write_json(folder.path / "home.json", handle)
    return folder


def whose(client: RunPod, store: Store) -> dict[str, str]:
    return {row.pod.id: row.whose for row in pods.overview(client, store).pods}


def test_without_a_key_it_is_said_what_to_do(home: Path) -> None:
    with pytest.raises(Missing, match="No key of RunPod") as caught:
        pods.client(Store(home, Secrets(home)))
    assert "tuneyard secrets set RUNPOD_API_KEY" in caught.value.next_step
    assert caught.value.exit_code == 2


def test_a_profile_has_a_key_of_its_own(runpod: FakeRunPod, store: Store) -> None:
    store.profiles.put("work")
    store.profiles.keep("RUNPOD_API_KEY", "rpa_unknown", "file", "work")
    with pods.client(store, "work", patience=QUICK) as client, pytest.raises(KeyRefused):
        pods.overview(client, store)
    with pods.client(store, patience=QUICK) as client:
        assert pods.overview(client, store).pods == []
    assert runpod.world.pods == {}


def test_an_empty_account(client: RunPod, store: Store) -> None:
    found = pods.overview(client, store)
    assert (found.pods, found.dollars_an_hour) == ([], 0)
    assert found.balance is not None
    assert found.balance.dollars > 0


def test_every_pod_is_told_with_its_job_and_cost(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    job(store, "training")
    pod = ours(runpod, store)
    (row,) = pods.overview(client, store).pods
    assert (row.pod.id, row.whose, row.job_id, row.job_state) == (pod, "job", JOB, "training")
    assert row.spent is not None
    assert 0 <= row.spent < 0.1
    told = pods.overview(client, store).as_json()
    assert told["pods"][0]["url"] == f"https://console.runpod.io/pods?id={pod}"
    assert told["dollars_an_hour"] == row.pod.dollars_an_hour > 0
    assert KEY not in str(told)


def test_a_jobs_cost_is_told_at_the_price_that_its_attendant_knows(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    pod = ours(runpod, store)
    job(store, "training", pod=pod, phase="running", dollars_an_hour=1e9)
    (row,) = pods.overview(client, store).pods
    assert row.spent is not None
    assert row.spent > 1


@pytest.mark.parametrize(
    ("state", "handle", "expected"),
    [
        ("provisioning", {}, "job"),
        ("provisioning", {"pod": "", "phase": "creating"}, "job"),
        ("training", {"pod": "THIS", "phase": "running"}, "job"),
        ("training", {"pod": "another", "phase": "running"}, "orphan"),
        (None, {}, "job"),
        (None, {"pod": "THIS", "phase": "running"}, "job"),
        ("succeeded", {}, "orphan"),
        ("succeeded", {"pod": "THIS", "phase": "collecting", "deadline": 1e10}, "ending"),
        ("lost", {"pod": "", "phase": "waiting", "deadline": 1e10}, "ending"),
        ("succeeded", {"pod": "THIS", "phase": "collecting", "deadline": 5.0}, "orphan"),
        ("succeeded", {"pod": "THIS", "phase": "gone", "deadline": 1e10}, "orphan"),
        ("failed", {"pod": "THIS", "phase": "releasing", "deadline": 1e10}, "orphan"),
        ("succeeded", {"pod": "another", "phase": "collecting", "deadline": 1e10}, "orphan"),
    ],
)
def test_whose_a_pod_of_this_home_is(
    runpod: FakeRunPod,
    client: RunPod,
    store: Store,
    state: str | None,
    handle: dict[str, Any],
    expected: str,
) -> None:
    pod = ours(runpod, store)
    known = {name: pod if value == "THIS" else value for name, value in handle.items()}
    job(store, state, **known)
    assert whose(client, store) == {pod: expected}
    assert [row.pod.id for row in pods.orphans(client, store)] == [pod] * (expected == "orphan")


def test_a_pod_that_is_past_its_deadline_has_a_moment_to_end(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    pod = ours(runpod, store)
    job(store, "failed", pod=pod, phase="running", deadline=time.time() - 60)
    assert whose(client, store) == {pod: "ending"}


def test_what_an_attendant_still_ends_is_no_orphan(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    pod = ours(runpod, store)
    folder = job(store, "stopped", pod=pod, phase="releasing", deadline=1e10)
    assert whose(client, store) == {pod: "orphan"}
    lock = acquire(folder.runner_lock)
    assert lock is not None
    assert whose(client, store) == {pod: "ending"}


def test_a_damaged_handle_makes_no_orphan(runpod: FakeRunPod, client: RunPod, store: Store) -> None:
    pod = ours(runpod, store)
    (job(store, "succeeded").path / "home.json").write_text("{")
    assert whose(client, store) == {pod: "job"}


def test_what_others_started_is_never_an_orphan(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    home_id(store.home)
    elsewhere = rented(runpod, pod_name("00000000", JOB))
    other = rented(runpod, "my-own-pod")
    odd = ours(runpod, store, "../../etc")
    assert whose(client, store) == {elsewhere: "elsewhere", other: "other", odd: "orphan"}


def test_a_sweep_ends_orphans_alone(runpod: FakeRunPod, client: RunPod, store: Store) -> None:
    job(store, "training")
    kept = {ours(runpod, store), rented(runpod, "mine"), rented(runpod, pod_name("00000000", JOB))}
    left = [ours(runpod, store, "20261120-000000-a"), ours(runpod, store, "20261121-000000-b")]
    found = pods.orphans(client, store)
    assert {row.pod.id for row in found} == {*left}
    gone, wrong = pods.sweep(client, store, found)
    assert (sorted(gone), wrong) == (sorted(left), {})
    assert set(whose(client, store)) == kept
    assert pods.orphans(client, store) == []


def test_a_sweep_looks_once_more(runpod: FakeRunPod, client: RunPod, store: Store) -> None:
    pod = ours(runpod, store)
    found = pods.orphans(client, store)
    job(store, "provisioning", pod="", phase="creating")  # a job that was made since
    assert pods.sweep(client, store, found) == ([], {})
    assert set(whose(client, store)) == {pod}


def test_a_sweep_tells_what_it_could_not_end(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    first, second = (ours(runpod, store, f"20261120-000000-{name}") for name in "ab")
    found = sorted(pods.orphans(client, store), key=lambda row: row.pod.id == second)
    refused = [Wrong("action", 409), Wrong("delete", 409)]
    runpod.faults += refused
    gone, left = pods.sweep(client, store, found)
    assert (gone, list(left)) == ([second], [first])
    assert left[first].next_step


def test_ending_goes_on_until_it_is_gone(runpod: FakeRunPod, store: Store) -> None:
    pod = rented(runpod, "mine")
    slept: list[float] = []
    runpod.faults += [Wrong("action", 500, times=1000), Wrong("delete", 500, times=5)]
    with pods.client(store, patience=Patience(pause=0, whole=0)) as client:
        pods.end(client, pod, pause=slept.append)
        assert len(slept) == 5
        assert whose(client, store) == {}


def test_a_job_knows_that_its_pod_was_ended_by_hand(
    runpod: FakeRunPod, client: RunPod, store: Store
) -> None:
    pod = ours(runpod, store)
    job(store, "training", pod=pod, phase="running")
    (found,) = pods.overview(client, store).pods
    folder = JobFolder(store.folder / JOB)
    assert not was_ended_here(folder, pod)
    pods.end_by_hand(client, store, found)
    assert whose(client, store) == {}
    assert was_ended_here(folder, pod)
    assert not was_ended_here(folder, "another")


def test_a_full_disk_here_keeps_no_pod_alive(
    runpod: FakeRunPod, client: RunPod, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    job(store, "training", pod=ours(runpod, store), phase="running")
    (found,) = pods.overview(client, store).pods
    monkeypatch.setattr(pods, "note_end", full)
    pods.end_by_hand(client, store, found)
    assert whose(client, store) == {}


def test_a_pod_that_will_not_go_is_told(
    runpod: FakeRunPod, client: RunPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = rented(runpod, "mine")
    monkeypatch.setattr(client, "end", lambda _pod: None)
    slept: list[float] = []
    with pytest.raises(pods.StillThere, match="is still there"):
        pods.end(client, pod, pause=slept.append)
    assert sum(slept) == 80


def test_a_pod_is_found_by_its_id_or_name(runpod: FakeRunPod, client: RunPod, store: Store) -> None:
    pod = rented(runpod, "mine")
    assert pods.find(client, store, pod).pod.id == pods.find(client, store, "mine").pod.id == pod
    with pytest.raises(NotFound, match="no pod “min”"):
        pods.find(client, store, "min")
