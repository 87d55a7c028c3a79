"""Small Piper datasets with real sound, made where a test wants them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

SETTINGS: Mapping[str, Any] = {
    "dataset": "",
    "language": "en-us",
    "quality": "medium",
    "speakers": "single",
    "sample_rate": None,
    "base": "",
    "base_use": "warm-start",
    "until_epoch": None,
    "batch_size": 1,
    "validation_split": 0.0,
    "trim_silence": True,
    "shortest_seconds": 0.5,
    "longest_seconds": 15.0,
}


def settings(dataset: Path | str, **changes: Any) -> dict[str, Any]:
    return {**SETTINGS, "dataset": str(dataset), **changes}


def tone(
    path: Path, seconds: float = 1.0, rate: int = 22050, level: float = 0.3, channels: int = 1
) -> Path:
    """A clip of a 220 Hz sine; a `level` over 1 is cut off flat, as a recorder would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = level * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)
    samples = np.repeat(wave.clip(-1, 1)[:, None], channels, axis=1)
    soundfile.write(path, samples, rate, format="OGG" if path.suffix == ".opus" else None)
    return path


def listed(folder: Path, text: str, files: tuple[str, ...] = (), encoding: str = "utf-8") -> Path:
    """A folder with a metadata.csv and empty files of these names: enough to be found."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.csv").write_bytes(text.encode(encoding))
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def spoken(folder: Path, rows: Mapping[str, str], **sound: Any) -> Path:
    """A dataset of tones: the file's name to its text, or to ``speaker|text``."""
    listed(folder, "".join(f"{name}|{text}\n" for name, text in rows.items()))
    for name in rows:
        tone(folder / name, **sound)
    return folder
