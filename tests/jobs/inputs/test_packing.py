import hashlib
import os
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tuneyard.jobs import inputs
from tuneyard.jobs.inputs import InputsError, Packed, packing
from tuneyard.jobs.job import Job, build


def job_of(**settings: object) -> Job:
    return build({"recipe": "piper", "settings": {"language": "en-US", **settings}})


def names(packed: Packed) -> list[str]:
    with tarfile.open(packed.file) as tar:
        return tar.getnames()


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        pytest.fail("its contents were read again")

    monkeypatch.setattr(packing, "_add", read)
    monkeypatch.setattr(hashlib, "file_digest", read)


# -- packing ------------------------------------------------------------------------


def test_a_folder_becomes_one_tar_of_plain_files(dataset: Path, home: Path) -> None:
    packed = inputs.pack(dataset, home)
    assert names(packed) == ["metadata.csv", "wavs/a.wav", "wavs/ü.wav"]
    assert packed.bytes == packed.file.stat().st_size
    assert packed.sha256 == hashlib.sha256(packed.file.read_bytes()).hexdigest()
    assert packed.file.parent.parent == home / "cache" / "inputs"
    assert packed.file.parent.name.startswith("my voice-")
    with tarfile.open(packed.file) as tar:
        for member in tar:
            about = (member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode)
            assert about == (0, 0, 0, "", "", 0o644)


def test_a_copy_of_a_folder_makes_the_same_tar(dataset: Path, home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("wavs/ü.wav", "metadata.csv", "wavs/a.wav"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dataset / name, copy / name)
        (copy / name).chmod(0o600)
        os.utime(copy / name, (1, 1))
    assert inputs.pack(copy, home).sha256 == inputs.pack(dataset, home).sha256


def test_a_file_is_sent_as_it_is(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "voice.zip"
    path.write_bytes(b"PK")
    packed = inputs.pack(path, home)
    assert (packed.kind, packed.name, packed.file, packed.bytes) == ("file", "voice.zip", path, 2)
    assert packed.sha256 == hashlib.sha256(b"PK").hexdigest()


def test_the_second_launch_reads_nothing(
    dataset: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "base.ckpt"
    file.write_bytes(b"weights")
    first = [inputs.pack(path, home) for path in (dataset, file)]
    no_reading(monkeypatch)
    assert [inputs.pack(path, home) for path in (dataset, file)] == first


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "wavs/a.wav").write_text("other"),
        lambda folder: (folder / "wavs/b.wav").write_text(""),
        lambda folder: (folder / "metadata.csv").unlink(),
        lambda folder: (folder / "metadata.csv").rename(folder / "metadata.txt"),
    ],
)
def test_a_changed_folder_is_packed_again(
    change: Callable[[Path], object], dataset: Path, home: Path
) -> None:
    before = inputs.pack(dataset, home)
    change(dataset)
    assert inputs.pack(dataset, home).sha256 != before.sha256


def test_a_damaged_tar_is_made_again(dataset: Path, home: Path) -> None:
    packed = inputs.pack(dataset, home)
    packed.file.write_bytes(b"")
    assert inputs.pack(dataset, home) == packed
    assert names(packed)


def test_links_are_followed_once(dataset: Path, home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.wav").write_text("b")
    (dataset / "more").symlink_to(elsewhere)
    (dataset / "wavs/c.wav").symlink_to(elsewhere / "b.wav")
    (dataset / "wavs/round").symlink_to(dataset)
    (dataset / "wavs/gone.wav").symlink_to("/nothing/here")
    assert names(inputs.pack(dataset, home)) == [
        "metadata.csv",
        "more/b.wav",
        "wavs/a.wav",
        "wavs/c.wav",
        "wavs/ü.wav",
    ]


def test_a_folder_that_changes_meanwhile_is_not_sent(
    dataset: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = packing._add

    def add_and_change(archive: tarfile.TarFile, folder: Path, name: str, size: int) -> None:
        add(archive, folder, name, size)
        (dataset / "new.wav").write_text("new")

    monkeypatch.setattr(packing, "_add", add_and_change)
    with pytest.raises(InputsError, match="changed while it was packed"):
        inputs.pack(dataset, home)
    assert not list((home / "cache/inputs").rglob("*.tar"))


def test_a_file_that_shrinks_meanwhile_is_told(
    dataset: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = packing._add
    monkeypatch.setattr(
        packing, "_add", lambda archive, folder, name, size: add(archive, folder, name, size + 9)
    )
    with pytest.raises(InputsError, match="can't be read for the pod"):
        inputs.pack(dataset, home)
    assert not list((home / "cache/inputs").rglob("*.part"))


def test_an_empty_folder_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputsError, match="has no files in it"):
        inputs.pack(tmp_path / "empty", home)


def test_what_is_gone_is_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputsError, match="No such file") as told:
        inputs.pack(tmp_path / "gone.zip", home)
    assert told.value.problem.code == "input-unreadable"


def test_a_full_disk_is_told_before(
    dataset: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100))
    with pytest.raises(InputsError, match=r"0\.0 GB are free") as told:
        inputs.pack(dataset, home)
    assert told.value.problem.code == "disk-full"


def test_what_nobody_wants_any_more_is_removed(dataset: Path, home: Path, tmp_path: Path) -> None:
    packed = inputs.pack(dataset, home)
    long_ago = time.time() - 15 * 24 * 3600
    os.utime(packed.file.parent, (long_ago, long_ago))
    other = tmp_path / "x.zip"
    other.write_bytes(b"PK")
    inputs.pack(other, home)
    assert not packed.file.exists()
    assert inputs.pack(dataset, home) == packed


# -- what the pod is told -----------------------------------------------------------


def test_the_pod_is_told_checksums_in_place_of_paths(dataset: Path, home: Path) -> None:
    job = job_of(dataset=str(dataset))
    checkpoint = home.parent / "last.ckpt"
    checkpoint.write_bytes(b"weights")
    packed = inputs.pack_all(job, home, resume=("work/train/last.ckpt", checkpoint))
    manifest, replaced = inputs.told(packed)
    sha = hashlib.sha256(b"weights").hexdigest()
    folder, file = manifest
    assert replaced == {"dataset": f"input:{folder['sha256']}"}
    assert (folder["kind"], folder["name"], folder["place"]) == ("folder", "my voice", "")
    assert file == {
        "sha256": sha,
        "bytes": 7,
        "name": "last.ckpt",
        "kind": "file",
        "place": "work/train/last.ckpt",
    }


def test_what_is_wanted_twice_travels_once(dataset: Path, home: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.ckpt"
    base.write_bytes(b"weights")
    job = job_of(dataset=str(dataset), base=str(base))
    packed = inputs.pack_all(job, home, resume=("work/base.ckpt", base))
    manifest, replaced = inputs.told(packed)
    assert len(manifest) == 2
    assert manifest[1]["place"] == "work/base.ckpt"
    assert set(replaced) == {"dataset", "base"}
