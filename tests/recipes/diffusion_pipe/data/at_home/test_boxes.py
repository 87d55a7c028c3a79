from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictures import clip
from tuneyard.recipes.diffusion_pipe.data.at_home import boxes
from tuneyard.recipes.diffusion_pipe.data.at_home.boxes import Video


@pytest.mark.parametrize("name", ["a.mp4", "a.MOV", "a.m4v"])
def test_a_clips_table_of_contents(tmp_path: Path, name: str) -> None:
    path = clip(tmp_path / name, 49, fps=24, size=(320, 180))

    assert boxes.video(path) == Video(320, 180, 49, 24.0)


def test_a_long_table_with_large_boxes(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 49)
    data = path.read_bytes()
    start = data.index(b"mdat") - 4
    large = (1).to_bytes(4, "big") + b"mdat" + (116).to_bytes(8, "big") + b"\0" * 100
    path.write_bytes(data[:start] + large + data[start + 108 :])

    assert boxes.video(path) == Video(64, 64, 49, 16.0)


@pytest.mark.parametrize("name", ["a.webm", "a.mkv", "a.avi"])
def test_other_formats_are_not_read(tmp_path: Path, name: str) -> None:
    assert boxes.video(clip(tmp_path / name, 49)) is None


def test_a_clip_in_fragments_says_nothing(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 0)

    assert boxes.video(path) is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert boxes.video(tmp_path / "a.mp4") is None


@given(st.data())
def test_damage_is_survived(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("clips")
    whole = bytearray(clip(folder / "a.mp4", 33).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (folder / "a.mp4").write_bytes(whole[: data.draw(st.integers(0, len(whole)))])

    found = boxes.video(folder / "a.mp4")

    assert found is None or (found.frames > 0 and found.fps > 0)
