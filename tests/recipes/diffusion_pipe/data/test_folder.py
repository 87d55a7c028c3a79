import os
from pathlib import Path
from typing import Any

from PIL import Image

from pictures import clip, picture, pictures
from tuneyard.recipes.diffusion_pipe.data import folder, media
from tuneyard.recipes.diffusion_pipe.data.buckets import Item
from tuneyard.recipes.diffusion_pipe.data.folder import Folder
from tuneyard.recipes.diffusion_pipe.data.media import Seen

PLAIN = {
    "skip_empty_caption": True,
    "cache_shuffle_num": 0,
    "online_captions": False,
    "mask_path": "",
    "default_mask_file": "",
    "control_path": "",
}


def look(path: Path, videos: Any = None, **asked: Any) -> Folder:
    return folder.look(str(path), {**PLAIN, **asked}, videos)


def kinds(found: Folder) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in found.problems]


def test_a_good_folder(tmp_path: Path) -> None:
    pictures(tmp_path, (64, 64), (128, 64))

    found = look(tmp_path)

    assert found == Folder([Item("000.png", 64, 64), Item("001.png", 128, 64)])
    assert not found.broken


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = look(tmp_path / "gone")

    assert kinds(found) == [("folder-missing", "error")]
    assert found.broken


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "set.zip").touch()

    (problem,) = look(tmp_path / "set.zip").problems

    assert problem.sentence == f"{tmp_path / 'set.zip'} is a file."
    assert problem.next_step == "Unpack it, and name that folder."


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".DS_Store").touch()

    (problem, *_) = look(tmp_path).problems

    assert (problem.code, problem.severity) == ("folder-empty", "error")
    assert problem.next_step.startswith("Put some")


def test_pictures_that_all_lie_in_sub_folders(tmp_path: Path) -> None:
    picture(tmp_path / "cups" / "a.png")
    picture(tmp_path / "kettles" / "a.png")
    (tmp_path / "notes").mkdir()

    (problem,) = look(tmp_path).problems

    assert problem.code == "folder-empty"
    assert "cups and kettles" in problem.next_step


def test_sub_folders_beside_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "old" / "b.png")
    picture(tmp_path / "masks" / "a.png", caption=None)
    picture(tmp_path / "cache" / "c.png")

    found = look(tmp_path, mask_path=str(tmp_path / "masks"))

    assert kinds(found) == [("folder-inside", "warning")]
    assert "in old is" in found.problems[0].sentence


def test_files_that_are_left_out_and_files_that_are_fatal(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    (tmp_path / "c.webp").write_bytes(b"no picture")
    for name in ("b", "c"):
        (tmp_path / f"{name}.txt").write_text("a cup")
    (tmp_path / "d.tar").write_bytes(b"no archive" * 200)

    found = look(tmp_path)

    assert kinds(found) == [
        ("archive-damaged", "error"),
        ("media-damaged", "error"),
        ("media-unknown", "warning"),
    ]
    assert [item.name for item in found.items] == ["a.png"]
    assert "b.png (cannot identify image file)" in found.problems[2].sentence


def test_pictures_that_lie_on_their_side(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(tmp_path / "a.jpg", (70, 50), exif=exif)

    found = look(tmp_path)

    assert kinds(found) == [("media-turned", "warning")]
    assert found.items == [Item("a.jpg", 70, 50)]  # as stored: so the trainer takes it


def test_clips_are_read_by_whoever_can(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 33)
    clip(tmp_path / "b.webm", 33)

    alone = look(tmp_path)
    helped = look(tmp_path, lambda path: Seen(64, 64, 33, 16.0) if path.suffix == ".mp4" else None)

    assert alone.unread == ["a.mp4", "b.webm"]
    assert helped.unread == ["b.webm"]
    assert helped.items == [Item("a.mp4", 64, 64, 33, 16.0)]


def test_what_is_guessed_of_clips_is_said(tmp_path: Path) -> None:
    clip(tmp_path / "a.mkv", 33)

    found = look(tmp_path, lambda _: media.Seen(64, 64, 33, 16.0, guessed=True))

    assert found.guessed == ["a.mkv"]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    for ending in ("png", "txt"):
        (tmp_path / f"a.{ending}").rename(tmp_path / os.fsdecode(b"M\xfcller." + ending.encode()))

    found = look(tmp_path)

    assert kinds(found) == [("media-damaged", "error")]
    assert found.problems[0].sentence.endswith(r": M\udcfcller.png (its name is no UTF-8).")


def test_a_link_to_itself_is_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "b.png")
    found = look(tmp_path)
    assert [item.name for item in found.items] == ["a.png"]
    assert not found.broken


def test_a_file_in_a_folders_place(tmp_path: Path) -> None:
    (problem,) = look(picture(tmp_path / "a.png")).problems
    assert problem.sentence.endswith("a.png is a file.")
    assert problem.next_step == "Name the folder that it lies in."
