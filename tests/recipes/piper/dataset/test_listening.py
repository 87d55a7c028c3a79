from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from datasets import settings, spoken, tone
from tuneyard.recipes.piper.dataset import listening
from tuneyard.recipes.piper.dataset.metadata import read_metadata
from tuneyard.runner.problems import Report

TEXTS = {"a.wav": "The kettle is on.", "b.wav": "The train leaves.", "c.wav": "Thank you."}


def heard(chosen: dict[str, Any]) -> Report:
    dataset = read_metadata(Path(chosen["dataset"]), chosen["speakers"])
    return listening.hear(dataset, dataset.rows, chosen).report


def codes(report: Report) -> list[tuple[str, str, str]]:
    return [(p.code, p.severity, p.place) for p in report.problems]


def test_what_concerns_many_clips_is_said_once(tmp_path: Path) -> None:
    spoken(tmp_path, {f"{n}.wav": f"This is sentence number {n}." for n in range(1, 41)})
    for n in range(11, 41):
        tone(tmp_path / f"{n}.wav", rate=16000, channels=2)

    report = heard(settings(tmp_path))

    assert sorted(codes(report)) == [
        ("rate-low", "warning", "metadata.csv:11"),
        ("rates-mixed", "warning", "metadata.csv:1"),
        ("stereo", "warning", "metadata.csv:11"),
    ]
    said = {problem.code: problem.sentence for problem in report.problems}
    assert "30 clips of 40" in said["stereo"]
    assert "16,000 Hz: 30, 22,050 Hz: 10" in said["rates-mixed"]


@pytest.mark.parametrize(
    ("changes", "low"),
    [({"quality": "low"}, False), ({"quality": "high"}, True), ({"sample_rate": 8000}, False)],
)
def test_the_rate_that_counts_is_the_voices(
    tmp_path: Path, changes: dict[str, Any], low: bool
) -> None:
    report = heard(settings(spoken(tmp_path, TEXTS, rate=16000), **changes))

    assert any(problem.code == "rate-low" for problem in report.problems) is low


def test_silence_at_the_ends_counts_only_where_it_is_not_trimmed(tmp_path: Path) -> None:
    spoken(tmp_path, TEXTS)
    wave = 0.5 * np.sin(np.arange(22050) / 10)
    soundfile.write(tmp_path / "b.wav", np.concatenate([np.zeros(33075), wave]), 22050)

    assert codes(heard(settings(tmp_path))) == []
    assert codes(heard(settings(tmp_path, trim_silence=False))) == [
        ("clip-silent-ends", "warning", "metadata.csv:2")
    ]


def test_of_too_many_hours_not_all_are_listened_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken(tmp_path, TEXTS)
    monkeypatch.setattr("tuneyard.recipes.piper.dataset.sound.LISTEN_SECONDS", 2.0)

    report = heard(settings(tmp_path))

    assert report.not_checked == [
        "Clipping and silence in 1 clip: of so many hours, only some were listened to."
    ]
