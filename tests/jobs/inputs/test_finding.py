import sys
from pathlib import Path

import pytest

from tuneyard.jobs import inputs
from tuneyard.jobs.job import Job, build


def job_of(**settings: object) -> Job:
    return build({"recipe": "piper", "settings": {"language": "en-US", **settings}})


def test_paths_of_this_computer_have_to_travel(dataset: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.ckpt"
    base.write_bytes(b"12345")
    job = job_of(dataset=str(dataset), base=str(base), trainer_python=sys.executable)
    found = {each.setting: each for each in inputs.of(job)}
    assert set(found) == {"dataset", "base"}
    assert (found["dataset"].path, found["dataset"].bytes, found["dataset"].files) == (
        dataset,
        12,
        3,
    )
    assert (found["base"].bytes, found["base"].files) == (5, 1)


@pytest.mark.parametrize(
    "dataset", ["hf:owner/data", "https://example.org/data.zip", "/nothing/here", "relative", ""]
)
def test_what_lies_elsewhere_does_not(dataset: str) -> None:
    assert inputs.of(job_of(dataset=dataset)) == []
