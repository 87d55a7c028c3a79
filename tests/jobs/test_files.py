"""What is given out of a job's folder, and what isn't."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tuneyard.errors import NotFound
from tuneyard.jobs import files
from tuneyard.jobs.files import Kind, file_of, files_of, samples_of
from tuneyard.runner.folder import JobFolder, append_line, write_json


@pytest.fixture
def folder(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    write_json(folder.job, {"id": folder.id})
    folder.log.write_text("hello\n")
    (folder.outputs / "voice.onnx").write_bytes(b"voice")
    (folder.outputs / ".voice.onnx.7.tmp").write_bytes(b"half")
    checkpoint = folder.work / "train" / "last.ckpt"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"weights")
    append_line(folder.events, {"t": 1, "event": "checkpoint", "path": "train/last.ckpt"})
    append_line(folder.events, {"t": 2, "event": "checkpoint", "path": "train/gone.ckpt"})
    return folder


def speak(folder: JobFolder, group: str, epoch: int | None, *texts: str) -> None:
    place = folder.samples / group
    place.mkdir()
    samples = []
    for number, text in enumerate(texts, start=1):
        (place / f"{number:02}.wav").write_bytes(b"RIFF")
        about = {"text": text, "speaker": "", "seconds": 1.5, "silent": False}
        samples.append({"file": f"{number:02}.wav", **about})
    write_json(place / "samples.json", {"epoch": epoch, "samples": samples})


def kinds(folder: JobFolder) -> dict[str, str]:
    return {each["path"]: each["kind"] for each in files_of(folder)}


def test_outputs_samples_checkpoints_and_records_are_listed(folder: JobFolder) -> None:
    speak(folder, "final", None, "Hello.")
    assert kinds(folder) == {
        "outputs/voice.onnx": "output",
        "samples/final/01.wav": "sample",
        "samples/final/samples.json": "sample",
        "work/train/last.ckpt": "checkpoint",
        "output.log": "record",
        "events.jsonl": "record",
        "job.json": "record",
    }
    assert file_of(folder, "work/train/last.ckpt").read_bytes() == b"weights"


@pytest.mark.parametrize(
    "path",
    [
        "masks.json",
        "runner.lock",
        "work/train",
        "outputs",
        "outputs/.voice.onnx.7.tmp",
        "",
        ".",
        "..",
        "../20261122-120000-voice/job.json",
        "outputs/../masks.json",
        "/etc/passwd",
        "outputs/../../../../etc/passwd",
        "outputs\x00/voice.onnx",
    ],
)
def test_nothing_else_is_given_out(folder: JobFolder, path: str) -> None:
    write_json(folder.masks, {"marks": []})
    with pytest.raises(NotFound):
        file_of(folder, path)


def test_links_and_checkpoints_that_lead_elsewhere_are_not_followed(
    folder: JobFolder, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.ckpt"
    outside.write_bytes(b"not ours")
    (folder.outputs / "link.onnx").symlink_to(outside)
    (folder.samples / "away").symlink_to(tmp_path)
    for path in (str(outside), "../../../../outside.ckpt"):
        append_line(folder.events, {"t": 3, "event": "checkpoint", "path": path})
    assert not {path for path in kinds(folder) if "outside" in path or "link" in path}
    with pytest.raises(NotFound):
        file_of(folder, "outputs/link.onnx")
    with pytest.raises(NotFound):
        file_of(folder, "samples/away/outside.ckpt")


def test_samples_are_told_by_group_the_newest_first(folder: JobFolder) -> None:
    import os

    speak(folder, "epoch-00004", 3, "Hello.", "The kettle is on.")
    speak(folder, "final", None, "Hello.")
    os.utime(folder.samples / "epoch-00004" / "samples.json", (1, 1))
    assert [(s["group"], s["epoch"], s["text"]) for s in samples_of(folder)] == [
        ("final", None, "Hello."),
        ("epoch-00004", 4, "Hello."),
        ("epoch-00004", 4, "The kettle is on."),
    ]
    assert samples_of(folder)[0]["path"] == "samples/final/01.wav"


def test_a_sample_that_lies_elsewhere_is_not_told(folder: JobFolder, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    place = folder.samples / "final"
    place.mkdir()
    write_json(place / "samples.json", {"samples": [{"file": str(tmp_path / "x.wav")}]})
    assert samples_of(folder) == []


def test_a_file_that_is_deleted_while_it_is_listed_is_left_out(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files._found

    def pruned(folder: JobFolder) -> Iterator[tuple[Path, Kind]]:
        yield folder.work / "train" / "gone.ckpt", "checkpoint"
        yield from found(folder)

    monkeypatch.setattr(files, "_found", pruned)
    assert "work/train/last.ckpt" in kinds(folder)
    assert "work/train/gone.ckpt" not in kinds(folder)
