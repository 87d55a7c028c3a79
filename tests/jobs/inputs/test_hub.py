"""Inputs pushed into a private dataset, by the real library against the tests' Hub."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from tuneyard.jobs.inputs import InputsError, Packed, Progress, hub, pack
from tuneyard.jobs.job import Job, build

WRITES, READS, STRANGER = "hf_canaryWrites", "hf_canaryReads", "hf_canaryStranger"
DATASET = "alice/tuneyard-inputs"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as found:
        found.token(WRITES, "alice", writes=True)
        found.token(READS, "alice")
        found.token(STRANGER, "bob", writes=True)
        for name, value in {**found.env, "HF_WRITE_TOKEN": WRITES}.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def large(tmp_path: Path) -> Packed:
    path = tmp_path / "base model.ckpt"
    path.write_bytes(os.urandom(2_000_000))
    return pack(path, tmp_path / "laptop")


def pushes(there: FakeHub) -> int:
    return len(there.requests("PUT /large/"))


def test_each_lies_in_a_private_dataset_by_its_checksum(
    there: FakeHub, home: Path, dataset: Path, large: Packed
) -> None:
    folder = pack(dataset, home)
    seen: list[Progress] = []
    found = hub.push([folder, large], "", home, progress=seen.append)
    paths = {folder.sha256: f"{folder.sha256}.tar", large.sha256: f"{large.sha256}/base-model.ckpt"}
    assert found == {
        sha256: {"repository": DATASET, "type": "dataset", "revision": "main", "path": path}
        for sha256, path in paths.items()
    }
    assert there.repositories["dataset", DATASET].private
    files = there.files(DATASET, kind="dataset")
    assert {hashlib.sha256(files[path]).hexdigest(): path for path in files} == paths
    assert all(each.bytes == folder.bytes + large.bytes for each in seen)


def test_what_is_there_is_not_pushed_again(there: FakeHub, home: Path, large: Packed) -> None:
    first = hub.push([large], "", home)
    there.asked.clear()
    assert hub.push([large], "", home) == first
    assert pushes(there) == 0
    assert not there.requests("/commit/")


def test_what_only_looks_like_it_is_pushed(there: FakeHub, home: Path, large: Packed) -> None:
    path = f"{large.sha256}/base-model.ckpt"
    there.add(DATASET, {path: bytes(large.bytes)}, kind="dataset", private=True)
    hub.push([large], "", home)
    assert there.files(DATASET, kind="dataset")[path] == large.file.read_bytes()


def test_a_small_one_is_known_by_gits_own_name(there: FakeHub, home: Path, tmp_path: Path) -> None:
    (tmp_path / ".train.sh").write_text("#!/bin/sh\ntrue\n")
    small = pack(tmp_path / ".train.sh", home)
    hub.push([small], "", home)
    assert there.files(DATASET, kind="dataset") == {
        f"{small.sha256}/train.sh": b"#!/bin/sh\ntrue\n"
    }
    there.asked.clear()
    hub.push([small], "", home)
    assert not there.requests("/commit/")


def test_a_dataset_of_ones_own_choice(there: FakeHub, home: Path, large: Packed) -> None:
    there.add("alice/data", {"mine.txt": b"x"}, kind="dataset", private=True)
    found = hub.push([large], "alice/data", home)
    assert found
    assert found[large.sha256]["repository"] == "alice/data"
    assert len(there.files("alice/data", kind="dataset")) == 2
    assert not there.requests("/repos/create")


def test_nothing_goes_into_a_public_dataset(there: FakeHub, home: Path, large: Packed) -> None:
    there.add(DATASET, {"mine.txt": b"x"}, kind="dataset")
    with pytest.raises(InputsError, match="public") as refused:
        hub.push([large], "", home)
    assert refused.value.code == "hub-public"
    assert pushes(there) == 0
    assert list(there.files(DATASET, kind="dataset")) == ["mine.txt"]


@pytest.mark.parametrize("where", ["/repos/create", "/preupload/", "PUT /large/", "/commit/"])
def test_troubles_of_the_hub_pass(there: FakeHub, home: Path, large: Packed, where: str) -> None:
    there.fail(where, 503)
    assert hub.push([large], "", home)
    assert len(there.files(DATASET, kind="dataset")) == 1


def test_one_that_breaks_off_goes_on(there: FakeHub, home: Path, large: Packed) -> None:
    there.cut("PUT /large/", 500_000)
    assert hub.push([large], "", home)
    assert len(there.files(DATASET, kind="dataset")) == 1


def test_a_hub_that_is_away_is_asked_later(
    there: FakeHub, home: Path, large: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    said: list[str] = []
    with pytest.raises(hub.Later, match="can't be reached"):
        hub.push([large], "", home, said=said.append)
    assert [line for line in said if "Trying again" in line]
    assert there.asked == []


def test_a_token_that_the_hub_does_not_know(
    there: FakeHub, home: Path, large: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_WRITE_TOKEN", "hf_canaryUnknown")
    with pytest.raises(InputsError, match="doesn't know this token") as refused:
        hub.push([large], "", home)
    assert "HF_WRITE_TOKEN" in refused.value.next_step
    assert not isinstance(refused.value, hub.Later)
    assert there.repositories == {}


def test_a_token_that_may_not_write_there(
    there: FakeHub, home: Path, large: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_WRITE_TOKEN", READS)
    with pytest.raises(InputsError, match="may not write"):
        hub.push([large], "", home)
    assert there.repositories == {}


def test_nothing_is_pushed_that_the_pod_could_not_fetch(
    there: FakeHub, home: Path, large: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_READ_TOKEN", STRANGER)
    with pytest.raises(InputsError, match="HF_READ_TOKEN, which may not read"):
        hub.push([large], "", home)
    assert pushes(there) == 0
    monkeypatch.setenv("HF_READ_TOKEN", "{{ RUNPOD_SECRET_reads }}")  # nobody here can try that
    assert hub.push([large], "", home)


def test_one_that_changed_meanwhile_is_not_committed(
    there: FakeHub, home: Path, large: Packed
) -> None:
    large.file.write_bytes(bytes(large.bytes))
    with pytest.raises(InputsError, match="changed while"):
        hub.push([large], "", home)
    assert there.files(DATASET, kind="dataset") == {}


def test_one_that_is_gone(there: FakeHub, home: Path, large: Packed) -> None:
    gone = replace(large, file=large.file.with_name("gone"))
    with pytest.raises(InputsError, match="can't be read"):
        hub.push([gone], "", home)
    assert pushes(there) == 0


def test_it_can_be_stopped(there: FakeHub, home: Path, large: Packed) -> None:
    assert hub.push([large], "", home, stopped=lambda: True) is None
    assert pushes(there) == 0


def job(**compute: str) -> Job:
    settings = {"script": "#!/bin/sh\ntrue\n", "source": "inline"}
    return build(
        {"recipe": "script", "settings": settings, "compute": {"name": "runpod", **compute}}
    )


def test_a_token_is_needed_where_something_is_to_be_pushed(home: Path, tmp_path: Path) -> None:
    plain, by_hub = job(), job(inputs="hub")
    with_files = by_hub.changed({"files": str(tmp_path)})
    (tmp_path / "a").write_text("a")
    assert [hub.secrets(each, home) for each in (plain, by_hub, with_files)] == [
        [],
        [],
        ["HF_WRITE_TOKEN"],
    ]


def test_a_token_that_only_pods_are_told_can_push_nothing() -> None:
    hub.must_be_ours({"HF_WRITE_TOKEN": "hf_a"})
    hub.must_be_ours({})
    with pytest.raises(InputsError, match="kept at RunPod"):
        hub.must_be_ours({"HF_TOKEN": "{{ RUNPOD_SECRET_hub }}"})


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"HF_READ_TOKEN": "a", "HF_TOKEN": "b", "HF_WRITE_TOKEN": "c"}, "HF_READ_TOKEN"),
        ({"HF_TOKEN": "b", "HF_WRITE_TOKEN": "c"}, "HF_TOKEN"),
        ({"HF_WRITE_TOKEN": "c", "HF_READ_TOKEN": ""}, "HF_WRITE_TOKEN"),
        ({"WANDB_API_KEY": "d"}, ""),
    ],
)
def test_what_a_pod_fetches_with(environ: dict[str, str], name: str) -> None:
    assert hub.reader(environ) == name
