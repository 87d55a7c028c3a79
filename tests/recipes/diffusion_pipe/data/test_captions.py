import json
from pathlib import Path
from typing import Any

import pytest

from pictures import picture
from tuneyard.recipes.diffusion_pipe.data import captions, media
from tuneyard.recipes.diffusion_pipe.data.captions import Captions

PLAIN = {"skip_empty_caption": True, "cache_shuffle_num": 0, "online_captions": False}


def read(folder: Path, **changes: Any) -> Captions:
    return captions.read(folder, media.listed(folder), {**PLAIN, **changes})


def counts(found: Captions) -> dict[str, int]:
    return {file.name: number for file, number in found.files}


def said(found: Captions) -> list[tuple[str, str]]:
    return [(problem.code, problem.sentence) for problem in found.problems]


def test_a_text_beside_each(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.jpg")

    found = read(tmp_path)

    assert counts(found) == {"a.png": 1, "b.jpg": 1}
    assert found.problems == []


def test_pictures_without_one_are_left_out_and_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    for name in ("b", "c", "d", "e", "f"):
        picture(tmp_path / f"{name}.png", caption=None)

    found = read(tmp_path)

    assert counts(found) == {"a.png": 1}
    assert said(found) == [
        (
            "caption-missing",
            "5 files have no caption, so the trainer leaves them out: b.png, c.png, d.png and 2 more.",
        )
    ]


def test_pictures_without_one_may_be_trained_without_words(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", caption=None)

    found = read(tmp_path, skip_empty_caption=False)

    assert counts(found) == {"a.png": 1}
    assert said(found) == [
        ("caption-missing", "1 file has no caption and will be trained without words: a.png.")
    ]


def test_an_empty_text_is_trained_without_words(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", caption=" \n")

    found = read(tmp_path)

    assert counts(found) == {"a.png": 1}
    assert [code for code, _ in said(found)] == ["caption-empty"]


def test_texts_of_nothing_are_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("of a picture that is gone")

    assert said(read(tmp_path)) == [
        ("caption-orphan", "1 caption belongs to no picture or video: b.txt.")
    ]


def test_a_text_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    picture(tmp_path / "a.png").with_suffix(".txt").write_bytes("Müller".encode("latin-1"))

    (problem,) = read(tmp_path).problems

    assert (problem.code, problem.severity) == ("caption-unreadable", "error")


def test_what_file_managers_leave_needs_no_caption(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()

    assert read(tmp_path) == Captions([], [])
    assert read(tmp_path, skip_empty_caption=False) == Captions([], [])


@pytest.mark.parametrize(("shuffled", "each"), [(0, 1), (1, 1), (3, 3)])
def test_shuffled_captions_are_so_many_more(tmp_path: Path, shuffled: int, each: int) -> None:
    picture(tmp_path / "a.png")

    assert counts(read(tmp_path, cache_shuffle_num=shuffled)) == {"a.png": each}


# --- captions.json


def written(folder: Path, content: Any) -> Path:
    (folder / "captions.json").write_text(json.dumps(content))
    return folder


def test_a_list_of_captions_for_each(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        picture(tmp_path / f"{name}.png", caption=None)
    written(tmp_path, {"a.png": ["one", "two"], "b.png": ["one"], "c.png": [], "x.png": ["gone"]})

    found = read(tmp_path, cache_shuffle_num=2)

    assert counts(found) == {"a.png": 4, "b.png": 2}
    assert [problem.code for problem in found.problems] == [
        "caption-empty",
        "caption-orphan",
        "caption-missing",
    ]
    assert found.problems[2].sentence.endswith(": d.png.")


def test_texts_beside_it_are_not_read(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    written(tmp_path, {"a.png": ["from the list"]})

    assert said(read(tmp_path)) == [
        (
            "caption-unread",
            "1 caption in .txt files is not read, since there is a captions.json: a.txt.",
        )
    ]


@pytest.mark.parametrize(
    "content", [[], "text", {"a.png": "no list"}, {"a.png": [1]}, {"a.png": {"en": "a cup"}}]
)
def test_a_list_that_makes_the_trainer_hang(tmp_path: Path, content: Any) -> None:
    picture(tmp_path / "a.png", caption=None)

    problems = read(written(tmp_path, content)).problems

    assert ("captions-json", "error") in [(each.code, each.severity) for each in problems]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_list_that_is_no_json(tmp_path: Path, data: bytes) -> None:
    picture(tmp_path / "a.png", caption=None)
    (tmp_path / "captions.json").write_bytes(data)

    assert read(tmp_path).problems[0].code == "captions-json"


def test_captions_while_training_need_the_list(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")

    assert [code for code, _ in said(read(tmp_path, online_captions=True))] == [
        "captions-json-missing"
    ]
