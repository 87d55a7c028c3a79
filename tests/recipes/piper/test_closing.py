import json
import shlex
from pathlib import Path

import pytest

from tuneyard.recipes.base import recipes
from tuneyard.recipes.piper.closing import closing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("outputs", "samples/final", "samples/epoch-00001", "work"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "outputs" / "voice.onnx").touch()
    config(tmp_path, num_speakers=1)
    for name in ("final/01.wav", "final/02.wav", "epoch-00001/01.wav"):
        (tmp_path / "samples" / name).touch()
    (tmp_path / "work" / "trainer.json").write_text('{"python": "/envs/a b/bin/python"}')
    return tmp_path


def config(folder: Path, **facts: int) -> None:
    (folder / "outputs" / "voice.onnx.json").write_text(json.dumps(facts))


def command(lines: list[str]) -> list[str]:
    return shlex.split(lines[lines.index("Let it say something else:") + 1])


def test_it_names_voice_settings_and_last_samples(folder: Path) -> None:
    text = "\n".join(closing(folder, {"language": "en-us"}))
    for name in ("outputs/voice.onnx", "outputs/voice.onnx.json", "samples/final/02.wav"):
        assert str(folder / name) in text
    assert "epoch-00001" not in text


def test_it_says_how_to_speak(folder: Path) -> None:
    words = command(closing(folder, {"language": "de"}))
    voice = str(folder / "outputs" / "voice.onnx")
    assert words[:-2] == ["/envs/a b/bin/python", "-m", "piper", "-m", voice, "-f", "hello.wav"]
    assert words[-2] == "--"
    assert "Stimme" in words[-1] or words[-1]


def test_several_speakers_have_numbers(folder: Path) -> None:
    config(folder, num_speakers=2)
    words = command(closing(folder, {"language": "en-us"}))
    assert words[words.index("-s") + 1] == "0"


def test_it_gets_by_with_less(folder: Path) -> None:
    (folder / "work" / "trainer.json").unlink()
    (folder / "outputs" / "voice.onnx.json").write_text("{")
    words = command(closing(folder, {"language": "xx"}))
    assert words[0] == "piper"
    assert words[-1]


def test_the_recipe_offers_it(folder: Path) -> None:
    settings = {"language": "en-us"}
    assert recipes()["piper"].closing(folder, settings) == closing(folder, settings)
