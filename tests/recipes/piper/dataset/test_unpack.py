import io
import shutil
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.piper.dataset.report import DataError
from tuneyard.recipes.piper.dataset.unpack import Limits, unpack
from tuneyard.runner.problems import Problem

Entry = tuple[str | zipfile.ZipInfo, bytes]


def zipped(path: Path, *entries: Entry, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in entries:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def mode(name: str, bits: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, bits << 16
    return info


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if not path.is_dir())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def refused(archive: Path, limits: Limits | None = None) -> Problem:
    """The problem; beyond it, that nothing was written and an older folder still stands."""
    target = archive.parent / "set"
    target.mkdir()
    (target / "old").write_text("still here")
    before = tree(archive.parent)
    with pytest.raises(DataError) as raised:
        unpack(archive, target, limits)
    assert tree(archive.parent) == before
    assert raised.value.problem.next_step
    return raised.value.problem


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "a.zip",
        ("voice/", b""),
        ("voice/metadata.csv", b"a|b"),
        ("voice/wavs/a.wav", b"RIFF"),
        ("__MACOSX/voice/._a.wav", b"litter"),
        ("voice/.DS_Store", b"litter"),
    )
    seen: list[int] = []

    assert unpack(archive, tmp_path / "set", progress=seen.append) == 2

    assert tree(tmp_path / "set") == {"voice/metadata.csv": b"a|b", "voice/wavs/a.wav": b"RIFF"}
    assert seen == [1, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "set"]


def test_a_tar_is_unpacked(tmp_path: Path) -> None:
    archive = tarred(
        tmp_path / "a.tar.gz",
        (tar_entry("wavs", tarfile.DIRTYPE), b""),
        (tar_entry("wavs/é.wav"), b"RIFF"),
    )

    assert unpack(archive, tmp_path / "set") == 1
    assert tree(tmp_path / "set") == {"wavs/é.wav": b"RIFF"}


def test_unpacking_again_replaces_all(tmp_path: Path) -> None:
    unpack(zipped(tmp_path / "a.zip", ("a.wav", b"1"), ("b.wav", b"2")), tmp_path / "set")
    (tmp_path / ".set.unpacking").mkdir()  # as a kill in the middle leaves it
    (tmp_path / ".set.unpacking" / "half.wav").touch()

    unpack(zipped(tmp_path / "a.zip", ("a.wav", b"3")), tmp_path / "set")

    assert tree(tmp_path / "set") == {"a.wav": b"3"}
    assert not (tmp_path / ".set.unpacking").exists()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("wavs\\a.wav", "wavs/a.wav"),
        ("./wavs//a.wav", "wavs/a.wav"),
        ("a b.wav", "a b.wav"),
        ("grüße.wav", "grüße.wav"),
        ("世界.wav", "世界.wav"),
    ],
)
def test_names_of_other_programs(tmp_path: Path, name: str, meant: str) -> None:
    unpack(zipped(tmp_path / "a.zip", (name, b"x")), tmp_path / "set")

    assert tree(tmp_path / "set") == {meant: b"x"}


@pytest.mark.parametrize(
    ("raw", "meant"), [("世界".encode(), "世界"), (b"\x81ber", "über"), (b"\xff\xfe", "\xa0■")]
)
def test_names_that_do_not_say_their_encoding(tmp_path: Path, raw: bytes, meant: str) -> None:
    stand_in = b"N" * len(raw)
    archive = zipped(tmp_path / "a.zip", (stand_in.decode(), b"x"))
    archive.write_bytes(archive.read_bytes().replace(stand_in, raw))

    unpack(archive, tmp_path / "set")

    assert tree(tmp_path / "set") == {meant: b"x"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil", "archive-outside"),
        ("a/../../evil", "archive-outside"),
        ("..\\evil", "archive-outside"),
        ("/etc/evil", "archive-outside"),
        ("\\\\server\\evil", "archive-outside"),
        ("C:\\evil", "archive-outside"),
        ("c:evil", "archive-outside"),
        ("a\nb", "archive-name"),
        ("x" * 256, "archive-name"),
        ("é" * 128, "archive-name"),
    ],
)
def test_a_name_that_is_not_plain(tmp_path: Path, name: str, code: str) -> None:
    problem = refused(zipped(tmp_path / "a.zip", ("good.wav", b"x"), (name, b"evil")))

    assert problem.code == code
    assert repr(name[:200]) in problem.sentence
    assert problem.place == "a.zip"


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("aNb", b"x"))
    archive.write_bytes(archive.read_bytes().replace(b"aNb", b"a\0b"))

    assert refused(archive).code == "archive-name"


@pytest.mark.parametrize(
    ("bits", "said"),
    [(stat.S_IFLNK | 0o777, "a link"), (stat.S_IFIFO, "neither"), (stat.S_IFCHR, "neither")],
)
def test_what_is_neither_file_nor_folder_in_a_zip(tmp_path: Path, bits: int, said: str) -> None:
    problem = refused(zipped(tmp_path / "a.zip", (mode("wavs", bits), b"/etc")))

    assert problem.code == "archive-link"
    assert f"wavs, which is {said}" in problem.sentence


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_what_is_neither_file_nor_folder_in_a_tar(tmp_path: Path, kind: bytes) -> None:
    problem = refused(tarred(tmp_path / "a.tar.gz", (tar_entry("wavs", kind), b"")))

    assert problem.code == "archive-link"


def test_a_tar_that_points_outside(tmp_path: Path) -> None:
    problem = refused(tarred(tmp_path / "a.tar.gz", (tar_entry("../evil"), b"x")))

    assert problem.code == "archive-outside"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("a.wav", "./a.wav"), "archive-twice"),
        (("a.wav", "A.wav"), "archive-clash"),
        (("wavs/a.wav", "Wavs/b.wav"), "archive-clash"),
        (
            (unicodedata.normalize("NFC", "é.wav"), unicodedata.normalize("NFD", "é.wav")),
            "archive-clash",
        ),
        (("a", "a/b.wav"), "archive-clash"),
        (("a/b.wav", "a"), "archive-clash"),
    ],
)
def test_names_that_clash(tmp_path: Path, names: tuple[str, str], code: str) -> None:
    problem = refused(zipped(tmp_path / "a.zip", *((name, b"x") for name in names)))

    assert problem.code == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice(tmp_path: Path) -> None:
    problem = refused(zipped(tmp_path / "a.zip", ("a.wav", b"1"), ("a.wav", b"2")))

    assert (problem.code, problem.sentence) == ("archive-twice", "a.zip has a.wav twice.")


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("metadata.csv", b"a|b"), ("a.wav", bytes(1 << 20)))

    problem = refused(archive, Limits(free_bytes=1 << 16))

    assert problem.code == "archive-bomb"
    assert "at a.wav" in problem.sentence


def test_a_size_that_is_not_true_is_no_way_around_the_limit(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.wav", bytes(1 << 20)))
    content = archive.read_bytes()
    archive.write_bytes(content.replace((1 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little")))

    assert refused(archive).code == "archive-damaged"


def test_a_long_silence_is_no_bomb(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.wav", bytes(1 << 20)))

    assert unpack(archive, tmp_path / "set") == 1


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(total_bytes=5), "archive-bomb"), (Limits(entries=2), "archive-entries")],
)
def test_more_than_is_allowed(tmp_path: Path, limits: Limits, code: str) -> None:
    archive = zipped(tmp_path / "a.zip", *((f"{n}.wav", b"xy") for n in range(3)))

    assert refused(archive, limits).code == code


def test_a_password_is_named(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.wav", b"x"))
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # the flags of the local header, and below of the directory's entry
    content[content.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(content)

    problem = refused(archive)

    assert (problem.code, "a.wav" in problem.sentence) == ("archive-encrypted", True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda _: b"",
        lambda _: b"this is no archive",
        lambda content: content.replace(b"recorded", b"RECORDED", 1),
    ],
    ids=["cut", "empty", "text", "checksum"],
)
def test_damage_is_said(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.wav", b"recorded"), compression=zipfile.ZIP_STORED)
    archive.write_bytes(spoil(archive.read_bytes()))

    problem = refused(archive)

    assert problem.code in ("archive-damaged", "archive-unreadable")
    assert problem.sentence.startswith("a.zip ")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.wav", b"x"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        with pytest.raises(DataError, match="No space left on device"):
            unpack(archive, tmp_path / "set")


PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "a", "A", "b", "wavs", "C:", "~", "é", "e\u0301", "con", ".x"]),
    st.text(max_size=4),
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["/", "\\"]).map(lambda slash: slash.join(parts))
)
ENTRIES = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from([0, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR, stat.S_IFBLK]),
        st.one_of(st.binary(max_size=20), st.just(bytes(5000))),
    ),
    max_size=6,
)


def _only_the_folder_changed(content: bytes) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        (root / "a.zip").write_bytes(content)
        try:
            files = unpack(root / "a.zip", root / "set", Limits(1 << 16, 5, 10, 4000))
        except DataError as error:
            assert error.problem.sentence.startswith("a.zip ")  # noqa: PT017
            assert not (root / "set").exists()
        else:
            assert len(tree(root / "set")) == files
            assert not any(path.is_symlink() for path in root.rglob("*"))
        shutil.rmtree(root / "set", ignore_errors=True)
        assert tree(root) == {"a.zip": content}
    finally:
        shutil.rmtree(root)


@given(ENTRIES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_whatever_a_zip_says_nothing_is_written_outside(
    entries: list[tuple[str, int, bytes]],
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, bits, data in entries:
            info = mode("x", bits)
            info.filename = name.encode("utf-8", "replace").decode()
            archive.writestr(info, data)
    _only_the_folder_changed(content.getvalue())


SOUND = io.BytesIO()
with zipfile.ZipFile(SOUND, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("wavs/a.wav", bytes(300))
    _archive.writestr("metadata.csv", b"a|One.")


@given(
    st.lists(
        st.tuples(st.integers(0, len(SOUND.getvalue()) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_damaged_in_a_zip_is_said(changes: list[tuple[int, int]]) -> None:
    content = bytearray(SOUND.getvalue())
    for place, value in changes:
        content[place] = value
    _only_the_folder_changed(bytes(content))


@given(st.integers(0, 2000), st.integers(0, 255))
def test_whatever_is_damaged_in_a_tar_is_said(place: int, value: int) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tar_entry("wavs/a.wav")
        info.size = 700
        archive.addfile(info, io.BytesIO(bytes(700)))
    content = bytearray(stream.getvalue())
    content[place] = value
    _only_the_folder_changed(bytes(content))
