import json
from pathlib import Path
from typing import Any

import pytest

from cli.calling import Terminal, Tuneyard, only_job, wait_for_state, write_job
from tuneyard.jobs.view import ROW
from tuneyard.runner.folder import JobFolder, write_json


def make(home: Path, job_id: str, state: str | None = "succeeded", **more: Any) -> JobFolder:
    folder = JobFolder(home / "jobs" / job_id)
    folder.make()
    name = job_id.split("-", 2)[-1]
    write_json(
        folder.job, {"id": job_id, "recipe": "toy", "name": name, "compute": {"name": "local"}}
    )
    if state:
        times = {"started": 1e9, "ended": 1e9 + 65}
        write_json(folder.state, {"state": state, "attempt": 1, **times, **more})
    return folder


def row(out: str, handle: str) -> str:
    (line,) = [line for line in out.splitlines() if handle in line.split()]
    return " ".join(line.split())


def test_an_empty_home_teaches(tuneyard: Tuneyard) -> None:
    ran = tuneyard("jobs")
    assert ran.code == 0
    assert "tuneyard new piper -o job.toml" in ran.out
    assert tuneyard("jobs", "--json").out == "[]\n"


def test_each_job_is_one_line(tuneyard: Tuneyard, home: Path) -> None:
    cause = {"sentence": "Out of memory.", "next_step": "Lower the batch size."}
    progress = {"step": 3, "steps": 4, "epoch": 1, "epochs": 2, "seconds_left": 740}
    make(home, "20261122-120000-good", figure={"loss_g": 1.423456})
    make(home, "20261122-120001-bad", "failed", cause=cause)
    make(home, "20261122-120002-busy", "training", progress=progress, ended=None)
    make(home, "20261122-120003-poor", "queued", needs=["HF_WRITE_TOKEN"])
    make(home, "20261122-120004-next", "queued", waiting={"for": "gpu", "before": 2})
    make(home, "20261122-120006-last", "training", waiting={"for": "push", "since": 1.0})
    make(home, "20261122-120005-odd", None)
    out = tuneyard("jobs").out
    assert row(out, "good").startswith("✓ succeeded good toy loss_g 1.423 · in 1 min 5 s")
    assert row(out, "bad").startswith("✕ failed bad toy Out of memory.")
    assert row(out, "busy").startswith(
        "● training busy toy ▓▓▓▓▓▓░░ 75% · epoch 1/2 · step 3/4 · 12 min left"
    )
    assert row(out, "poor").startswith("◌ queued poor toy waits for HF_WRITE_TOKEN")
    assert row(out, "next").startswith("◌ queued next toy waits for a GPU, 2 before it")
    assert row(out, "last").startswith("● training last toy pushing the last checkpoint")
    assert row(out, "odd").startswith("? unreadable odd toy its folder can't be read")


def test_programs_get_each_field(tuneyard: Tuneyard, home: Path) -> None:
    make(home, "20261122-120000-good")
    (listed,) = json.loads(tuneyard("jobs", "--json").out)
    assert listed.keys() == ROW.keys()


def test_a_job_is_named_by_its_end_where_that_is_enough(tuneyard: Tuneyard, home: Path) -> None:
    for job_id in ("20261122-1-twice", "20261122-2-twice", "20261122-3-once", "20261122-4-at-once"):
        make(home, job_id)
    out = tuneyard("jobs").out
    handles = [line.split()[2] for line in out.splitlines()[1:]]
    assert handles == ["at-once", "20261122-3-once", "20261122-2-twice", "20261122-1-twice"]
    for handle in handles:
        assert tuneyard("show", handle).code == 0
    assert tuneyard("show", "twice").code == 2


def test_old_jobs_are_left_out_unless_unfinished_or_asked_for(
    tuneyard: Tuneyard, home: Path
) -> None:
    for number in range(30):
        state = "queued" if number == 3 else "succeeded"
        make(home, f"20261122-{number:06}-job{number}", state, needs=["HF_TOKEN"])
    out = tuneyard("jobs").out
    assert "job29" in out
    assert "job3 " in out
    assert "job2 " not in out
    assert "21 of 30 jobs. All: tuneyard jobs --all" in out
    assert len(json.loads(tuneyard("jobs", "--all", "--json").out)) == 30


def test_looking_gives_an_orphan_its_runner(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    from tuneyard.jobs import job
    from tuneyard.jobs.manager import Manager

    folder = Manager(home).create(job.read(write_job(job_file)))
    assert tuneyard("jobs").code == 0
    assert only_job(home).id == folder.id
    wait_for_state(home, folder, "succeeded")


@pytest.mark.parametrize("columns", [60, 100])
def test_a_narrow_terminal_cuts_the_progress_alone(columns: int, home: Path) -> None:
    cause = {"sentence": "A very long sentence about what went wrong " * 3, "next_step": ""}
    make(home, "20261122-120000-some-job", "failed", cause=cause)
    terminal = Terminal("jobs", environ={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert terminal.end() == 0
    lines = terminal.screen.splitlines()
    assert max(map(len, lines)) <= columns
    assert "✕ failed  some-job  toy     A very" in lines[1]
    assert "…" in lines[1]
