"""A recipe that is too large for the request travels by itself, from home or by the Hub."""

import hashlib
import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from rented import Rented
from tuneyard.compute.runpod.request import LARGEST
from tuneyard.jobs.job import Job, build
from tuneyard.runner.folder import JobFolder, read_json
from waiting import wait_for

SCRIPT = "cat ballast > ../outputs/ballast"
TOKEN = "hf_writesEverything0123456789"
DATASET = "me/tuneyard-inputs"


def job(script: str = SCRIPT, data: str = "", **compute: Any) -> Job:
    return build(
        {
            "recipe": "large",
            "name": f"large-{os.getpid()}",
            "settings": {"script": script, "data": data},
            "compute": {"name": "runpod", **compute},
        }
    )


def ballast(recipe: Path) -> str:
    return hashlib.sha256((recipe / "ballast.txt").read_bytes()).hexdigest()


def asked_for(rented: Rented) -> list[bytes]:
    """The bodies of all requests for a pod."""
    return [
        asked.request.body
        for asked in rented.practice.asked
        if (asked.method, asked.path) == ("POST", "/v2/pods")
    ]


def told(rented: Rented) -> list[dict[str, Any]]:
    """What the last pod was told of inputs."""
    env = json.loads(asked_for(rented)[-1])["env"]
    found: list[dict[str, Any]] = json.loads(env["TUNEYARD_JOB"])["inputs"]
    return found


def without_attendants(rented: Rented) -> None:
    for pid in rented.attendants():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not rented.attendants(), what="that all attendants are gone")


def waits(rented: Rented) -> None:
    """Until the pod waits for its recipe."""

    def named() -> Any:
        states = [read_json(path) for path in there(rented, "state.json")]
        return any("the recipe" in ((s.get("waiting") or {}).get("names") or ()) for s in states)

    wait_for(named, 120, "a pod that waits for its recipe")


def there(rented: Rented, name: str) -> list[Path]:
    """Files of that name in the job's folders of all pods."""
    walks = (os.walk(pod.disk) for pod in rented.practice.pods)  # glob fails on a disk being wiped
    jobs = (Path(root, each) for walk in walks for root, folders, _ in walk for each in folders)
    return [job / name for job in jobs if job.parent.name == "jobs" and (job / name).exists()]


def succeeded(rented: Rented, folder: JobFolder, recipe: Path) -> None:
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "ballast").read_text() == ballast(recipe)


def test_it_is_sent_before_anything_else(rented: Rented, large: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "numbers.bin").write_bytes(random.Random(1).randbytes(3 << 20))
    folder = rented.manager.start(
        job(f'{SCRIPT}; sha256sum "$(cat data)/numbers.bin" > ../outputs/sum', str(data))
    )
    succeeded(rented, folder, large)
    sent = hashlib.sha256((data / "numbers.bin").read_bytes()).hexdigest()
    assert (folder.outputs / "sum").read_text().startswith(sent)
    (body,) = asked_for(rented)
    assert len(body) < LARGEST
    assert [(one["kind"], one["name"]) for one in told(rented)] == [
        ("program", "the recipe"),
        ("folder", "data"),
    ]


def test_home_sleeps_and_was_upgraded_meanwhile(rented: Rented, large: Path) -> None:
    before = ballast(large)
    folder = rented.manager.start(job())
    wait_for(lambda: asked_for(rented), 120, "a pod")
    without_attendants(rented)
    waits(rented)
    (large / "ballast.txt").write_text(random.Random(2).randbytes(60_000).hex())
    rented.manager.tend(folder)
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "ballast").read_text() == before, "the job runs what it was made with"


def test_the_disk_is_wiped_and_it_is_sent_again(rented: Rented, large: Path) -> None:
    folder = rented.manager.start(job(f"{SCRIPT}; while [ ! -e go ]; do sleep 0.1; done"))
    wait_for(lambda: there(rented, "outputs/ballast"), 120, lambda: rented.story(folder))
    (before,) = there(rented, "pod.json")
    incarnation = read_json(before)["incarnation"]
    rented.practice.faults.wipe = True
    rented.practice.pods[0].crash()

    def anew() -> bool:
        found = there(rented, "pod.json")
        return bool(found) and read_json(found[0])["incarnation"] != incarnation

    wait_for(anew, 120, "the folder of another life")
    wait_for(lambda: there(rented, "outputs/ballast"), 120, lambda: rented.story(folder))
    (there(rented, "plan.json")[0].parent / "work" / "go").touch()
    succeeded(rented, folder, large)


def test_a_new_pod_on_the_same_volume_needs_nothing_sent(rented: Rented, large: Path) -> None:
    asked = {"name": "caches", "size": 50, "dataCenter": "EU-RO-1"}
    volume = rented.practice.world.create_volume(asked).folder
    folder = rented.manager.start(job("exit 1", volume=volume.name))
    assert rented.ended(folder)["state"] == "failed", rented.story(folder)
    (came,) = volume.glob("tuneyard/inputs/*/the recipe")
    before = came.stat().st_mtime_ns
    rented.manager.resume(folder, {"script": SCRIPT})
    succeeded(rented, folder, large)
    assert len(asked_for(rented)) == 2
    assert came.stat().st_mtime_ns == before


def test_by_way_of_the_hub_nobody_need_be_at_home(
    rented: Rented, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(tmp_path / "hub") as hub:
        for name, value in {**hub.env, "HF_WRITE_TOKEN": TOKEN}.items():
            monkeypatch.setenv(name, value)
        hub.token(TOKEN, "me", writes=True)
        folder = rented.manager.start(job(inputs="hub"))
        wait_for(lambda: asked_for(rented), 120, lambda: rented.story(folder))
        without_attendants(rented)
        wait_for(lambda: there(rented, "outputs/ballast"), 120, lambda: rented.story(folder))
        rented.manager.tend(folder)
        succeeded(rented, folder, large)
        (one,) = told(rented)
        assert hub.files(DATASET, kind="dataset").keys() == {one["hub"]["path"]}
        assert one["hub"]["path"] == f"{one['sha256']}/the-recipe"
