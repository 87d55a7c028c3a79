from pathlib import Path

import pytest


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "my voice"
    files = {
        "metadata.csv": "a|Hello\n",
        "wavs/a.wav": "RIFF",
        "wavs/ü.wav": "",
        "wavs/.cut.wav": "half",
        ".git/objects/0": "history",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
