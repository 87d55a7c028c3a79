import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs_by_hand import make, shell
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.storage import disk as module
from tuneyard.jobs.storage import sizes
from tuneyard.jobs.storage.disk import Disk
from tuneyard.jobs.storage.items import KINDS
from tuneyard.jobs.storage.sizes import Size, size_of
from tuneyard.jobs.storage.uploads import Uploads
from tuneyard.runner.folder import JobFolder, acquire, read_json, write_json
from tuneyard.runner.step import Phase, Step

LONG = 60.0  # seconds that no look of these takes


@pytest.fixture
def disk(home: Path) -> Disk:
    return Disk(Manager(home), Uploads(home))


def environment(home: Path, name: str, *, size: int = 5000) -> Path:
    env = home / "envs" / name
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "python").symlink_to("/usr/bin/python3")
    (env / "torch.so").write_bytes(b"x" * size)
    write_json(env / "tuneyard.json", {"requirements": ["piper-tts==1", "torch"], "python": "3.11"})
    return env


def a_job(home: Path, name: str, state: str, *, env: Path | None = None, **more: Any) -> JobFolder:
    steps = [shell("train", "true"), *more.pop("steps", [])]
    folder = make(home, steps, job_id=f"20261122-120000-{name}", **more)
    write_json(folder.state, {"state": state, "attempt": 1})
    if env:
        write_json(folder.work / "trainer.json", {"python": str(env / "bin" / "python")})
    return folder


def items(disk: Disk, kind: str) -> dict[str, dict[str, Any]]:
    looked = disk.look(LONG)
    assert looked["complete"]
    (group,) = [group for group in looked["groups"] if group["kind"] == kind]
    return {item["id"]: item for item in group["items"]}


def test_an_empty_home_is_shown(disk: Disk, home: Path) -> None:
    home.rmdir()
    looked = disk.look(LONG)
    assert (looked["bytes"], looked["complete"]) == (0, True)
    assert looked["total"] > looked["free"] > 0
    assert [group["kind"] for group in looked["groups"]] == list(KINDS)


def test_environments_say_what_they_hold_and_who_uses_them(disk: Disk, home: Path) -> None:
    used, running, idle = (environment(home, name * 16) for name in "abc")
    first = a_job(home, "first", "succeeded", env=used)
    second = a_job(home, "second", "failed", env=used)
    third = a_job(home, "third", "training", env=running)
    found = items(disk, "environments")
    assert found["envs/" + "a" * 16]["name"] == "piper-tts==1, torch, Python 3.11"
    assert found["envs/" + "a" * 16]["jobs"] == [second.id, first.id]
    assert found["envs/" + "a" * 16]["bytes"] >= 5000
    assert {i: (item["state"], item["cleanable"]) for i, item in found.items()} == {
        "envs/" + "a" * 16: ("kept", True),
        "envs/" + "b" * 16: ("in-use", False),
        "envs/" + "c" * 16: ("unused", True),
    }
    done = disk.clean(f"envs/{env.name}" for env in (used, running, idle))
    assert done["items"] == [f"envs/{used.name}", f"envs/{idle.name}"]
    assert done["refused"] == [
        {"id": f"envs/{running.name}", "sentence": f"The job {third.id} has not ended."}
    ]
    assert done["freed"] >= 10_000
    assert [path.name for path in (home / "envs").iterdir() if path.is_dir()] == [running.name]
    assert list(items(disk, "environments")) == [f"envs/{running.name}"]


def test_a_home_that_is_reached_by_a_link_knows_its_own(home: Path, tmp_path: Path) -> None:
    environment(home, "a" * 16)
    (tmp_path / "link").symlink_to(home)
    disk = Disk(Manager(tmp_path / "link"), Uploads(tmp_path / "link"))
    a_job(home, "one", "training", env=home / "envs" / ("a" * 16))
    assert items(disk, "environments")["envs/" + "a" * 16]["state"] == "in-use"


@pytest.mark.parametrize(
    ("state", "more", "cleaned"),
    [
        ("preparing", {}, False),
        ("preparing", {"needs": ["HF_TOKEN"]}, True),
        ("queued", {}, True),
        ("training", {}, True),
        ("succeeded", {}, True),
    ],
)
def test_nothing_is_taken_from_under_a_job_that_is_being_prepared(
    disk: Disk, home: Path, state: str, more: dict[str, Any], cleaned: bool
) -> None:
    """It has not said yet which environment it is about to use."""
    env = environment(home, "a" * 16)
    (home / "cache" / "bases" / "owner--base").mkdir(parents=True)
    job = a_job(home, "one", state)
    write_json(job.state, {"state": state, "attempt": 1, **more})
    done = disk.clean([f"envs/{env.name}", "cache/bases/owner--base"])
    assert len(done["items"]) == (2 if cleaned else 0)
    assert env.exists() != cleaned
    assert all("is being prepared" in refused["sentence"] for refused in done["refused"])


def test_what_is_being_built_is_left(disk: Disk, home: Path) -> None:
    env = environment(home, "a" * 16)
    (home / "envs" / ".bbbb.building").mkdir()
    (home / "envs" / ".cccc.building").mkdir()
    locks = [acquire(home / "envs" / f".{name}.lock") for name in ("a" * 16, "bbbb")]
    found = items(disk, "environments")
    assert {i: item["state"] for i, item in found.items()} == {
        "envs/" + "a" * 16: "in-use",
        "envs/.bbbb.building": "in-use",
        "envs/.cccc.building": "unused",
    }
    done = disk.clean(found)
    assert done["items"] == ["envs/.cccc.building"]
    for lock in locks:
        assert lock is not None
        os.close(lock)
    assert len(disk.clean([f"envs/{env.name}", "envs/.bbbb.building"])["items"]) == 2


def test_what_a_step_shares_is_used_by_its_job(disk: Disk, home: Path) -> None:
    base = home / "cache" / "bases" / "owner--name" / "main@1" / "base.ckpt"
    base.parent.mkdir(parents=True)
    base.write_bytes(b"x" * 9000)
    step = Step("fetch", "Fetch", "prepare", ("true",), shares={"base.json:path": "train"})
    job = a_job(home, "one", "training", steps=[step])
    write_json(job.work / "base.json", {"path": str(base)})
    (item,) = items(disk, "caches").values()
    assert (item["id"], item["jobs"], item["state"]) == (
        "cache/bases/owner--name",
        [job.id],
        "in-use",
    )
    write_json(job.state, {"state": "stopped", "attempt": 1})
    assert disk.clean([item["id"]])["freed"] >= 9000
    assert not (home / "cache" / "bases" / "owner--name").exists()


def shared_things(home: Path) -> dict[str, str]:
    """A model's files, a checkout and two datasets as diffusion-pipe leaves them; names by id."""
    for path in (
        "models/black-forest-labs--FLUX.1-dev/transformer/model.safetensors",
        "models/owner--name@v2/model.safetensors",
        "vendor/diffusion-pipe/8f83dbf25d03/train.py",
        "cache/datasets/owner--cats/0a1b/1.png",
        "cache/datasets/owner--dogs/2c3d/1.png",
    ):
        (home / path).parent.mkdir(parents=True)
        (home / path).write_bytes(b"x" * 9000)
    (home / "vendor/diffusion-pipe/.8f83dbf25d03.lock").touch()
    return {
        "models/black-forest-labs--FLUX.1-dev": "black-forest-labs/FLUX.1-dev",
        "models/owner--name@v2": "owner/name@v2",
        "vendor/diffusion-pipe/8f83dbf25d03": "diffusion-pipe 8f83dbf25d03",
        "cache/datasets/owner--cats": "owner/cats",
        "cache/datasets/owner--dogs": "owner/dogs",
    }


def an_image_job(home: Path, state: str) -> JobFolder:
    """One that trains from all of `shared_things`, in lists and tables of its files."""
    shares: dict[str, Phase] = {
        **dict.fromkeys(("models.json:diffusers_path", "models.json:merge_adapters"), "train"),
        **dict.fromkeys(("data.json:directories", "data.json:evaluation"), "train"),
        "vendor.json:path": "train",
    }
    job = a_job(home, "lora", state, steps=[shell("fetch", "true", "prepare", shares=shares)])
    flux = home / "models/black-forest-labs--FLUX.1-dev"
    adapters = ["/of/my/own.safetensors", str(home / "models/owner--name@v2/model.safetensors")]
    cats, dogs = (f"{home}/cache/datasets/owner--{each}" for each in ("cats/0a1b", "dogs/2c3d"))
    files: dict[str, dict[str, Any]] = {
        "models": {"diffusers_path": str(flux), "merge_adapters": adapters},
        "vendor": {"path": f"{home}/vendor/diffusion-pipe/8f83dbf25d03", "revision": "8f83"},
        "data": {
            "directories": [{"path": "/my/pictures"}, {"path": cats, "commit": "0a1b"}],
            "evaluation": [{"path": f"{dogs}/inside"}],
        },
    }
    for name, data in files.items():
        write_json(job.work / f"{name}.json", data)
    return job


def test_uploads_are_called_by_what_was_dropped(disk: Disk, home: Path) -> None:
    uploads = Uploads(home)
    names = {"voice/1.wav": "voice", "1.wav": None, "voice.zip": "voice.zip"}
    found = {}
    for path, name in names.items():
        upload = uploads.begin()["id"]
        with uploads.receive(upload, path) as file:
            file.write(b"x")
        uploads.done(upload)
        found[f"uploads/{upload}"] = name or upload
    half = uploads.begin()["id"]
    found[f"uploads/{half}"] = half
    named = {item_id: item["name"] for item_id, item in items(disk, "uploads").items()}
    assert named == found


def test_a_program_for_pods_is_no_row_of_digits(disk: Disk, home: Path) -> None:
    program = home / "cache" / "programs" / f"{'0123456789abcdef' * 2}.bz2"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"x")
    (item,) = items(disk, "caches").values()
    assert item["name"] == "program for pods, 01234567"


def test_models_checkouts_and_datasets_are_items_with_who_uses_them(disk: Disk, home: Path) -> None:
    names = shared_things(home)
    job = an_image_job(home, "training")
    found = {**items(disk, "models"), **items(disk, "caches")}
    assert {item_id: item["name"] for item_id, item in found.items()} == names
    for item in found.values():
        assert (item["jobs"], item["state"]) == ([job.id], "in-use")
        assert item["bytes"] >= 9000
    done = disk.clean(found)
    assert done["items"] == []
    assert {each["sentence"] for each in done["refused"]} == {f"The job {job.id} has not ended."}
    write_json(job.state, {"state": "stopped", "attempt": 1})
    assert disk.unused() == []
    assert {item["state"] for item in items(disk, "models").values()} == {"kept"}
    assert disk.clean(found)["items"] == list(found)
    assert items(disk, "models") == items(disk, "caches") == {}


def test_what_a_job_that_is_being_prepared_may_need_is_left(disk: Disk, home: Path) -> None:
    names = shared_things(home)
    (home / "vendor/diffusion-pipe/.99aabbccddee.part").mkdir()
    job = a_job(home, "other", "preparing")
    refused = disk.clean([*names, "vendor/diffusion-pipe/.99aabbccddee.part"])["refused"]
    assert len(refused) == len(names) + 1
    write_json(job.state, {"state": "failed", "attempt": 1})
    assert disk.unused() == ["vendor/diffusion-pipe/.99aabbccddee.part"]


def test_the_hubs_own_cache_is_left_while_a_job_may_push(disk: Disk, home: Path) -> None:
    (home / "cache" / "hub" / "xet").mkdir(parents=True)
    job = a_job(home, "one", "finishing")
    (refused,) = disk.clean(["cache/hub/xet"])["refused"]
    assert job.id in refused["sentence"]
    write_json(job.state, {"state": "failed", "attempt": 1})
    assert disk.clean(["cache/hub/xet"])["items"] == ["cache/hub/xet"]


def test_uploads_are_kept_for_their_jobs(disk: Disk, home: Path) -> None:
    ids = [disk.uploads.begin()["id"] for _ in range(4)]
    for upload in ids:
        with disk.uploads.receive(upload, "1.wav") as file:
            file.write(b"x")
    running, ended, fresh, arriving = ids
    for upload in (running, ended, fresh):
        disk.uploads.done(upload)
    old = a_job(home, "old", "failed", settings={"dataset": disk.uploads.view(ended)["path"]})
    new = a_job(home, "new", "queued", settings={"dataset": disk.uploads.view(running)["path"]})
    found = items(disk, "uploads")
    assert {i: (item["state"], item["jobs"]) for i, item in found.items()} == {
        f"uploads/{running}": ("in-use", [new.id]),
        f"uploads/{ended}": ("kept", [old.id]),
        f"uploads/{fresh}": ("kept", []),
        f"uploads/{arriving}": ("in-use", []),
    }
    assert disk.unused() == []
    assert disk.user(f"uploads/{running}") == new.id
    assert disk.user(f"uploads/{ended}") is None
    assert set(disk.clean(found)["items"]) == {f"uploads/{ended}", f"uploads/{fresh}"}


def test_what_was_left_half_way_is_unused(disk: Disk, home: Path) -> None:
    upload = disk.uploads.begin()["id"]
    for path in (home / "uploads" / upload, home / "uploads" / upload / "parts"):
        os.utime(path, (0, 0))
    for name in ("jobs/.20261122-120000-x.removed", "uploads/.x.removed", "cache/bases/.part"):
        (home / name).mkdir(parents=True)
    unused = disk.unused()
    assert sorted(unused) == [
        "cache/bases/.part",
        "jobs/.20261122-120000-x.removed",
        "uploads/.x.removed",
        f"uploads/{upload}",
    ]
    assert disk.clean(unused)["items"] == unused
    assert disk.unused() == []


def test_jobs_are_shown_the_largest_first_and_never_cleaned(
    disk: Disk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 2)
    for name, size in (("small", 10_000), ("large", 90_000), ("middle", 50_000)):
        (a_job(home, name, "succeeded").outputs / "voice").write_bytes(b"x" * size)
    (jobs,) = [group for group in disk.look(LONG)["groups"] if group["kind"] == "jobs"]
    assert [item["name"] for item in jobs["items"]] == [
        "20261122-120000-large",
        "20261122-120000-middle",
    ]
    assert jobs["count"] == 3
    assert jobs["bytes"] > 150_000
    assert not any(item["cleanable"] for item in jobs["items"])
    done = disk.clean(["jobs/20261122-120000-large"])
    assert done["items"] == []
    assert "deleted" in done["refused"][0]["sentence"]
    assert len(disk.store.ids()) == 3


@pytest.mark.parametrize(
    "item", ["", ".", "envs", "envs/..", "../secrets", "jobs/../envs/x", "/etc", "profiles.json"]
)
def test_only_what_is_listed_can_be_cleaned(disk: Disk, home: Path, item: str) -> None:
    environment(home, "x")
    (home.parent / "secrets").mkdir()
    (home / "profiles.json").touch()
    done = disk.clean([item])
    assert (done["items"], done["freed"]) == ([], 0)
    assert "nothing of that name" in done["refused"][0]["sentence"]
    assert (home / "envs" / "x").exists()


def test_a_link_is_removed_and_not_what_it_leads_to(disk: Disk, home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_bytes(b"x" * 9000)
    (home / "cache" / "bases").mkdir(parents=True)
    (home / "cache" / "bases" / "link").symlink_to(tmp_path / "elsewhere")
    (home / "cache" / "bases" / "folder").mkdir()
    (home / "cache" / "bases" / "folder" / "link").symlink_to(tmp_path / "elsewhere")
    assert all(item["bytes"] < 9000 for item in items(disk, "caches").values())
    assert len(disk.clean(["cache/bases/link", "cache/bases/folder"])["items"]) == 2
    assert (tmp_path / "elsewhere" / "precious").exists()


def test_what_other_places_hold_too_does_not_come_free(
    disk: Disk, home: Path, tmp_path: Path
) -> None:
    env = environment(home, "a" * 16, size=8192)
    os.link(env / "torch.so", tmp_path / "in-uvs-cache.so")
    (env / "own").write_bytes(b"x" * 4096)
    os.link(env / "own", env / "own-again")
    size = size_of(env)
    assert size.shared == 8192
    assert 8192 + 4096 <= size.bytes < 8192 + 2 * 4096 + 4096
    assert disk.clean([f"envs/{env.name}"])["freed"] == size.bytes - 8192


def test_sizes_are_measured_again_only_where_something_changed(
    disk: Disk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(home, "a" * 16)
    ended = a_job(home, "ended", "succeeded")
    a_job(home, "running", "training")
    measured: list[str] = []

    def noted(path: Path) -> Size:
        measured.append(path.name)
        return size_of(path)

    now = 0.0
    disk._sizes.clock = lambda: now
    monkeypatch.setattr(sizes, "size_of", noted)
    disk.look(LONG)
    assert len(measured) == 3
    disk.look(LONG)
    assert len(measured) == 3
    now = 1000.0
    disk.look(LONG)
    assert measured[3:] == ["20261122-120000-running"]
    write_json(ended.state, read_json(ended.state))
    disk.look(LONG)
    assert measured[4:] == [ended.id]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Sizes are not measured before this is called."""
    go = threading.Event()

    def measured(path: Path) -> Size:
        assert go.wait(30)
        return size_of(path)

    monkeypatch.setattr(sizes, "size_of", measured)
    yield go.set
    go.set()


def test_an_answer_in_part_says_so(disk: Disk, home: Path, slow: Callable[[], None]) -> None:
    environment(home, "a" * 16)
    a_job(home, "one", "succeeded")
    looked = disk.look(0.0)
    assert not looked["complete"]
    assert {group["kind"]: group["complete"] for group in looked["groups"]}["jobs"] is False
    assert [item["bytes"] for item in looked["groups"][0]["items"]] == [None]
    slow()
    assert disk.look(LONG)["bytes"] > 0


def test_until_it_is_known_what_jobs_use_nothing_seems_unused(
    disk: Disk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(home, "a" * 16)
    monkeypatch.setattr(disk, "_measure", lambda _wait: None)
    (item,) = disk.look()["groups"][0]["items"]
    assert (item["state"], item["cleanable"]) == ("in-use", False)
    assert disk.clean([item["id"]])["items"] == [item["id"]]


def test_a_job_that_can_not_be_read_keeps_what_it_names(disk: Disk, home: Path) -> None:
    env = environment(home, "a" * 16)
    job = a_job(home, "one", "succeeded", env=env)
    job.state.write_text("{")
    job.plan.write_text("{")
    assert items(disk, "environments")[f"envs/{env.name}"]["state"] == "in-use"
    assert disk.clean([f"envs/{env.name}"])["items"] == []


def test_what_can_not_be_removed_is_told(
    disk: Disk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(home, "a" * 16)

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "_delete", refuse)
    done = disk.clean(["envs/" + "a" * 16])
    assert done["refused"][0]["sentence"] == "It can't be removed: Permission denied."
