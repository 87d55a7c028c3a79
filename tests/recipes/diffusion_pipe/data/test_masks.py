from pathlib import Path
from typing import Any

import pytest

from pictures import picture
from tuneyard.recipes.diffusion_pipe.data import masks, media
from tuneyard.runner.problems import Problem

NONE = {"mask_path": "", "default_mask_file": "", "control_path": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "set" / "a.png", (60, 40))
    picture(tmp_path / "set" / "b.jpg", (50, 50))
    return tmp_path / "set"


def masked(folder: Path, **asked: Any) -> list[Problem]:
    listing = media.listed(folder)
    seen = [(file, head) for file, head in media.look(listing.files) if head]
    chosen = {name: str(value) for name, value in asked.items()}
    return masks.masks(seen, {**NONE, **chosen}, str(folder))


def controlled(folder: Path, path: Path) -> list[Problem]:
    return masks.controls(media.listed(folder), {**NONE, "control_path": str(path)})


def kinds(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in problems]


def test_none_are_asked_for(folder: Path) -> None:
    assert masked(folder) == []
    assert masks.controls(media.listed(folder), NONE) == []


def test_masks_of_the_same_name_and_size(folder: Path, tmp_path: Path) -> None:
    picture(tmp_path / "masks" / "a.jpg", (60, 40), None)
    picture(tmp_path / "masks" / "b.png", (50, 50), None)

    assert masked(folder, mask_path=tmp_path / "masks") == []


def test_masks_that_are_missing_of_another_size_or_broken(folder: Path, tmp_path: Path) -> None:
    picture(folder / "c.png")
    picture(tmp_path / "masks" / "a.png", (40, 60), None)
    (tmp_path / "masks" / "b.png").write_bytes(b"no picture")

    problems = masked(folder, mask_path=tmp_path / "masks")

    assert kinds(problems) == [
        ("mask-missing", "warning"),
        ("mask-broken", "error"),
        ("mask-size", "error"),
    ]
    assert problems[0].sentence == "1 file has no mask: the whole picture is learnt: c.png."
    assert problems[2].sentence == (
        "1 mask is not as large as the picture, at which the trainer hangs:"
        " a.png (40×60, not 60×40)."
    )


def test_one_mask_for_those_that_have_none(folder: Path, tmp_path: Path) -> None:
    mask = picture(tmp_path / "mask.png", (60, 40), None)

    problems = masked(folder, default_mask_file=mask)

    assert kinds(problems) == [("mask-size", "error")]
    assert "not 50×50" in problems[0].sentence


def test_control_pictures_of_the_same_name(folder: Path, tmp_path: Path) -> None:
    picture(tmp_path / "before" / "a.jpg", (10, 10), None)
    picture(tmp_path / "before" / "b.jpg", (10, 10), None)

    assert controlled(folder, tmp_path / "before") == []


def test_control_pictures_that_are_missing_or_broken(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "a.png").write_bytes(b"no picture")

    problems = controlled(folder, tmp_path / "before")

    assert kinds(problems) == [("control-missing", "error"), ("control-broken", "error")]
    assert problems[0].sentence.endswith(": b.jpg.")


def test_even_what_a_file_manager_left_needs_one(folder: Path, tmp_path: Path) -> None:
    (folder / ".DS_Store").touch()
    for name in ("a.png", "b.png"):
        picture(tmp_path / "before" / name, caption=None)

    (problem,) = controlled(folder, tmp_path / "before")

    assert problem.sentence.endswith(": .DS_Store.")


def test_folders_that_are_not_there(folder: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    assert kinds(masked(folder, mask_path=gone)) == [("folder-missing", "error")]
    assert kinds(controlled(folder, gone)) == [("folder-missing", "error")]
