import os
import signal
from functools import partial
from pathlib import Path

import pytest

from jobs_by_hand import ended, launch, make, shell, state
from tuneyard.runner import gpus
from tuneyard.runner.folder import JobFolder, read_json, write_json
from tuneyard.runner.process import Identity
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("under_each_python")

SHOW = 'echo "$CUDA_VISIBLE_DEVICES"; while [ ! -e go ]; do sleep 0.05; done'


@pytest.fixture(autouse=True)
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpus.FAKE, "GPU-a, GPU-b")


def job(home: Path, name: str, count: int = 1, script: str = SHOW) -> JobFolder:
    return make(home, [shell("train", script, gpu=True)], job_id=f"20261122-1200{name}", gpus=count)


def trains(folder: JobFolder) -> bool:
    return state(folder)["state"] == "training" and bool(state(folder).get("command"))


def waits(folder: JobFolder, before: int) -> bool:
    return state(folder).get("waiting") == {"for": "gpu", "before": before}


def finish(folder: JobFolder) -> None:
    (folder.work / "go").touch()
    assert ended(folder)["state"] == "succeeded"


def test_jobs_share_the_gpus_and_the_next_waits_in_line(home: Path) -> None:
    first, second, third, fourth = (job(home, f"0{n}") for n in range(4))
    for folder in (first, second):
        launch(folder)
        wait_for(partial(trains, folder))
    launch(third)
    wait_for(lambda: waits(third, 0))
    launch(fourth)
    wait_for(lambda: waits(fourth, 1))
    assert read_json(home / "queue.json")["order"] == [third.id, fourth.id]
    assert gpus.holders(home) == {"GPU-a": first.id, "GPU-b": second.id}
    finish(second)
    wait_for(lambda: trains(third))
    assert third.log.read_text() == "GPU-b\n"
    wait_for(lambda: waits(fourth, 0))
    finish(first)
    wait_for(lambda: trains(fourth))
    finish(third)
    finish(fourth)
    assert gpus.holders(home) == {}
    assert read_json(home / "queue.json")["order"] == []


def test_the_order_of_the_queue_decides(home: Path) -> None:
    big = job(home, "00", count=2)
    launch(big)
    wait_for(lambda: trains(big))
    one, other = job(home, "01", count=2), job(home, "02", count=2)
    launch(one)
    wait_for(lambda: waits(one, 0))
    launch(other)
    wait_for(lambda: waits(other, 1))
    write_json(home / "queue.json", {"order": [other.id, one.id]})
    wait_for(lambda: waits(one, 1))
    finish(big)
    wait_for(lambda: trains(other))
    assert state(one)["state"] == "queued"
    finish(other)
    wait_for(lambda: trains(one))
    finish(one)


def test_a_gpu_stays_taken_while_the_trainer_lives_whoever_was_killed(home: Path) -> None:
    script = (
        'python3 -c \'import os, time; os.closerange(3, 256); open("closed", "w"); '
        '[time.sleep(0.05) for _ in iter(lambda: os.path.exists("go"), True)]\''
    )
    first, second = job(home, "00", 2, f"exec {script}"), job(home, "01", 1)
    launch(first)
    wait_for((first.work / "closed").exists)
    wait_for(lambda: trains(first))
    for who in ("runner", "wrapper"):
        found = Identity.from_json(state(first)[who])
        assert found is not None
        found.send(signal.SIGKILL)
    launch(second)
    wait_for(lambda: waits(second, 0))
    launch(first)  # as whoever looks at a job without a runner does
    wait_for(lambda: Identity.from_json(state(first)["runner"]) not in (None, found))
    assert state(second)["state"] == "queued"
    (first.work / "go").touch()
    ended(first)
    wait_for(lambda: trains(second))
    finish(second)


def test_a_waiting_job_can_be_stopped_and_leaves_the_queue(home: Path) -> None:
    first, second = job(home, "00", 2), job(home, "01")
    launch(first)
    wait_for(lambda: trains(first))
    launch(second)
    wait_for(lambda: waits(second, 0))
    second.stop.write_text("save")
    assert ended(second)["state"] == "stopped"
    assert read_json(home / "queue.json")["order"] == []
    finish(first)


def test_a_dead_job_in_the_queue_holds_nobody_up(home: Path) -> None:
    first, second = job(home, "00"), job(home, "01")
    write_json(home / "queue.json", {"order": [first.id, second.id]})
    launch(second)
    wait_for(lambda: trains(second))
    finish(second)


def test_without_a_driver_there_are_no_gpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(gpus.FAKE)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus.present() == []
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho GPU-1\necho GPU-2\n")
    smi.chmod(0o755)
    assert gpus.present() == ["GPU-1", "GPU-2"]
    assert os.environ["PATH"] == str(tmp_path)


def test_waiting_jobs_can_be_put_into_another_order(home: Path) -> None:
    home.mkdir(exist_ok=True)
    write_json(home / "queue.json", {"order": ["a", "b", "c", "d"]})
    assert gpus.reorder(home, ["c", "gone", "a", "c"]) == ["c", "a", "b", "d"]
    assert gpus.order(home) == ["c", "a", "b", "d"]
