"""A network volume: what a pod leaves on it outlives the pod, and the next one finds it."""

from pathlib import Path

import pytest

from rented import Rented, events
from tuneyard.runner.folder import JobFolder, read_lines
from waiting import wait_for


@pytest.fixture
def volume(rented: Rented) -> Path:
    """Where it lies on this computer; its name is the volume's id."""
    asked = {"name": "caches", "size": 50, "dataCenter": "EU-RO-1"}
    return rented.practice.world.create_volume(asked).folder


def there(volume: Path, folder: JobFolder) -> JobFolder:
    """The job's folder as pods have it on the volume."""
    return JobFolder(volume / "tuneyard" / "jobs" / folder.id)


def test_the_job_folder_and_the_caches_lie_on_it(rented: Rented, volume: Path) -> None:
    folder = rented.start(
        'echo "$TUNEYARD_HOME $HF_HOME"; echo voice > "$TUNEYARD_OUTPUTS/voice"',
        compute={"volume": volume.name},
    )
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert b"/workspace/tuneyard /workspace/tuneyard/cache/hub" in folder.log.read_bytes()
    assert (there(volume, folder).outputs / "voice").read_text() == "voice\n"
    assert (folder.outputs / "voice").read_text() == "voice\n"
    (pod,) = rented.practice.world.ended
    assert pod.made.data_center == "EU-RO-1", "a pod can only be where its volume is"
    assert pod.asked["cloud"] == "SECURE"
    assert not [*pod.disk.glob("root/tuneyard/jobs/*")]


def test_the_next_job_finds_what_the_one_before_left_in_the_cache(
    rented: Rented, volume: Path
) -> None:
    compute = {"volume": volume.name}
    script = 'mkdir -p "$HF_HOME"; cat "$HF_HOME/base" || echo found > "$HF_HOME/base"'
    first = rented.start(script, compute=compute)
    assert rented.ended(first)["state"] == "succeeded", rented.story(first)
    assert b"found" not in first.log.read_bytes()
    second = rented.start(script, compute=compute)
    assert rented.ended(second)["state"] == "succeeded", rented.story(second)
    assert b"found" in second.log.read_bytes()
    assert len({pod.id for pod in rented.practice.world.ended}) == 2


COUNTING = """
trap 'exit 0' TERM
mkdir -p ck
n=$(ls ck | wc -l)
echo "begun after $n"
while true; do n=$((n + 1)); echo "$n" > "ck/$n.pt"; echo "step $n/100"; sleep 0.2; done
"""


def test_a_job_goes_on_on_a_new_pod_from_the_folder_there(rented: Rented, volume: Path) -> None:
    # No checkpoint travels: what the new pod goes on from can only be on the volume.
    folder = rented.start(
        COUNTING,
        compute={"volume": volume.name, "checkpoint_gb": 0},
        checkpoints=["ck/*.pt"],
    )
    wait_for(lambda: len(events(folder, "checkpoint")) > 2, 120, lambda: rented.story(folder))
    rented.manager.stop(folder, "save")
    assert rented.ended(folder)["state"] == "stopped", rented.story(folder)
    kept = len([*there(volume, folder).work.glob("ck/*.pt")])
    before = folder.log.read_bytes()
    rented.manager.resume(folder)
    wait_for(lambda: folder.log.read_bytes().count(b"begun after") > 1, 120, "the new pod")
    again = len(events(folder, "checkpoint"))
    wait_for(lambda: len(events(folder, "checkpoint")) > again, 120, lambda: rented.story(folder))
    rented.manager.stop(folder, "save")
    assert rented.ended(folder)["state"] == "stopped", rented.story(folder)
    log = folder.log.read_bytes()
    assert f"begun after {kept}\n".encode() in log.removeprefix(before)
    # The folder has the log of both attempts, and what was at home already isn't brought twice.
    assert log.startswith(before)
    assert log.count(b"begun after 0\n") == 1
    steps = [line["step"] for line in read_lines(folder.metrics)]
    assert steps == sorted(set(steps))
    saved = [event["path"] for event in events(folder, "checkpoint")]
    assert len(saved) == len(set(saved))
    assert len({pod.id for pod in rented.practice.world.ended}) == 2
