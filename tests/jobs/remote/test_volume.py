"""A network volume: what a pod leaves on it outlives the pod, and the next one finds it."""

from pathlib import Path

import pytest

from jobs.remote.pods import FolderFace, grow, pod_folder
from rented import Rented, events
from tuneyard.jobs.remote.handle import Handle, new_handle
from tuneyard.jobs.remote.mirror import Mirror
from tuneyard.runner.folder import JobFolder, append_line, read_lines
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
    wait_for(lambda: len(events(folder, "checkpoint")) > 2, 60, lambda: rented.story(folder))
    rented.manager.stop(folder, "save")
    assert rented.ended(folder)["state"] == "stopped", rented.story(folder)
    kept = len([*there(volume, folder).work.glob("ck/*.pt")])
    before = folder.log.read_bytes()
    rented.manager.resume(folder)
    wait_for(lambda: folder.log.read_bytes().count(b"begun after") > 1, 60, "the new pod")
    again = len(events(folder, "checkpoint"))
    wait_for(lambda: len(events(folder, "checkpoint")) > again, 60, lambda: rented.story(folder))
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


# -- the same, byte by byte ------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> JobFolder:
    """The folder on the volume."""
    return pod_folder(tmp_path / "volume")


@pytest.fixture
def here(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "job")
    folder.make()
    return folder


def pull(here: JobFolder, face: FolderFace, attempt: int) -> None:
    """As an attendant does that knows of its job what is on the disk."""
    found = Handle.read(here)
    if found is None or found.attempt != attempt:
        found = new_handle(here, attempt, found)
        size = here.log.stat().st_size if here.log.exists() else 0
        append_line(here.events, {"t": 1.0, "event": "attempt", "attempt": attempt, "offset": size})
    Mirror(here, found, lambda: found.write(here)).pull(face, face.job())


def heard(here: JobFolder) -> list[int]:
    return [line["n"] for line in read_lines(here.events) if line["event"] == "checkpoint"]


def test_what_home_has_goes_on_and_what_it_never_heard_comes(
    kept: JobFolder, here: JobFolder
) -> None:
    face = FolderFace(kept)
    grow(kept, b"one\nhal", 1, event="checkpoint", n=1)
    pull(here, face, 1)
    # Home slept through the end of the first pod.
    grow(kept, b"f\nunheard\n", 2, event="checkpoint", n=2)
    grow(kept, b"second pod\n", 3, event="step", n=1, offset=17)
    pull(here, face, 2)
    pull(here, face, 2)
    assert here.log.read_bytes() == kept.log.read_bytes()
    assert here.metrics.read_bytes() == kept.metrics.read_bytes()
    assert heard(here) == [1, 2]
    (step,) = (line for line in read_lines(here.events) if line["event"] == "step")
    assert here.log.read_bytes()[step["offset"] :] == b"second pod\n"


def test_a_push_from_here_in_between_is_no_part_of_it(kept: JobFolder, here: JobFolder) -> None:
    face = FolderFace(kept)
    grow(kept, b"first pod\n", 1, event="checkpoint", n=1)
    pull(here, face, 1)
    size = here.log.stat().st_size
    append_line(here.events, {"t": 1.0, "event": "attempt", "attempt": 2, "offset": size})
    with here.log.open("ab") as file:
        file.write(b"pushed from here\n")
    grow(kept, b"second pod\n", 2, event="step", n=1, offset=10)
    pull(here, face, 3)
    assert here.log.read_bytes() == b"first pod\npushed from here\nsecond pod\n"
    assert [line["step"] for line in read_lines(here.metrics)] == [1, 2]
    (step,) = (line for line in read_lines(here.events) if line["event"] == "step")
    assert here.log.read_bytes()[step["offset"] :] == b"second pod\n"


def test_an_attempt_whose_pod_never_answered_changes_nothing(
    kept: JobFolder, here: JobFolder
) -> None:
    face = FolderFace(kept)
    grow(kept, b"first pod\n", event="checkpoint", n=1)
    pull(here, face, 1)
    new_handle(here, 2, Handle.read(here)).write(here)
    grow(kept, b"third pod\n")
    pull(here, face, 3)
    assert here.log.read_bytes() == b"first pod\nthird pod\n"
    assert heard(here) == [1]


def test_another_folder_is_brought_as_a_whole(
    kept: JobFolder, here: JobFolder, tmp_path: Path
) -> None:
    grow(kept, b"first pod\n", 1, event="checkpoint", n=1)
    pull(here, FolderFace(kept), 1)
    other = FolderFace(pod_folder(tmp_path / "other"))
    other.incarnation = "two"
    grow(other.folder, b"no volume\n", 1, event="checkpoint", n=7)
    pull(here, other, 2)
    assert here.log.read_bytes() == b"first pod\nno volume\n"
    assert heard(here) == [1, 7]
