import json
from pathlib import Path

import pytest

from tuneyard.recipes.piper.trainer import job


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.json"
    job.write(path, {"a": 1})
    job.write(path, {"a": "ä"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"format": 1, "a": "ä"}
    assert [p.name for p in path.parent.iterdir()] == ["x.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_a_missing_or_damaged_file_is_said_in_words(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "settings.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(job.Refused, match=r"settings\.json can't be read"):
        job.read(str(path))
