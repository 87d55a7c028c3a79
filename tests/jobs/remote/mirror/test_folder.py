"""What comes home of a pod's folder: byte for byte, once, whatever is killed in between."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs.remote.pods import FolderFace, grow, pod_folder, say
from tuneyard.jobs.remote.handle import Handle
from tuneyard.jobs.remote.mirror.checkpoints import newest_checkpoint
from tuneyard.jobs.remote.mirror.folder import Mirror
from tuneyard.runner.folder import JobFolder, append_line, read_json, read_lines


@pytest.fixture
def pod(tmp_path: Path) -> JobFolder:
    return pod_folder(tmp_path / "pod")


@pytest.fixture
def here(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "job")
    folder.make()
    return folder


def mirror(folder: JobFolder, attempt: int = 1) -> Mirror:
    """A new one from what is on the disk: as after a kill."""
    found = Handle.read(folder)
    if found is None or found.attempt != attempt:
        found = Handle("runpod", attempt, "name", "token")
    return Mirror(folder, found, lambda: found.write(folder))


def pull(folder: JobFolder, face: FolderFace, attempt: int = 1) -> bool:
    return mirror(folder, attempt).pull(face, face.job())


def names(folder: JobFolder) -> list[str]:
    return [line["event"] for line in read_lines(folder.events)]


def test_what_grows_comes_home_as_it_is(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    say(pod, state="training", attempt=1)
    grow(pod, b"one \xff line\rmore\n", 1, event="step", n=1, offset=5)
    assert pull(here, face)
    assert here.log.read_bytes() == pod.log.read_bytes()
    assert here.metrics.read_bytes() == pod.metrics.read_bytes()
    assert mirror(here).state["state"] == "training"
    assert not pull(here, face)
    grow(pod, b"again", 2)
    assert pull(here, face)
    assert here.log.read_bytes() == pod.log.read_bytes()
    assert names(here) == ["step"]


def test_killed_between_any_two_writes_nothing_is_lost_or_doubled(
    pod: JobFolder, here: JobFolder, seeds: range
) -> None:
    face = FolderFace(pod)
    for seed in seeds:
        chance = random.Random(seed)
        grow(pod, chance.randbytes(chance.randrange(40)), seed, event="checkpoint", n=seed)
        # A kill in the middle of a write of ours leaves part of what came.
        kept = here.log.stat().st_size if here.log.exists() else 0
        pull(here, face)
        if chance.random() < 0.5:
            with here.log.open("r+b") as file:
                file.truncate(chance.randint(kept, here.log.stat().st_size))
        if chance.random() < 0.5:
            events = here.events.read_bytes()
            here.events.write_bytes(events[: len(events) - chance.randrange(len(events))])
        pull(here, face)
        assert here.log.read_bytes() == pod.log.read_bytes()
        assert [line["n"] for line in read_lines(here.events)] == [*range(seed + 1)]


def test_the_log_is_its_attempts_joined(pod: JobFolder, here: JobFolder, tmp_path: Path) -> None:
    grow(pod, b"first", 1, event="step", n=1, offset=0)
    pull(here, FolderFace(pod))
    second = pod_folder(tmp_path / "second")
    grow(second, b"second\n", 2, event="step", n=1, offset=3)
    face = FolderFace(second)
    face.incarnation = "two"
    pull(here, face, attempt=2)
    assert here.log.read_bytes() == b"first\nsecond\n"
    assert [line["offset"] for line in read_lines(here.events)] == [0, len(b"first\n") + 3]
    assert [line["step"] for line in read_lines(here.metrics)] == [1, 2]


def test_a_wiped_disk_begins_a_new_stretch(pod: JobFolder, here: JobFolder, tmp_path: Path) -> None:
    face = FolderFace(pod)
    grow(pod, b"before the wipe\n", 1, event="step", n=1, offset=0)
    pull(here, face)
    face.folder, face.incarnation = pod_folder(tmp_path / "wiped"), "two"
    grow(face.folder, b"after\n", 1, event="step", n=1, offset=0)
    pull(here, face)
    assert here.log.read_bytes() == b"before the wipe\nafter\n"
    assert [line["offset"] for line in read_lines(here.events)] == [0, 16]
    assert sorted(path.name for path in here.path.glob("remote/*")) == ["1", "1.2"]


def test_a_line_that_a_wipe_cut_off_does_not_spoil_the_next(
    pod: JobFolder, here: JobFolder, tmp_path: Path
) -> None:
    face = FolderFace(pod)
    pod.metrics.write_bytes(b'{"t":1,"step":1}\n{"t":2,"st')
    pull(here, face)
    face.folder, face.incarnation = pod_folder(tmp_path / "wiped"), "two"
    grow(face.folder, b"", 5)
    pull(here, face)
    assert [line["step"] for line in read_lines(here.metrics)] == [1, 5]


def test_homes_own_events_stand_between_the_pods(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    grow(pod, event="attempt", attempt=1, offset=0)
    grow(pod, event="state", state="training")
    append_line(here.events, {"t": 0.5, "event": "offer", "outcome": "taken"})
    pull(here, face)
    append_line(here.events, {"t": 1.5, "event": "pod", "said": "x"})
    grow(pod, event="state", state="succeeded")
    grow(pod, event="attempt", attempt=2, offset=0)
    pull(here, face)
    # Begin and end are home's to say; that the container was started again is worth a word.
    assert names(here) == ["offer", "state", "pod", "pod"]


def test_samples_come_as_they_are_made_and_outputs_at_the_end(
    pod: JobFolder, here: JobFolder
) -> None:
    face = FolderFace(pod)
    pull(here, face)
    (pod.samples / "epoch-1").mkdir()
    (pod.samples / "epoch-1" / "0.wav").write_bytes(b"sound")
    (pod.outputs / "voice.onnx").write_bytes(b"voice")
    mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=0, result_bytes=0)
    assert (here.samples / "epoch-1" / "0.wav").read_bytes() == b"sound"
    assert not (here.outputs / "voice.onnx").exists()
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=0, result_bytes=0)
    assert (here.outputs / "voice.onnx").read_bytes() == b"voice"
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=0, result_bytes=0)
    assert face.told == ["samples/epoch-1/0.wav", "outputs/voice.onnx"]
    # The same bytes on the disk, under two names.
    assert (here.path / "remote/1/outputs/voice.onnx").samefile(here.outputs / "voice.onnx")


def save(pod: JobFolder, name: str, data: bytes) -> None:
    """As a trainer does that names each result anew, and links the newest as `adapter`."""
    (pod.outputs / name).write_bytes(data)
    link = pod.outputs / ".adapter.tmp"
    link.hardlink_to(pod.outputs / name)
    link.replace(pod.outputs / "adapter")
    append_line(pod.events, {"t": 1.0, "event": "saved", "file": f"../outputs/{name}"})


def results(folder: JobFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.outputs.iterdir()}


def test_a_result_that_is_said_to_be_whole_comes_at_once(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)

    def look() -> list[str]:
        """What is fetched; everything here is made anew, as after a kill."""
        face.told.clear()
        pull(here, face)
        mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=0, result_bytes=9)
        return face.told

    (pod.outputs / "half").write_bytes(b"made")
    assert look() == []
    save(pod, "one", b"first")
    assert look() == ["outputs/one"], "the bytes of one file come once"
    assert results(here) == {"one": b"first", "adapter": b"first"}
    save(pod, "two", b"second")
    save(pod, "large", b"not so soon")
    assert look() == ["outputs/two"]
    assert results(here) == {"one": b"first", "two": b"second", "adapter": b"first"}
    save(pod, "two", b"anew")
    (here.outputs / "one").unlink()  # killed before it was put to its place
    assert look() == ["outputs/two"]
    assert results(here) == {"one": b"first", "two": b"anew", "adapter": b"anew"}
    assert look() == []
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=0, result_bytes=9)
    assert face.told == ["outputs/large", "outputs/half"]
    assert results(here) == results(pod)


def test_a_path_that_leads_out_of_the_folder_is_not_written(
    pod: JobFolder, here: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = FolderFace(pod)
    pull(here, face)
    entry = {"bytes": 1, "mtime_ns": 1, "inode": 1}
    paths = ["outputs/../../../elsewhere", "steps/../../job.json", "/outputs/a", "work/../../b"]
    listed = [{**entry, "path": path, "checkpoint": path.startswith("work")} for path in paths]
    monkeypatch.setattr(face, "files", lambda: listed)
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=9, result_bytes=9)
    assert face.told == []


def test_the_newest_checkpoint_comes_if_it_is_not_too_large(
    pod: JobFolder, here: JobFolder
) -> None:
    face = FolderFace(pod)
    pull(here, face)
    (pod.work / "train").mkdir()
    (pod.work / "train" / "a.ckpt").write_bytes(b"12345")
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=4, result_bytes=0)
    assert newest_checkpoint(here, 2) is None
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=5, result_bytes=0)
    found = newest_checkpoint(here, 2)
    assert found is not None
    assert found[0] == "work/train/a.ckpt"
    assert found[1].read_bytes() == b"12345"
    assert newest_checkpoint(here, 1) is None, "an attempt doesn't go on from itself"


def test_records_of_steps_are_of_homes_attempt(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    face.incarnation = "two"
    pull(here, face, attempt=3)
    pod.finished("1").write_text('{"format":1,"attempt":1,"exit":0}\n')
    mirror(here, 3).files(face, face.fetch, ended=False, checkpoint_bytes=0, result_bytes=0)
    assert read_json(here.finished("1")) == {"format": 1, "attempt": 3, "exit": 0}
    assert (here.path / "remote/3/steps/1.json").read_bytes() == pod.finished("1").read_bytes()


def test_a_step_has_its_end_when_the_next_one_is_heard_of(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    grow(pod, event="step", n=1, offset=0)
    pull(here, face)
    pod.finished("1").write_text('{"format":1,"attempt":1,"exit":0}\n')
    grow(pod, event="step", n=2, offset=0)
    pull(here, face)
    assert names(here) == ["step", "step"]
    assert read_json(here.finished("1"))["exit"] == 0


def test_a_checkpoint_may_be_a_folder(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    pull(here, face)
    for name in ("model.ckpt", "optimizer.ckpt"):
        (pod.work / "step-5").mkdir(exist_ok=True)
        (pod.work / "step-5" / name).write_bytes(b"12345")
    mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=9, result_bytes=0)
    assert newest_checkpoint(here, 2) is None, "both are larger than one may be"
    mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=10, result_bytes=0)
    found = newest_checkpoint(here, 2)
    assert found is not None
    assert found[0] == "work/step-5"
    assert sorted(path.name for path in found[1].iterdir()) == ["model.ckpt", "optimizer.ckpt"]


def test_what_is_told_with_a_result_comes_with_it(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    for name in ("lora", "about", "half"):
        (pod.outputs / name).write_bytes(name.encode())
    grow(pod, event="saved", file="../outputs/lora", also=["../outputs/about"])
    pull(here, face)
    mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=0, result_bytes=9)
    assert results(here) == {"lora": b"lora", "about": b"about"}


def test_results_come_before_a_checkpoint(pod: JobFolder, here: JobFolder) -> None:
    face = FolderFace(pod)
    pull(here, face)
    (pod.work / "a.ckpt").write_bytes(b"12345")
    (pod.outputs / "lora").write_bytes(b"12345")
    mirror(here).files(face, face.fetch, ended=True, checkpoint_bytes=9, result_bytes=9)
    assert face.told == ["outputs/lora", "work/a.ckpt"]


@pytest.mark.parametrize("moment", ["rmtree", "rename"])
def test_killed_while_one_checkpoint_takes_the_place_of_another(
    pod: JobFolder, here: JobFolder, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    face = FolderFace(pod)
    pull(here, face)

    def look() -> None:
        mirror(here).files(face, face.fetch, ended=False, checkpoint_bytes=99, result_bytes=0)

    def checkpoint(name: str) -> None:
        for old in pod.work.glob("step-*/*"):
            old.unlink()
        for part in ("model.ckpt", "optimizer.ckpt"):
            (pod.work / name).mkdir(exist_ok=True)
            (pod.work / name / part).write_bytes(name.encode())

    def killed(place: Path, *_: Any, **__: Any) -> None:
        if place.exists():
            if moment == "rmtree":
                next(path for path in place.rglob("*") if path.is_file()).unlink()
            raise KeyboardInterrupt

    checkpoint("step-1")
    look()
    checkpoint("step-2")
    with monkeypatch.context() as patched:
        patched.setattr(shutil if moment == "rmtree" else Path, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            look()
    found = newest_checkpoint(here, 2)
    assert found is not None
    names = sorted(path.name for path in found[1].iterdir())
    assert names == ["model.ckpt", "optimizer.ckpt"], "one of them is whole"
    look()
    found = newest_checkpoint(here, 2)
    assert found is not None
    assert found[0] == "work/step-2"
    assert [path.name for path in (here.path / "remote/1").glob("checkpoint*")] == ["checkpoint"]
