import builtins
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pictures import clip, picture
from tuneyard.recipes.diffusion_pipe.data import media
from tuneyard.recipes.diffusion_pipe.data.media import File, Seen


def looked(path: Path) -> Seen:
    ((_, seen),) = media.look([File(path)])
    assert seen is not None
    return seen


def names(folder: Path) -> list[str]:
    return [file.name for file in media.listed(folder).files]


def archive(path: Path, **members: bytes) -> Path:
    with tarfile.TarFile(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_png", ".png"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def png(size: tuple[int, int] = (30, 20)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size).save(data, "PNG")
    return data.getvalue()


# --- which files


def test_all_files_are_taken_but_those_of_other_kinds(tmp_path: Path) -> None:
    for name in ("a.png", "b.unknown", "c", "d.TXT", "e.txt", "f.npz", "g.json", "h.parquet"):
        (tmp_path / name).touch()
    (tmp_path / "i.bak").touch()
    (tmp_path / "Thumbs.db").touch()
    picture(tmp_path / "inside" / "j.png")

    listing = media.listed(tmp_path)

    assert [file.name for file in listing.files] == ["a.png", "b.unknown", "c", "d.TXT"]
    assert listing.texts == {"e.txt"}
    assert listing.folders == ["inside"]
    assert not listing.has_captions_json


def test_what_file_managers_leave_is_known_as_such(tmp_path: Path) -> None:
    for name in (".DS_Store", "._a.png", "desktop.ini", "a.png"):
        (tmp_path / name).touch()

    assert [file.name for file in media.listed(tmp_path).files if not file.litter] == ["a.png"]


@pytest.mark.parametrize(
    ("name", "video"),
    [("a.mp4", True), ("a.MP4", True), ("a.Mp4", False), ("a.gif", False), ("a.webm", True)],
)
def test_videos_are_told_by_their_ending(name: str, *, video: bool) -> None:
    assert File(Path(name)).video is video


def test_files_in_an_archive_are_taken(tmp_path: Path) -> None:
    archive(tmp_path / "set.tar", a_png=png(), deep__b_png=png((40, 50)))

    seen = {file.name: seen for file, seen in media.look(media.listed(tmp_path).files)}

    assert seen == {"set.tar/a.png": Seen(30, 20), "set.tar/deep/b.png": Seen(40, 50)}


def test_an_archive_that_is_compressed_is_damaged_to_the_trainer(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "set.tar", "w:gz"):
        pass

    listing = media.listed(tmp_path)

    assert listing.files == []
    assert [name for name, _ in listing.damaged] == ["set.tar"]


def test_names_in_an_archive_that_the_trainer_cannot_find_again(tmp_path: Path) -> None:
    archive(tmp_path / "set.tar", **{".__a_png": png()})

    ((file, seen),) = media.look(media.listed(tmp_path).files)

    assert file.name == "set.tar/./a.png"
    assert seen is not None
    assert seen.fatal


def test_a_folder_in_an_archive_is_no_picture(tmp_path: Path) -> None:
    with tarfile.TarFile(tmp_path / "set.tar", "w") as tar:
        folder = tarfile.TarInfo("deep")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)

    ((_, seen),) = media.look(media.listed(tmp_path).files)

    assert seen == Seen(error="it is a folder")


# --- how large they are


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif", "tiff"])
def test_pictures_have_the_size_in_their_heads(tmp_path: Path, ending: str) -> None:
    assert looked(picture(tmp_path / f"a.{ending}", (70, 50))) == Seen(70, 50)


def test_a_picture_may_be_named_after_another_format(tmp_path: Path) -> None:
    picture(tmp_path / "a.png").rename(tmp_path / "a.jpg")

    assert looked(tmp_path / "a.jpg") == Seen(64, 64)


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (6, True), (3, True)])
def test_pictures_that_are_stored_turned(tmp_path: Path, orientation: int, *, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    seen = looked(picture(tmp_path / "a.jpg", (70, 50), exif=exif))

    assert seen == Seen(70, 50, turned=turned)


@pytest.mark.parametrize("data", [b"", b"no picture", png()[:20]])
def test_what_cannot_be_opened_is_passed_over(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)

    seen = looked(tmp_path / "a.png")

    assert seen.error
    assert not seen.fatal
    assert str(tmp_path) not in seen.error


@pytest.mark.parametrize("ending", ["png", "jpg", "gif"])
def test_a_picture_that_is_cut_off_is_fatal(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.effect_noise((200, 200), 50).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    seen = looked(path)

    assert seen.error
    assert seen.fatal


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_picture_may_be_followed_by_something(tmp_path: Path, ending: str) -> None:
    path = picture(tmp_path / f"a.{ending}")
    path.write_bytes(path.read_bytes() + b"made by a camera")

    assert looked(path) == Seen(64, 64)


def test_an_animated_webp_is_fatal(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])

    assert looked(tmp_path / "a.webp") == Seen(error="it is animated", fatal=True)


def test_a_broken_webp_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"no picture")

    assert looked(tmp_path / "a.webp").fatal


def test_videos_are_not_guessed_at(tmp_path: Path) -> None:
    ((_, seen),) = media.look([File(clip(tmp_path / "a.mp4", 33))])

    assert seen is None


def test_without_pillow_nothing_is_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "PIL":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    files = [File(picture(tmp_path / "a.png"))]
    monkeypatch.setattr(builtins, "__import__", missing)

    assert list(media.look(files)) == [(files[0], None)]
