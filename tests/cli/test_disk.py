import json
from pathlib import Path

import pytest

from cli.calling import Tuneyard, only_job, write_job
from tuneyard.cli.disk import CLEANED, FIELDS
from tuneyard.runner.folder import write_json


@pytest.fixture
def env(home: Path) -> Path:
    env = home / "envs" / "0123456789abcdef"
    env.mkdir(parents=True)
    (env / "torch.so").write_bytes(b"x" * 2_000_000)
    write_json(env / "tuneyard.json", {"requirements": ["torch"], "python": "3.11"})
    return env


def test_an_empty_home(tuneyard: Tuneyard) -> None:
    ran = tuneyard("disk")
    assert (ran.code, ran.out.startswith("0 bytes in ")) == (0, True)
    assert tuneyard("disk", "--clean").out == "There is nothing that nothing needs.\n"


def test_what_takes_how_much(tuneyard: Tuneyard, home: Path, env: Path, job_file: Path) -> None:
    tuneyard("run", job_file)
    shown = tuneyard("disk").out
    assert "Environments  2.0 MB" in shown
    assert f"envs/{env.name}" in shown
    assert "torch, Python 3.11" in shown
    assert "Nothing needs 1 of these (2.0 MB): tuneyard disk --clean" in shown
    assert f"jobs/{only_job(home).id}" in shown
    only = tuneyard("disk", f"envs/{env.name}").out
    assert "Largest jobs" not in only
    found = json.loads(tuneyard("disk", "--json").out)
    assert found.keys() == FIELDS.keys()
    assert found["complete"] is True
    described = FIELDS["groups"].partition("(of each: ")[2].strip(")").split(", ")
    assert set(found["groups"][0]["items"][0]) == set(described)


def test_a_name_that_is_not_listed_is_wrong_input(tuneyard: Tuneyard, env: Path) -> None:
    ran = tuneyard("disk", "clean")
    assert (ran.code, ran.out) == (2, "")
    assert "“clean” is nothing that is listed here." in ran.err
    assert "tuneyard disk --clean" in ran.err
    assert env.exists()


def test_what_nothing_needs_is_cleaned(tuneyard: Tuneyard, env: Path) -> None:
    ran = tuneyard("disk", "--clean")
    assert (ran.code, ran.out) == (0, f"Removed envs/{env.name}.\n2.0 MB came free.\n")
    assert not env.exists()


def test_what_is_named_is_cleaned_unless_a_job_needs_it(
    tuneyard: Tuneyard, home: Path, env: Path, tmp_path: Path
) -> None:
    tuneyard("run", write_job(tmp_path / "job.toml"))
    job = only_job(home)
    write_json(job.work / "trainer.json", {"python": str(env / "bin" / "python")})
    assert tuneyard("disk", "--clean").out == "There is nothing that nothing needs.\n"
    ran = tuneyard("disk", "--clean", f"envs/{env.name}", f"jobs/{job.id}", "envs/none", "--json")
    assert ran.code == 1
    done = json.loads(ran.out)
    assert done.keys() == CLEANED.keys()
    assert done["items"] == [f"envs/{env.name}"]
    assert [refused["id"] for refused in done["refused"]] == [f"jobs/{job.id}", "envs/none"]
    ran = tuneyard("disk", "--clean", f"jobs/{job.id}")
    assert ran.code == 1
    assert f"Left jobs/{job.id}: A job is deleted with all that it made" in ran.err
