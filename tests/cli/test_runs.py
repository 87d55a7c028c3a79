import json
import os
import signal
from pathlib import Path

import pytest

from cli.calling import WAITS, Terminal, Tuneyard, only_job, process, wait_for_state, write_job
from rented import Rented
from tuneyard.jobs import view
from tuneyard.jobs.manager import Manager
from tuneyard.runner import process as processes
from tuneyard.runner.folder import JobFolder, read_json, read_json_or
from tuneyard.runner.process import Identity
from waiting import wait_for

CANARY = "hf_canaryToken0123456789"

# What Piper's trainer writes, as far as the story needs it.
PROGRESS = """
mkdir -p train
echo '{"event": "start", "t": 1, "step": 0, "steps": 4, "epoch": 0, "epochs": 2, "batches": 2}' >> train/events.jsonl
echo '{"event": "step", "t": 2, "step": 3, "steps": 4, "epoch": 1, "epochs": 2, "loss_g": 2.31}' >> train/events.jsonl
echo '{"event": "checkpoint", "t": 3, "path": "x.ckpt", "epochs_trained": 2, "epoch": 1, "step": 3, "bytes": 5000, "interrupted": false}' >> train/events.jsonl
"""


def succeeded(script: str = "true") -> str:
    return f"mkdir -p ../samples/e1 && touch ../samples/e1/samples.json && {script}"


def test_a_job_that_succeeds(tuneyard: Tuneyard, tmp_path: Path, home: Path) -> None:
    ran = tuneyard("run", write_job(tmp_path / "my job.toml", succeeded()))
    assert ran.code == 0
    folder = only_job(home)
    lines = [line.split("  ")[0].rstrip() for line in ran.out.replace("  ✓", "✓").splitlines()]
    assert lines[0] == folder.id
    phases = ["prepare", "✓ Get ready", "train", "✓ Train the toy", "finish", "✓ Export the toy"]
    assert [line for line in lines if line in phases] == phases
    assert "Samples to listen to  samples/e1" in ran.out
    assert "✓ my job succeeded after" in ran.out
    assert f"Toy made {folder.outputs / 'voice'} in size small." in ran.out


def test_output_for_a_file_steers_no_terminal(tuneyard: Tuneyard, tmp_path: Path) -> None:
    job = write_job(tmp_path / "job.toml", r"printf '10%%\r100%%\n\033[31mred\n'; exit 1")
    ran = tuneyard("run", job)
    assert not [c for c in ran.out + ran.err if not c.isprintable() and c != "\n"]


def test_a_job_that_fails_says_why_and_how_to_go_on(
    tuneyard: Tuneyard, tmp_path: Path, home: Path
) -> None:
    script = (
        r"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; printf '5%%\r99%%\n'; exit 7"
    )
    ran = tuneyard("run", write_job(tmp_path / "job.toml", script))
    assert ran.code == 1
    assert "✕ Train the toy" in ran.out
    assert "✕ job failed after" in ran.out
    assert "“Train the toy” ended with exit code 7." in ran.out
    end = ran.out.partition("The end of the log:\n")[2].split("\n\n")[0].splitlines()
    assert [line.strip() for line in end] == [f"line {n}" for n in range(4, 13)] + ["99%"]
    assert f"tuneyard resume {only_job(home).id}" in ran.out


def test_a_job_that_is_stopped(tuneyard: Tuneyard, tmp_path: Path, home: Path) -> None:
    job = write_job(tmp_path / "job.toml", "printf save > ../stop; while :; do sleep 0.1; done")
    ran = tuneyard("run", job)
    assert ran.code == 3
    assert "Stopping, saving a checkpoint first" in ran.out
    assert "■ Train the toy" in ran.out
    assert f"tuneyard resume {only_job(home).id}" in ran.out


def test_a_job_that_is_lost(tuneyard: Tuneyard, tmp_path: Path, home: Path) -> None:
    """Its wrapper and the step itself are killed at once: nobody can know how it ended."""
    # Stopped first, so that the wrapper can't see its command end.
    script = "kill -STOP $PPID; kill -9 $PPID $$"
    ran = tuneyard("run", write_job(tmp_path / "job.toml", script))
    assert ran.code == 4
    assert "? Train the toy" in ran.out
    assert "job is lost" in ran.out
    assert f"tuneyard resume {only_job(home).id}" in ran.out


def test_progress_checkpoints_and_figures_are_shown(tuneyard: Tuneyard, tmp_path: Path) -> None:
    ran = tuneyard("run", write_job(tmp_path / "job.toml", PROGRESS))
    assert ran.code == 0
    assert "Saved a checkpoint  after epoch 2, step 3, 5.0 kB" in ran.out
    listed = json.loads(tuneyard("jobs", "--json").out)[0]
    assert listed["figure"] == {"loss_g": 2.31}
    assert listed["progress"]["step"] == 3


def test_settings_are_set_anew_for_one_run(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    ran = tuneyard("run", job_file, "--set", "epochs=7", "--set", "results.folder=there")
    assert ran.code == 0
    asked = read_json(only_job(home).job)
    assert asked["settings"]["epochs"] == 7
    assert asked["results"]["folder"] == "there"


@pytest.mark.parametrize("wrong", ["epochs=0", "epochs", "nothing=1", "a.b.c=1"])
def test_a_wrong_setting_starts_nothing(
    wrong: str, tuneyard: Tuneyard, job_file: Path, home: Path
) -> None:
    assert tuneyard("run", job_file, "--set", wrong).code == 2
    assert not (home / "jobs").exists()


def test_a_job_with_problems_does_not_start(tuneyard: Tuneyard, tmp_path: Path, home: Path) -> None:
    ran = tuneyard("run", write_job(tmp_path / "job.toml", "forbidden", size="large"))
    assert ran.code == 2
    assert "✕ That script is forbidden." in ran.err
    assert "! size: Large is slow." in ran.err
    assert not (home / "jobs").exists()


def test_detached_it_says_how_to_follow(tuneyard: Tuneyard, job_file: Path, home: Path) -> None:
    ran = tuneyard("run", job_file, "--detach")
    assert ran.code == 0
    folder = only_job(home)
    assert f"tuneyard logs -f {folder.id}" in ran.out
    wait_for_state(home, folder, "succeeded")


def test_programs_are_told_the_job_alone(tuneyard: Tuneyard, job_file: Path) -> None:
    job = json.loads(tuneyard("run", job_file, "--json").out)
    assert job.keys() == view.FIELDS.keys()
    assert job["state"] == "succeeded"
    started = json.loads(tuneyard("run", job_file, "--json", "--detach").out)
    assert started["state"] in {"queued", "preparing", "training", "finishing", "succeeded"}


def test_the_trainers_own_log_can_be_shown_instead(tuneyard: Tuneyard, tmp_path: Path) -> None:
    ran = tuneyard("run", write_job(tmp_path / "job.toml", r"printf 'a\rb\n'; exit 2"), "--log")
    assert ran.code == 1
    assert "getting ready\na\rb\n" in ran.out
    assert "✓ Get ready" not in ran.out
    assert "ended with exit code 2" in ran.out


def test_ctrl_c_leaves_the_job_running(job_file: Path, home: Path) -> None:
    script = f"echo begun; {WAITS}"
    command = process("run", write_job(job_file, script))
    wait_for(lambda: (home / "jobs").exists() and any((home / "jobs").iterdir()))
    folder = only_job(home)
    wait_for(lambda: folder.log.exists() and b"begun" in folder.log.read_bytes())
    command.send_signal(signal.SIGINT)
    out, err = command.communicate()
    assert (command.returncode, err) == (130, b"")
    for way in ("logs -f", "show", "stop", "resume"):
        assert f"tuneyard {way} {folder.id}" in out.decode()
    assert processes.of_job(folder)
    (folder.path / "go").touch()
    wait_for_state(home, folder, "succeeded")


def test_a_runner_that_was_killed_is_missed(job_file: Path, home: Path) -> None:
    """With its wrapper, so that only the command that follows is left to start another."""
    script = f"echo begun; {WAITS}"
    command = process("run", write_job(job_file, script))
    wait_for(lambda: (home / "jobs").exists() and any((home / "jobs").iterdir()))
    folder = only_job(home)
    wait_for(lambda: folder.log.exists() and b"begun" in folder.log.read_bytes())
    wait_for(lambda: read_json_or(folder.started("2"), {}).get("command"))
    wait_for(lambda: _wrapper(folder) == read_json(folder.started("2"))["wrapper"])
    for who in ("wrapper", "runner"):
        found = Identity.from_json(read_json(folder.state)[who])
        assert found
        found.send(signal.SIGKILL)
    wait_for(lambda: b'"unwatched"' in folder.events.read_bytes(), what="a new runner")
    (folder.path / "go").touch()
    out, _ = command.communicate()
    assert command.returncode == 4
    assert "The process that watched this step was killed" in out.decode()


def _wrapper(folder: JobFolder) -> object:
    return read_json(folder.state).get("wrapper")


def test_a_resume_goes_on_after_what_is_done(tuneyard: Tuneyard, job_file: Path) -> None:
    assert tuneyard("run", write_job(job_file, "exit 5")).code == 1
    ran = tuneyard("resume", "job", "--set", "script=echo better")
    assert ran.code == 0
    assert "✓ Get ready       done before" in ran.out
    assert "✓ Train the toy" in ran.out
    job = json.loads(tuneyard("show", "job", "--json").out)
    assert job["attempt"] == 2
    assert job["attempts"][1]["overrides"] == {"script": "echo better"}


def test_a_resume_refuses_what_makes_it_another_job(tuneyard: Tuneyard, job_file: Path) -> None:
    tuneyard("run", job_file)
    ran = tuneyard("resume", "job", "--set", "size=large")
    assert ran.code == 2
    assert "“size” can't change between attempts of one job." in ran.err


def test_without_anybody_to_ask_the_missing_secret_is_named(
    tuneyard: Tuneyard, job_file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tuneyard("run", write_job(job_file, "true", results="me/voice"))
    folder = only_job(home)
    assert ran.code == 2
    assert "The job will wait for HF_WRITE_TOKEN" in ran.err
    told = ran.err.splitlines()
    assert f"Set it and go on: HF_WRITE_TOKEN=… tuneyard resume {folder.id}" in told
    assert "Or keep it for all jobs: tuneyard secrets set HF_WRITE_TOKEN" in told
    assert json.loads(tuneyard("show", "job", "--json").out)["needs"] == ["HF_WRITE_TOKEN"]
    assert "waits for HF_WRITE_TOKEN" in tuneyard("jobs").out
    assert tuneyard("logs", "-f", "job").code == 2
    monkeypatch.setenv("HF_WRITE_TOKEN", CANARY)
    assert tuneyard("resume", "job").code == 0


def test_on_a_terminal_a_secret_is_asked_for_and_never_shown(job_file: Path, home: Path) -> None:
    script = 'test "$HF_WRITE_TOKEN" = ' + CANARY
    terminal = Terminal("run", write_job(job_file, "true", results="me/voice", pushed=script))
    terminal.wait_for("HF_WRITE_TOKEN")
    terminal.type(f"{CANARY}\n")
    assert terminal.end() == 0
    assert "succeeded" in terminal.screen
    assert CANARY not in terminal.screen
    for path in home.rglob("*"):
        if path.is_file() and path.name not in {"plan.json", "job.json"}:  # they hold the script
            assert CANARY.encode() not in path.read_bytes()


def test_a_terminal_shows_one_live_line(job_file: Path) -> None:
    script = PROGRESS + WAITS
    terminal = Terminal("run", write_job(job_file, script), environ={"NO_COLOR": "1"})
    terminal.wait_for("▓▓▓▓▓▓▓▓▓░░░ 75%")
    terminal.wait_for("step 3/4 · loss_g 2.31")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "goes on without you" in terminal.screen
    assert "\x1b[36m" not in terminal.screen


def test_a_push_is_done_once_more(
    tuneyard: Tuneyard, job_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuneyard("run", job_file)
    assert tuneyard("push", "job").code == 2
    ran = tuneyard("push", "job", "--to", "me/voice")
    assert ran.code == 2
    assert "tuneyard push" in ran.err
    assert json.loads(tuneyard("show", "job", "--json").out)["attempt"] == 1
    monkeypatch.setenv("HF_TOKEN", CANARY)
    ran = tuneyard("push", "job", "--to", "me/voice")
    assert ran.code == 0
    assert "✓ Push it" in ran.out
    assert "Done: card, push." in ran.out
    assert json.loads(tuneyard("show", "job", "--json").out)["state"] == "succeeded"


def test_a_push_that_fails_says_so(
    tuneyard: Tuneyard, job_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", CANARY)
    ran = tuneyard("run", write_job(job_file, "true", results="me/voice", pushed="exit 1"))
    assert ran.code == 0
    assert "! Push it" in ran.out
    ran = tuneyard("push", "job")
    assert ran.code == 1
    assert "Not all of it was done" in ran.out


def test_a_secret_in_a_log_is_masked_wherever_it_is_shown(
    tuneyard: Tuneyard, job_file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", CANARY)
    said = [tuneyard("run", write_job(job_file, "echo token: $(cat ../../../leak); exit 9"))]
    (home / "leak").write_text(CANARY)
    said += [tuneyard("resume", "job", *log) for log in ([], ["--log"])]
    for command in (["logs"], ["logs", "-f"], ["show"], ["show", "--json"]):
        said.append(tuneyard(command[0], "job", *command[1:]))
    said += [tuneyard("jobs"), tuneyard("jobs", "--json")]
    assert CANARY in only_job(home).log.read_text()
    assert "token: " + "*" * len(CANARY) in said[3].out
    assert not [ran for ran in said if CANARY in ran.out + ran.err]


def test_a_job_that_is_removed_meanwhile_is_missed(job_file: Path, home: Path) -> None:
    command = process("run", write_job(job_file, WAITS))
    wait_for(lambda: (home / "jobs").exists() and any((home / "jobs").iterdir()))
    folder = only_job(home)
    manager = Manager(home)
    wait_for_state(home, folder, "training")
    command.send_signal(signal.SIGSTOP)
    manager.stop(folder, "now")
    wait_for_state(home, folder, "stopped")
    manager.remove(folder)
    command.send_signal(signal.SIGCONT)
    _, err = command.communicate()
    assert command.returncode == 2
    assert b"has been removed" in err
    assert not JobFolder(folder.path).path.exists()
    assert os.listdir(home / "jobs") == []  # noqa: PTH208


@pytest.mark.usefixtures("large")
def test_a_recipe_that_travels_by_itself_is_told_before_the_start(
    rented: Rented, tuneyard: Tuneyard, tmp_path: Path
) -> None:
    file = tmp_path / "job.toml"
    file.write_text('format = 1\nrecipe = "large"\n[compute]\nname = "runpod"\n')
    ran = tuneyard("run", file, "--yes", "--detach")
    assert ran.code == 0, ran.err
    assert "keep this computer on until then" in ran.err
    folder = only_job(rented.home)
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)


def test_renting_is_asked_for_where_results_may_be_lost(home: Path, tmp_path: Path) -> None:
    file = write_job(tmp_path / "job.toml")
    environ = {"RUNPOD_API_KEY": "rpa_never_used_0123456789"}
    terminal = Terminal("run", file, "--compute", "runpod", environ=environ)
    terminal.wait_for("Ends itself after 6 h or $5.00")
    terminal.wait_for("Rent it?")
    terminal.type("n\n")
    assert terminal.end() != 0
    assert not list(home.glob("jobs/[!.]*"))
