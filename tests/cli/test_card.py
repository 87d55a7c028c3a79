from pathlib import Path
from typing import Any

import pytest

from cli.calling import Tuneyard, only_job, write_job
from tuneyard.cli import card
from tuneyard.cli.story import Story
from tuneyard.jobs.manager import Manager


@pytest.mark.parametrize(
    ("fix", "options"),
    [
        ({}, ""),
        ({"epochs": "8"}, " --set epochs=8"),
        ({"script": "echo a b", "epochs": "2"}, " --set 'script=echo a b' --set epochs=2"),
        ({"epochs": "half of it", "nothing": "1", "size": "huge"}, ""),
    ],
)
def test_a_resume_follows_the_advice_where_it_names_a_value(
    fix: dict[str, str],
    options: str,
    tuneyard: Tuneyard,
    job_file: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tuneyard("run", write_job(job_file, "exit 1"))
    folder = only_job(home)
    state: dict[str, Any] = Manager(home).state(folder)
    state["cause"] = {**state["cause"], "fix": fix}
    card.ended(folder, state, Story(folder, 1))
    assert capsys.readouterr().out.endswith(f"tuneyard resume {folder.id}{options}\n")


def test_results_are_listed_with_their_sizes(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    tuneyard("run", job_file)
    folder = only_job(home)
    (folder.samples / "e1").mkdir()
    (folder.samples / "e1" / "01.wav").write_bytes(b"x" * 2000)
    (folder.samples / ".e2.partial").mkdir()
    (folder.samples / ".e2.partial" / "01.wav").touch()
    assert list(card.results(folder)) == [
        f"{folder.outputs / 'voice'}  (6 bytes)",
        f"{folder.samples / 'e1' / '01.wav'}  (2.0 kB)",
    ]
