"""A folder on a network volume goes on in the next pod: what came home of it stays, byte by byte."""

from pathlib import Path

import pytest

from jobs.remote.pods import FolderFace, grow, pod_folder
from tuneyard.jobs.remote.handle import Handle, new_handle
from tuneyard.jobs.remote.mirror.folder import Mirror
from tuneyard.runner.folder import JobFolder, append_line, read_lines


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
