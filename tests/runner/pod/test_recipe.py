"""A recipe that is too large for the request comes after the runner, as an input."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.hub import FakeHub
from pods_by_hand import Answers, Pod, pod
from tuneyard.compute.runpod.program import Program, _made, _small
from tuneyard.runner.folder import read_json, read_json_or
from tuneyard.runner.pod.inputs import Input, Store
from waiting import wait_for

TRAIN = "cat settings.json; touch begun; while [ ! -e go ]; do sleep 0.05; done"
WAITS = "Waits for the recipe from home."


@pytest.fixture(scope="module")
def made() -> Program:
    found = _made(_small("pod_recipe"), 0)
    assert found.recipe
    return found


def entry(data: bytes, **more: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    told = {"sha256": sha256, "bytes": len(data), "name": "the recipe", "kind": "program"}
    return {**told, "place": "", **more}


@contextmanager
def parted(
    root: Path, made: Program, settings: dict[str, Any] | None = None, **more: Any
) -> Iterator[Pod]:
    """A pod that was not booted yet, and whose recipe nobody has sent."""
    job = {"inputs": [entry(made.recipe, **more.pop("told", {}))], **more.pop("job", {})}
    with pod(root, settings or {"train": TRAIN}, made=made, job=job, **more) as here:
        yield here


def send(here: Pod, data: bytes, begin: int = 0, end: int | None = None) -> httpx.Response:
    with here.client() as client:
        sha256 = hashlib.sha256(data).hexdigest()
        return client.put(
            f"/inputs/{sha256}", params={"offset": begin}, content=data[begin:end], timeout=30
        )


def whole(here: Pod) -> bool:
    """Whether the job's program has its recipe."""
    try:
        return "pod_recipe/steps.py" in zipfile.ZipFile(here.folder.runner).namelist()
    except FileNotFoundError:
        return False


def again(here: Pod) -> None:
    here.kill()
    here.boot()


def trains(here: Pod) -> None:
    wait_for((here.folder.work / "begun").exists, what=f"the training: {here.output}")


def ends_well(here: Pod) -> None:
    (here.folder.work / "go").touch()
    here.reaches("succeeded")
    assert (here.folder.outputs / "voice").read_text() == "voice\n"


def test_the_job_begins_when_its_recipe_has_come(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        assert here.state()["waiting"] == {"for": "inputs", "names": ["the recipe"]}
        assert not here.folder.plan.exists()
        assert not whole(here)
        assert send(here, made.recipe).json()["done"]
        trains(here)
        assert here.state()["waiting"] is None
        assert here.output.count("Waits for the recipe") == 1
        with zipfile.ZipFile(here.folder.runner) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == _small("pod_recipe")
        ends_well(here)


def test_it_goes_on_wherever_its_container_is_killed(tmp_path: Path, made: Program) -> None:
    half = len(made.recipe) // 2
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        send(here, made.recipe, 0, half)
        again(here)
        with here.client() as client:
            sha256 = hashlib.sha256(made.recipe).hexdigest()
            assert client.get(f"/inputs/{sha256}").json()["have"] == half
        send(here, made.recipe, half)
        again(here)  # wherever it is by now
        trains(here)
        again(here)
        ends_well(here)


def test_it_came_and_the_container_was_killed_at_once(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        here.kill()
        Store(here.folder.home).put(Input.of(entry(made.recipe)), 0, [made.recipe])
        assert not whole(here)
        here.boot()
        trains(here)
        assert whole(here)
        ends_well(here)


def test_a_face_that_runs_meanwhile_goes_on(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        with here.client() as client:
            before = wait_for(here.face)
            send(here, made.recipe)
            trains(here)
            assert client.get("/job").json()["state"]["state"] == "training"
            assert here.face() == before
        with zipfile.ZipFile(here.folder.runner) as archive:
            begun = zipfile.ZipFile(next(tmp_path.glob("tmp*/runner.pyz")))
            for known in begun.infolist():
                assert archive.getinfo(known.filename).header_offset == known.header_offset
        ends_well(here)


def test_on_a_disk_that_was_wiped_it_is_waited_for_anew(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        send(here, made.recipe)
        trains(here)
        here.kill()
        shutil.rmtree(here.root / "tuneyard")
        here.boot()
        wait_for(lambda: here.output.count(WAITS) == 2, what="that it waits again")
        assert not whole(here)
        send(here, made.recipe)
        trains(here)
        ends_well(here)


def test_a_pod_that_takes_a_volume_over_finds_it_there(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        send(here, made.recipe)
        trains(here)
        here.kill()
        (here.folder.work / "begun").unlink()
        here.environ["RUNPOD_POD_ID"] += "-next"
        here.boot()
        trains(here)
        assert here.output.count(WAITS) == 1
        ends_well(here)


def test_other_bytes_are_not_run(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        sha256 = hashlib.sha256(made.recipe).hexdigest()
        with here.client() as client:
            other = client.put(f"/inputs/{sha256}?offset=0", content=made.recipe[::-1])
            assert (other.status_code, other.json()["code"]) == (422, "wrong-bytes")
            unknown = client.put(f"/inputs/{'a' * 64}?offset=0", content=made.recipe)
            assert (unknown.status_code, unknown.json()["code"]) == (404, "no-input")
        assert not whole(here)
        send(here, made.recipe)
        trains(here)
        ends_well(here)


def test_what_can_not_succeed_ends_once_the_recipe_says_so(tmp_path: Path, made: Program) -> None:
    data = {"sha256": "d" * 64, "bytes": 5, "name": "data", "kind": "file", "place": ""}
    job = {"inputs": [entry(made.recipe), data]}
    with parted(tmp_path, made, {"train": "forbidden"}, job=job) as here:
        here.boot()
        here.says(WAITS)
        send(here, made.recipe)
        assert here.reaches("failed")["cause"]["code"] == "forbidden"
        assert "Waits for data" not in here.output


def test_other_inputs_are_waited_for_after_it(tmp_path: Path, made: Program) -> None:
    data = b"numbers"
    sha256 = hashlib.sha256(data).hexdigest()
    other = {"sha256": sha256, "bytes": len(data), "name": "data.bin", "kind": "file", "place": ""}
    settings = {"train": TRAIN, "data": f"input:{sha256}"}
    with parted(tmp_path, made, settings, job={"inputs": [entry(made.recipe), other]}) as here:
        here.boot()
        here.says(WAITS)
        send(here, made.recipe)
        here.says("Waits for data.bin from home.")
        send(here, data)
        trains(here)
        ends_well(here)


def test_a_job_that_waits_for_it_can_be_stopped(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        here.folder.stop.write_text("save\n")
        here.reaches("stopped")


def test_nobody_sends_it(tmp_path: Path, made: Program) -> None:
    with parted(tmp_path, made, limits={"inputs": 0.3}) as here:
        here.boot()
        state = here.reaches("failed")
        assert state["cause"]["code"] == "no-inputs"
        assert "Nothing of the recipe has come from home" in state["cause"]["sentence"]


def test_a_job_begins_again_with_the_recipe_it_has(tmp_path: Path, made: Program) -> None:
    checkpoint = b"as far as one"
    sha256 = hashlib.sha256(checkpoint).hexdigest()
    told = {"sha256": sha256, "bytes": len(checkpoint), "name": "1.pt", "kind": "file"}
    with parted(tmp_path, made) as here:
        here.boot()
        here.says(WAITS)
        with here.client() as client:
            asked = {"inputs": [{**told, "place": "work/1.pt"}]}
            assert client.post("/again", json=asked).status_code == 204
        here.says("The job begins again")
        wait_for(lambda: here.output.count(WAITS) == 2, what="that it waits for the recipe again")
        send(here, made.recipe)
        here.says("Waits for 1.pt from home.")
        send(here, checkpoint)
        trains(here)
        assert (here.folder.work / "1.pt").read_bytes() == checkpoint
        names = [one["name"] for one in read_json(here.folder.job)["inputs"]]
        assert names == ["the recipe", "1.pt"]
        ends_well(here)


READ = "hf_CANARYFORREADING0123456"


@pytest.fixture
def hub(tmp_path: Path, made: Program) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(READ, "me")
        hub.add("me/inputs", {"a/the-recipe": made.recipe}, kind="dataset", private=True)
        yield hub


@pytest.mark.parametrize("breaks", [False, True])
def test_it_comes_from_the_hub(tmp_path: Path, made: Program, hub: FakeHub, breaks: bool) -> None:
    source = {"repository": "me/inputs", "type": "dataset", "revision": "main"}
    told = {"hub": {**source, "path": "a/the-recipe"}}
    if breaks:
        hub.hang("/resolve/")
    environ = {"HF_ENDPOINT": hub.url, "HF_READ_TOKEN": READ}
    with parted(tmp_path / "pod", made, told=told, environ=environ, answers=Answers()) as here:
        here.boot()
        if breaks:
            here.says("Waits for the recipe from the Hub.")
            wait_for(lambda: hub.hanging)
            again(here)
        trains(here)
        assert read_json_or(here.folder.state, {})["waiting"] is None
        ends_well(here)
