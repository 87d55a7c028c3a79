"""The cases that the page's own tests read are what Python does now."""

from pathlib import Path

import pytest

from tuneyard.site.golden.__main__ import main

GOLDEN = Path(__file__).parents[2] / "web" / "src" / "lib" / "api" / "direct" / "golden"


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_cases_are_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else: python -m tuneyard.site.golden web/src/lib/api/direct/golden.

    They are the same on every computer, whatever its settings.
    """
    monkeypatch.delenv("HF_ENDPOINT")  # of all tests; a pod would be told of it
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TUNEYARD_POD_LIMITS", '{"poll": 1}')
    main([str(tmp_path / "new")])
    assert read(tmp_path / "new") == read(GOLDEN)
