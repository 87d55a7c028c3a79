import unicodedata
from pathlib import Path

import pytest

from tuneyard.recipes.piper.dataset.clips import Clips, visible_files


def clips(folder: Path, *files: str) -> Clips:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return Clips(folder)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("wavs/a.wav", "a"),
        ("wavs/a.wav", "a.wav"),
        ("wavs/a.wav", "wavs/a"),
        ("wavs/a.wav", "./wavs/a.wav"),
        ("wavs/a.wav", r"wavs\a.wav"),
        ("wavs/a.wav", "/home/someone/old/wavs/a.wav"),
        ("wavs/a.wav", r"C:\Users\someone\wavs\a.wav"),
        ("a.flac", "a"),
        ("deep/er/a.ogg", "er/a"),
        ("wavs/A.WAV", "a"),
        ("a.mp3", "a.wav"),
        ("LJ001.0001.wav", "LJ001.0001"),
        (unicodedata.normalize("NFD", "café.wav"), unicodedata.normalize("NFC", "café")),
    ],
)
def test_a_clip_is_found_by(tmp_path: Path, file: str, name: str) -> None:
    assert clips(tmp_path, file).find(name) == [file]


@pytest.mark.parametrize("name", ["b", "../a", "other/a.wav", "/etc/passwd", "", "a.wav/", "."])
def test_a_clip_is_not_found_by(tmp_path: Path, name: str) -> None:
    assert clips(tmp_path / "set", "wavs/a.wav", "../a.wav").find(name) == []


@pytest.mark.parametrize(
    ("files", "name", "best"),
    [
        (("flac/a.flac", "wavs/a.wav"), "a", "wavs/a.wav"),
        (("a.m4a", "wavs/a.mp3"), "a", "wavs/a.mp3"),
        (("wavs/a.wav", "a.wav"), "wavs/a", "wavs/a.wav"),
        (("wavs/a.wav", "a.wav"), "a", "a.wav"),
        (("a.wav", "A.wav"), "A", "A.wav"),
        (("a.wav", "a.wav.ogg"), "a.wav", "a.wav"),
    ],
)
def test_of_several_the_likeliest_is_taken(
    tmp_path: Path, files: tuple[str, ...], name: str, best: str
) -> None:
    assert clips(tmp_path, *files).find(name) == [best]


def test_equally_likely_ones_are_all_named(tmp_path: Path) -> None:
    found = clips(tmp_path, "anna/001.wav", "ben/001.wav").find("001")

    assert found == ["anna/001.wav", "ben/001.wav"]


def test_litter_is_not_seen(tmp_path: Path) -> None:
    clips(tmp_path, "a.wav", ".a.wav", "__MACOSX/._a.wav", ".cache/b.wav", "Thumbs.db")

    assert list(visible_files(tmp_path)) == ["a.wav"]


def test_linked_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.wav").touch()
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "wavs").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "elsewhere")

    assert list(visible_files(tmp_path / "set")) == ["wavs/a.wav"]
