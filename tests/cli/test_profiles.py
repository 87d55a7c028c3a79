import json
from pathlib import Path

import pytest

from cli.calling import Tuneyard, only_job, write_job
from tuneyard.cli.profiles import FIELDS
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import read_json


def test_a_profile_is_made_changed_listed_and_removed(tuneyard: Tuneyard) -> None:
    assert "none yet" in tuneyard("profiles", "ls").out
    ran = tuneyard(
        *("profiles", "set", "work", "--title", "At work"),
        *("--set", "toy.epochs=3", "--set", "results.private=false"),
    )
    assert (ran.code, ran.out) == (
        0,
        "To start a job under it: tuneyard run job.toml --profile work\n",
    )
    assert tuneyard("profiles", "set", "work", "--set", "toy.size=large").code == 0
    (profile,) = json.loads(tuneyard("profiles", "ls", "--json").out)
    assert profile.keys() == FIELDS.keys()
    assert profile == {
        "name": "work",
        "title": "At work",
        "secrets": [],
        "defaults": {
            "settings": {"toy": {"epochs": 3, "size": "large"}},
            "results": {"private": False},
        },
    }
    shown = tuneyard("profiles", "ls").out.splitlines()
    assert shown == [
        "work  At work",
        "  toy.epochs = 3",
        "  toy.size = 'large'",
        "  results.private = False",
    ]
    tuneyard("profiles", "set", "work", "--set", "toy.epochs=", "--set", "toy.size=")
    (profile,) = json.loads(tuneyard("profiles", "ls", "--json").out)
    assert profile["defaults"]["settings"] == {}
    assert tuneyard("profiles", "rm", "work").out == "Removed work.\n"
    assert tuneyard("profiles", "rm", "work").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Work"], "small letters"),
        (["work", "--set", "epochs=3"], "names no setting"),
        (["work", "--set", "toy.epochs"], "sets nothing"),
        (["work", "--set", "toy.epochs=0"], "has to be at least 1"),
        (["work", "--set", "boy.epochs=1"], "no recipe “boy”"),
    ],
)
def test_what_is_wrong_is_told(tuneyard: Tuneyard, arguments: list[str], said: str) -> None:
    ran = tuneyard("profiles", "set", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_a_new_job_file_begins_with_its_defaults(tuneyard: Tuneyard) -> None:
    tuneyard("profiles", "set", "work", "--set", "toy.epochs=7", "--set", "results.private=false")
    lines = tuneyard("new", "toy", "-o", "-", "--profile", "work").out.splitlines()
    assert any(line.startswith("epochs = 7") for line in lines)
    assert any(line.startswith("private = false") for line in lines)
    preset = tuneyard("new", "toy", "-o", "-", "--preset", "try", "--profile", "work").out
    assert "epochs = 7" in preset
    assert tuneyard("new", "toy", "-o", "-", "--profile", "other").code == 2


def test_a_job_runs_and_is_resumed_under_a_profile(
    tuneyard: Tuneyard, home: Path, tmp_path: Path
) -> None:
    for name in ("work", "home"):
        tuneyard("profiles", "set", name)
    file = write_job(tmp_path / "job.toml", "exit 3")
    assert tuneyard("run", file, "--profile", "gone").code == 2
    assert not (home / "jobs").exists()
    assert tuneyard("run", file, "--profile", "work").code == 1
    folder = only_job(home)
    assert tuneyard("resume", folder.id).code == 1
    assert tuneyard("resume", folder.id, "--profile", "home").code == 1
    profiles = [read_json(folder.attempt(number))["profile"] for number in (1, 2, 3)]
    assert profiles == ["work", "work", "home"]
    assert Manager(home).profile_of(folder) == "home"
