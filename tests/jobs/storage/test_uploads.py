import contextlib
import os
import shutil
import threading
import unicodedata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.errors import Missing, NotFound, NotPossible, WrongInput
from tuneyard.jobs.storage.arriving import Arriving, Limits
from tuneyard.jobs.storage.names import safe_name
from tuneyard.jobs.storage.uploads import Uploads

DAY = 24 * 3600.0


class Clock:
    """Starts now, since files have the times of this computer."""

    def __init__(self) -> None:
        self.later = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.later


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def uploads(home: Path, clock: Clock) -> Uploads:
    return Uploads(home, Limits(file_bytes=1000, bytes=2000, files=5), clock)


def send(
    uploads: Uploads, upload: str, path: str, data: bytes = b"abc", *, announced: bool = True
) -> None:
    with uploads.receive(upload, path, len(data) if announced else None) as file:
        for start in range(0, len(data), 7):
            file.write(data[start : start + 7])


def begun(uploads: Uploads) -> str:
    upload: str = uploads.begin()["id"]
    return upload


def all_in(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted((home / "uploads").rglob("*"))
        if path.is_file()
    }


def test_files_arrive_and_the_folder_they_lie_in_goes_into_the_job(
    uploads: Uploads, home: Path
) -> None:
    upload = begun(uploads)
    send(uploads, upload, "voice/metadata.csv", b"1|One.")
    send(uploads, upload, "voice/wavs/1.wav", b"x" * 100)
    view = uploads.view(upload)
    assert (view["files"], view["bytes"], view["path"]) == (2, 106, None)
    assert uploads.done(upload)["path"] == str(home / "uploads" / upload / "files" / "voice")
    path = Path(uploads.done(upload)["path"])
    assert (path / "wavs" / "1.wav").read_bytes() == b"x" * 100
    assert (path / "wavs" / "1.wav").stat().st_mode & 0o777 == 0o600
    assert not (home / "uploads" / upload / "parts").exists()


@pytest.mark.parametrize(
    ("paths", "whole"),
    [
        (["clips.zip"], "files/clips.zip"),
        (["Clips.ZIP"], "files/Clips.ZIP"),
        (["clips.zip", "notes.txt"], "files"),
        (["metadata.csv", "wavs/1.wav"], "files"),
        (["1.wav"], "files"),
        (["wavs/1.wav"], "files/wavs"),
        (["a/b/1.wav"], "files/a"),
    ],
)
def test_what_goes_into_the_job(uploads: Uploads, home: Path, paths: list[str], whole: str) -> None:
    upload = begun(uploads)
    for path in paths:
        send(uploads, upload, path)
    assert uploads.done(upload)["path"] == str(home / "uploads" / upload / whole)


def test_the_same_name_again_replaces_the_file(uploads: Uploads, home: Path) -> None:
    upload = begun(uploads)
    send(uploads, upload, "a.wav", b"old and longer")
    send(uploads, upload, "a.wav", b"new")
    view = uploads.view(upload)
    assert (view["files"], view["bytes"]) == (1, 3)
    assert all_in(home)[f"uploads/{upload}/files/a.wav"] == b"new"


def test_a_file_and_a_folder_of_one_name_are_told(uploads: Uploads) -> None:
    upload = begun(uploads)
    send(uploads, upload, "a")
    send(uploads, upload, "b/c")
    for path in ("a/b", "b"):
        with pytest.raises(WrongInput, match="a file and a folder"):
            send(uploads, upload, path)
    assert uploads.view(upload)["files"] == 2
    assert uploads.done(upload)["files"] == 2


@pytest.mark.parametrize(
    ("there", "size", "match"),
    [(0, 1001, "A file may have"), (2 * 600, 900, "All of it may have")],
)
@pytest.mark.parametrize("announced", [True, False])
def test_too_much_is_refused_and_leaves_nothing(
    uploads: Uploads, home: Path, there: int, size: int, match: str, announced: bool
) -> None:
    upload = begun(uploads)
    for name in ("1", "2"):
        send(uploads, upload, name, b"x" * (there // 2))
    before = all_in(home)
    with pytest.raises(WrongInput, match=match):
        send(uploads, upload, "3", b"x" * size, announced=announced)
    assert all_in(home) == before
    send(uploads, upload, "3", b"x" * 800)
    assert uploads.view(upload)["bytes"] == there + 800


def test_too_many_files_are_refused(uploads: Uploads) -> None:
    upload = begun(uploads)
    for number in range(5):
        send(uploads, upload, f"{number}.wav")
    with pytest.raises(WrongInput, match="5 files at most"):
        send(uploads, upload, "6.wav")


@pytest.mark.parametrize(("files", "size"), [(6, 10), (1, 2001)])
def test_what_is_known_not_to_fit_is_refused_before_it_is_sent(
    uploads: Uploads, files: int, size: int
) -> None:
    with pytest.raises(WrongInput) as caught:
        uploads.begin(files, size)
    assert caught.value.code == "upload-too-large"
    assert uploads.ids() == []


class Usage(NamedTuple):
    free: int


def test_a_disk_without_room_is_told(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    upload = begun(uploads)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1_000_000_100))
    with pytest.raises(Missing, match=r"1\.0 GB are free"):
        uploads.begin(1, 200)
    send(uploads, upload, "1.wav", b"x" * 50)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100))
    with pytest.raises(Missing, match="no room"):
        send(uploads, upload, "2.wav")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1_000_000_100))
    monkeypatch.setattr(Arriving, "_LOOK", 60)

    def fill_up() -> None:
        with uploads.receive(upload, "3.wav") as file:
            file.write(b"x" * 50)
            monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100))
            file.write(b"x" * 50)

    with pytest.raises(Missing, match="no room"):
        fill_up()
    assert list(all_in(home)) == [f"uploads/{upload}/files/1.wav", f"uploads/{upload}/upload.json"]


def test_a_disk_that_fills_up_is_told(uploads: Uploads, home: Path) -> None:
    upload = begun(uploads)

    def fill_up() -> None:
        with (
            uploads.receive(upload, "1.wav") as file,
            open("/dev/full", "wb", buffering=0) as full,
        ):
            file._file.close()
            file._file = full
            file.write(b"x")

    with pytest.raises(Missing, match="no room"):
        fill_up()
    assert list(all_in(home)) == [f"uploads/{upload}/upload.json"]


def test_many_files_arrive_at_once(home: Path) -> None:
    uploads = Uploads(home)
    upload = begun(uploads)
    senders = [
        threading.Thread(target=send, args=(uploads, upload, f"{n % 3}/{n}.wav", b"x" * n))
        for n in range(40)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    view = uploads.view(upload)
    assert (view["files"], view["bytes"]) == (40, sum(range(40)))
    assert Uploads(home).view(upload)["bytes"] == sum(range(40))


def test_nothing_is_done_before_something_is_there(uploads: Uploads) -> None:
    upload = begun(uploads)
    with pytest.raises(NotPossible, match="Nothing has arrived"):
        uploads.done(upload)
    with uploads.receive(upload, "1.wav") as file:
        file.write(b"x")
        with pytest.raises(NotPossible, match="still arriving"):
            uploads.done(upload)
    uploads.done(upload)
    with pytest.raises(NotPossible, match="complete already"):
        send(uploads, upload, "2.wav")


@pytest.mark.parametrize(
    "upload", ["", "..", "../jobs", "20261122-120000-0000000x", "20261122-120000-00000000"]
)
def test_what_is_no_upload_is_not_found(uploads: Uploads, home: Path, upload: str) -> None:
    (home / "upload.json").write_text('{"made": 1, "path": null}')
    calls = (uploads.view, uploads.done, uploads.remove, lambda u: send(uploads, u, "a"))
    for call in calls:
        with pytest.raises(NotFound):
            call(upload)


def test_a_file_that_breaks_off_leaves_nothing(uploads: Uploads, home: Path) -> None:
    upload = begun(uploads)

    def break_off() -> None:
        with uploads.receive(upload, "1.wav", 10) as file:
            file.write(b"x")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    view = uploads.view(upload)
    assert (view["files"], view["bytes"]) == (0, 0)
    assert list(all_in(home)) == [f"uploads/{upload}/upload.json"]


def test_a_file_of_an_upload_that_was_removed_meanwhile_is_nowhere(
    uploads: Uploads, home: Path
) -> None:
    upload = begun(uploads)

    def remove_meanwhile() -> None:
        with uploads.receive(upload, "1.wav") as file:
            file.write(b"x")
            uploads.remove(upload)

    with pytest.raises(NotFound):
        remove_meanwhile()
    assert all_in(home) == {}


def test_what_was_left_half_way_goes_after_a_day(uploads: Uploads, clock: Clock) -> None:
    half, whole, fresh = begun(uploads), begun(uploads), begun(uploads)
    for upload in (half, whole, fresh):
        send(uploads, upload, "1.wav")
    uploads.done(whole)
    clock.later = DAY + 10
    os.utime(uploads.folder / fresh, (clock(), clock()))
    clock.later = DAY + 20
    (uploads.folder / ".20261122-120000-00000000.removed" / "files").mkdir(parents=True)
    uploads.begin()
    assert not list(uploads.folder.glob(".*"))
    assert half not in uploads.ids()
    assert {whole, fresh} < set(uploads.ids())


def test_a_long_file_that_still_arrives_is_not_left_half_way(
    uploads: Uploads, clock: Clock
) -> None:
    upload = begun(uploads)
    with uploads.receive(upload, "1.wav") as file:
        file.write(b"x")
        clock.later = DAY + 10
        os.utime(file.path, (clock(), clock()))
        assert uploads.sweep() == []
    assert uploads.view(upload)["files"] == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.wav", "a.wav"),
        ("voice/wavs/1.wav", "voice/wavs/1.wav"),
        ("voice\\wavs\\1.wav", "voice/wavs/1.wav"),
        ("./a//b/", "a/b"),
        ("e\u0301tude.wav", "étude.wav"),
        ("বাংলা/ক্\u200cষ.wav", "বাংলা/ক্\u200cষ.wav"),
        ("con-air.wav", "con-air.wav"),
        ("a b.wav", "a b.wav"),
    ],
)
def test_names_that_stay_as_they_are(path: str, name: str) -> None:
    assert safe_name(path) == name


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty"),
        (".", "empty"),
        ("/etc/passwd", "not relative"),
        ("\\\\host\\share", "not relative"),
        ("C:\\Windows", "not relative"),
        ("c:a", "not relative"),
        ("../a", "leads out"),
        ("a/../../b", "leads out"),
        ("a\\..\\b", "leads out"),
        (".DS_Store", "hidden"),
        ("a/.git/config", "hidden"),
        ("a/...", "hidden"),
        ("a\0b", "signs"),
        ("a\nb", "signs"),
        ("a\x1b[2Jb", "signs"),
        ("\udcff", "signs"),
        ("cod\u202egpj.exe", "hide what it is"),
        ("NUL", "system"),
        ("a/com1.wav", "system"),
        ("aux.tar.gz", "system"),
        ("a./b", "system"),
        (" a", "system"),
        ("a /b", "system"),
        ("x" * 256, "too long"),
        ("é" * 128, "too long"),
        ("/".join("a" * 33), "too deep"),
        ("/".join(["x" * 200] * 6), "too long"),
    ],
)
def test_names_that_are_refused(path: str, reason: str) -> None:
    with pytest.raises(WrongInput) as caught:
        safe_name(path)
    assert reason in caught.value.sentence
    assert caught.value.sentence.isprintable()
    assert len(caught.value.sentence) < 200


PARTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab. /\\:~-éß\u0301\u202e\0\n\udcff"), st.characters(codec=None)
    ),
    max_size=12,
)


@given(st.lists(PARTS, max_size=5).map("/".join))
def test_whatever_the_name_it_lies_inside(path: str) -> None:
    with contextlib.suppress(WrongInput):
        name = safe_name(path)
        parts = PurePosixPath(name).parts
        assert name == "/".join(parts)
        assert not PurePosixPath(name).is_absolute()
        assert not {"..", ".", ""} & set(parts)
        assert not any(p.startswith((".", " ")) or p.endswith((".", " ")) for p in parts)
        assert not set(name) & set("\0\n\r\\")
        assert unicodedata.is_normalized("NFC", name)
        assert os.path.normpath(f"/there/{name}") == f"/there/{name}"
        assert safe_name(name) == name
        name.encode()
