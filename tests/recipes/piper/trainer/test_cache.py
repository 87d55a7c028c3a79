import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tuneyard.recipes.piper.trainer import cache

SETTINGS = {
    "language": "en-us",
    "quality": "medium",
    "sample_rate": None,
    "trim_silence": True,
    "speakers": "single",
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    Path("clips").mkdir()
    Path("clips/1.wav").write_bytes(b"sound")
    Path("metadata.csv").write_text("1.wav|Hello.\n2.wav|Not there.\n")
    return {"csv": "metadata.csv", "audio_dir": str(tmp_path / "clips"), "speakers": {}}


def saved(name: str, content: bytes = b"x" * 100) -> Path:
    """A file as torch writes it."""
    path = Path("cache") / name
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", content)
    return path


def prepare(data: dict[str, Any], **changes: Any) -> str:
    return cache.prepare(Path("cache"), cache.key({**SETTINGS, **changes}, data, "1.8.0"))


def test_a_finished_cache_is_kept(data: dict[str, Any]) -> None:
    assert prepare(data) == ""
    path = saved("1_Hello.audio.pt")
    cache.complete(Path("cache"))
    assert prepare(data) == ""
    assert path.exists()


@pytest.mark.parametrize(
    "change",
    [{"language": "de"}, {"sample_rate": 16000}, {"quality": "low"}, {"trim_silence": False}],
)
def test_a_changed_setting_empties_it(data: dict[str, Any], change: dict[str, Any]) -> None:
    prepare(data)
    path = saved("1_Hello.audio.pt")
    cache.complete(Path("cache"))
    assert "made again" in prepare(data, **change)
    assert not path.exists()


@pytest.mark.parametrize("file", ["metadata.csv", "clips/1.wav", "clips/2.wav"])
def test_changed_data_empties_it(data: dict[str, Any], file: str) -> None:
    prepare(data)
    path = saved("1_Hello.audio.pt")
    cache.complete(Path("cache"))
    Path(file).write_text("1.wav|Something else.\n")
    assert "made again" in prepare(data)
    assert not path.exists()


def test_after_a_kill_only_whole_files_are_trusted(data: dict[str, Any]) -> None:
    prepare(data)
    whole, cut, flipped = (saved(f"{n}_Hello.audio.pt") for n in (1, 2, 3))
    cut.write_bytes(cut.read_bytes()[:60])
    flipped.write_bytes(flipped.read_bytes().replace(b"xxxx", b"xyxx", 1))
    Path("cache/4_Hello.audio.pt").touch()
    assert "3 of its files" in prepare(data)
    assert sorted(Path("cache").glob("*.pt")) == [whole]


def test_a_cache_of_unknown_origin_is_not_used(data: dict[str, Any]) -> None:
    path = saved("1_Hello.audio.pt")
    assert "made again" in prepare(data)
    assert not path.exists()


def test_a_damaged_marker_is_no_marker(data: dict[str, Any]) -> None:
    prepare(data)
    path = saved("1_Hello.audio.pt")
    Path("cache/tuneyard.json").write_text('{"key":')
    prepare(data)
    assert not path.exists()


def test_it_is_complete_only_while_nobody_writes(data: dict[str, Any]) -> None:
    def marked() -> bool:
        return bool(json.loads(Path("cache/tuneyard.json").read_text())["complete"])

    prepare(data)
    assert not marked()
    cache.complete(Path("cache"))
    assert marked()
    prepare(data)
    assert not marked()
