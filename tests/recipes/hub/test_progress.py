import threading
from pathlib import Path

import pytest

from tuneyard.recipes.hub import fetching, progress


def test_it_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.wav").write_bytes(b"x" * 1_000_000)
    (tmp_path / "2.wav").write_bytes(b"half")
    asked = threading.Event()

    def news() -> str:
        asked.set()
        return fetching.arrived(tmp_path, {"1.wav": 1_000_000, "2.wav": 3_000_000})

    monkeypatch.setattr(progress, "_SPEAK_EVERY", 0.01)
    with progress.speaking(news):
        assert asked.wait(30)

    assert capsys.readouterr().out.startswith("1 of 2 files, 1 of 4.0 MB\n")
