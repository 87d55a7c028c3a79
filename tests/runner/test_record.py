import json
from typing import Any

import pytest

from tuneyard.runner.record import Record, Stored

SUM = "ab" * 32
FILE = {"path": "en/voice.onnx", "bytes": 3, "sha256": SUM}
WHOLE = {
    "format": 1,
    "job": "20261122-120000-voice",
    "state": "succeeded",
    "files": {"outputs/voice.onnx": FILE},
    "checkpoint": {"work/train/a.ckpt": {**FILE, "path": "en/checkpoints/a.ckpt"}},
    "pod": "pod4",
}


def test_a_record_is_read_as_it_was_written() -> None:
    record = Record(
        "20261122-120000-voice",
        "succeeded",
        {"outputs/voice.onnx": Stored("en/voice.onnx", 3, SUM)},
        {"work/train/a.ckpt": Stored("en/checkpoints/a.ckpt", 3, SUM)},
        "pod4",
    )
    assert record.as_json() == WHOLE
    assert Record.from_json(json.loads(json.dumps(WHOLE))) == record


def test_what_a_later_version_adds_is_passed_over_and_what_lacks_is_empty() -> None:
    later = {**WHOLE, "format": 2, "trainer": "x", "files": {"a": {**FILE, "mode": 420}}}
    assert Record.from_json(later).files == {"a": Stored("en/voice.onnx", 3, SUM)}
    least = Record.from_json({"job": "j", "state": "training"})
    assert (dict(least.files), dict(least.checkpoint), least.pod) == ({}, {}, "")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"job": "j"},
        {**WHOLE, "job": 7},
        {**WHOLE, "state": "lost"},
        {**WHOLE, "state": []},
        {**WHOLE, "files": ["outputs/voice.onnx"]},
        {**WHOLE, "files": {"outputs/voice.onnx": "en/voice.onnx"}},
        {**WHOLE, "files": {"outputs/voice.onnx": {"path": "x", "bytes": 1}}},
    ],
)
def test_what_is_no_record_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="no record of a job"):
        Record.from_json(data)


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../other/state.json", "work/../../x", "work/..", "", "/", "a\0b", "..", 7],
)
@pytest.mark.parametrize("where", ["files", "checkpoint"])
def test_no_path_leads_out(path: Any, where: str) -> None:
    with pytest.raises(ValueError, match="record"):
        Record.from_json({**WHOLE, where: {path: FILE}})
    with pytest.raises(ValueError, match="record"):
        Record.from_json({**WHOLE, where: {"outputs/x": {**FILE, "path": path}}})


@pytest.mark.parametrize(
    "changed",
    [
        {"bytes": -1},
        {"bytes": "3"},
        {"bytes": True},
        {"bytes": 1.5},
        {"sha256": "ab"},
        {"sha256": 7},
    ],
)
def test_a_file_without_size_or_sum_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="record"):
        Record.from_json({**WHOLE, "files": {"outputs/x": {**FILE, **changed}}})
