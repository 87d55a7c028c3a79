import json
from pathlib import Path

import pytest

from cli.calling import (
    SAVES,
    WAITS,
    Terminal,
    Tuneyard,
    only_job,
    process,
    wait_for_state,
    write_job,
)
from tuneyard.jobs import job as jobs
from tuneyard.jobs import view
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import append_line, write_text
from waiting import wait_for


def test_a_finished_job_is_shown_with_its_results(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    tuneyard("run", job_file)
    folder = only_job(home)
    out = tuneyard("show", "job").out
    for part in (
        folder.id,
        "✓ succeeded",
        "✓ Train the toy",
        f"{folder.outputs / 'voice'}  6 bytes",
    ):
        assert part in out


def test_a_failed_job_is_shown_with_cause_and_next_step(tuneyard: Tuneyard, job_file: Path) -> None:
    tuneyard("run", write_job(job_file, "exit 3"))
    out = tuneyard("show", "job").out
    assert "“Train the toy” ended with exit code 3." in out
    assert "✕ Train the toy" in out
    assert "○ Export the toy" in out
    assert "tuneyard resume" in out


def test_programs_get_every_field_that_is_documented(tuneyard: Tuneyard, job_file: Path) -> None:
    tuneyard("run", write_job(job_file, "exit 3"))
    job = json.loads(tuneyard("show", "job", "--json").out)
    assert job.keys() == view.FIELDS.keys()
    assert [step["state"] for step in job["steps"]] == ["done", "failed", "waiting", "waiting"]
    assert job["steps"][1].keys() == {
        *("n", "name", "title", "phase", "state", "exit", "seconds", "attempt")
    }
    assert job["cause"]["sentence"] == "“Train the toy” ended with exit code 3."
    assert job["log"]["bytes"] == len("getting ready\n")


def test_warnings_are_shown_with_what_to_do(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    tuneyard("run", job_file)
    cause = {"sentence": "The Hub was away.", "next_step": "Push again."}
    append_line(
        only_job(home).events, {"t": 1.0, "event": "warning", "title": "Push", "cause": cause}
    )
    assert "! Push: The Hub was away.\n  Push again." in tuneyard("show", "job").out
    (warning,) = json.loads(tuneyard("show", "job", "--json").out)["warnings"]
    assert warning["next_step"] == "Push again."


def test_a_job_that_cannot_be_read_is_shown_as_such(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    tuneyard("run", job_file)
    write_text(only_job(home).state, "{")
    assert "? unreadable" in tuneyard("show", "job").out
    assert json.loads(tuneyard("show", "job", "--json").out)["state"] is None


def test_an_id_has_to_fit_one_job(tuneyard: Tuneyard) -> None:
    for command in ("show", "logs", "save", "stop", "resume", "push", "rm"):
        ran = tuneyard(command, "nothing")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.splitlines() == ["There is no job “nothing”.", "See `tuneyard jobs`."]


def test_save_waits_for_the_checkpoint_and_the_training_goes_on(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, SAVES)))
    wait_for_state(home, folder, "training")
    ran = tuneyard("save", "job")
    said = ["Saving a checkpoint…", "Saved at step 24. The training goes on."]
    assert (ran.code, ran.out.splitlines()) == (0, said)
    assert Manager(home).state(folder)["state"] == "training"
    assert tuneyard("save", "job", "--detach").out == "Asked it to save a checkpoint.\n"
    (folder.path / "go").touch()
    wait_for_state(home, folder, "succeeded")
    ran = tuneyard("save", "job")
    assert (ran.code, ran.err) == (2, "The job has already ended: succeeded.\n")


def test_save_says_when_none_came(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    ends = "while [ ! -e train/save ]; do sleep 0.05; done"
    folder = Manager(home).start(jobs.read(write_job(job_file, ends)))
    wait_for_state(home, folder, "training")
    ran = tuneyard("save", "job")
    assert (ran.code, ran.out) == (1, "Saving a checkpoint…\n")
    assert ran.err == "The training ended before it saved one. Look into the log.\n"
    assert "! Save a checkpoint now: The training ended" in tuneyard("show", "job").out


def test_save_says_what_to_do_where_it_cannot(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, WAITS)))
    wait_for_state(home, folder, "training")
    ran = tuneyard("save", "job")
    assert (ran.code, ran.out) == (2, "")
    assert "can't save a checkpoint without stopping" in ran.err
    assert f"tuneyard stop {folder.id}" in ran.err


def test_stop_waits_until_the_job_has_stopped(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, WAITS)))
    wait_for_state(home, folder, "training")
    ran = tuneyard("stop", "job")
    assert ran.code == 0
    assert f"Stopped. To go on: tuneyard resume {folder.id}" in ran.out
    assert Manager(home).state(folder)["state"] == "stopped"
    ran = tuneyard("stop", "job")
    assert (ran.code, ran.err) == (2, "The job has already ended: stopped.\n")


@pytest.mark.parametrize("begun", [True, False])
def test_stop_says_what_comes_beside_the_checkpoint_once_it_trains(
    tuneyard: Tuneyard, job_file: Path, home: Path, *, begun: bool
) -> None:
    step = '{"event": "step", "step": 1, "epoch": 0}'
    begins = f"mkdir -p train; echo '{step}' > train/events.jsonl; {WAITS}"
    job = write_job(job_file, begins if begun else WAITS, samples_while_training=True)
    folder = Manager(home).start(jobs.read(job))
    wait_for_state(home, folder, "training")
    if begun:
        wait_for(lambda: Manager(home).state(folder)["progress"].get("step"))
    more = "One more sample is made.\n" if begun else ""
    assert tuneyard("stop", "job", "--detach").out == f"Asked it to stop.\n{more}"
    wait_for_state(home, folder, "stopped")


def test_stop_now_and_without_waiting(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, f"trap '' TERM; {WAITS}")))
    wait_for_state(home, folder, "training")
    assert tuneyard("stop", "job", "--now", "--detach").code == 0
    assert folder.stop.read_text() == "now\n"
    wait_for_state(home, folder, "stopped")


def test_a_job_that_waits_for_a_secret_can_be_stopped(
    tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    tuneyard("run", write_job(job_file, results="me/voice"))
    assert Manager(home).state(only_job(home))["needs"] == ["HF_WRITE_TOKEN"]
    assert "Stopped." in tuneyard("stop", "job").out


def test_a_job_that_came_to_another_end_is_not_called_stopped(job_file: Path, home: Path) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, f"trap 'exit 0' TERM; {WAITS}")))
    wait_for_state(home, folder, "training")
    command = process("stop", folder.id)
    out, _ = command.communicate()
    state = Manager(home).state(folder)["state"]
    assert ("Stopped." if state == "stopped" else f"before: {state}") in out.decode()


def test_rm_asks_first(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    tuneyard("run", job_file)
    folder = only_job(home)
    ran = tuneyard("rm", "job")
    assert ran.code == 2
    assert "Say so with --yes." in ran.err
    for answer, gone in (("n", False), ("y", True)):
        terminal = Terminal("rm", "job")
        terminal.wait_for("checkpoints, results and log")
        terminal.type(f"{answer}\n")
        assert terminal.end() == (0 if gone else 1)
        assert folder.path.exists() is not gone


def test_rm_refuses_a_job_that_lives(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    folder = Manager(home).start(jobs.read(write_job(job_file, WAITS)))
    wait_for_state(home, folder, "training")
    ran = tuneyard("rm", "job", "--yes")
    assert ran.code == 2
    assert f"tuneyard stop {folder.id}" in ran.err
    (folder.path / "go").touch()
    wait_for_state(home, folder, "succeeded")
    assert tuneyard("rm", "job", "--yes").code == 0
    wait_for(lambda: not folder.path.exists())


def test_what_was_never_made_to_the_end_can_be_removed(tuneyard: Tuneyard, home: Path) -> None:
    (home / "jobs" / "20261122-120000-torn").mkdir(parents=True)
    assert "torn" in tuneyard("jobs").out
    assert tuneyard("rm", "torn", "--yes").code == 0
    assert list((home / "jobs").iterdir()) == []
