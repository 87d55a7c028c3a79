"""The runner as a whole: real processes, real kills, each under every Python it must run on."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from jobs_by_hand import again, ended, launch, make, shell, state
from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines, write_json
from tuneyard.runner.process import Identity
from tuneyard.runner.step import Secret, Step, Stop
from tuneyard.site.golden.states import STOPPING
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("under_each_python")

FAKES = Path(__file__).parents[1] / "fakes"


def events(folder: JobFolder, name: str) -> list[dict[str, object]]:
    return [event for event in read_lines(folder.events) if event["event"] == name]


def at_step(folder: JobFolder, name: str) -> None:
    wait_for(lambda: state(folder).get("step", {}).get("name") == name, what=f"step {name}")
    wait_for(lambda: state(folder).get("command"), what=f"the command of step {name}")


def hears(folder: JobFolder) -> None:
    """Waits until a command has set its traps, and made the file `hears`."""
    at_step(folder, "train")
    wait_for((folder.work / "hears").exists, what="the traps of the command")


def test_a_job_goes_through_its_phases(home: Path) -> None:
    folder = make(
        home,
        [
            shell("fetch", "echo one; echo two >&2", "prepare"),
            shell("train", "echo three"),
            shell("export", "echo four", "finish"),
        ],
    )
    launch(folder)
    end = ended(folder)
    assert end["state"] == "succeeded"
    assert folder.log.read_bytes() == b"one\ntwo\nthree\nfour\n"
    assert [e["state"] for e in events(folder, "state")] == [
        "preparing",
        "training",
        "finishing",
        "succeeded",
    ]
    assert [e["offset"] for e in events(folder, "step")] == [0, 8, 14]
    record = read_json(folder.finished("1"))
    assert record["exit"] == 0
    assert record["name"] == "fetch"
    assert record["left_behind"] == 0
    assert folder.log.stat().st_mode & 0o777 == 0o600


def test_nobody_who_launches_is_a_parent(home: Path) -> None:
    folder = make(home, [shell("train", "sleep 60")])
    launch(folder)
    at_step(folder, "train")
    for who in ("runner", "wrapper", "command"):
        identity = Identity.from_json(state(folder)[who])
        assert identity is not None
        assert os.getsid(identity.pid) != os.getsid(0)
        parent = int(Path(f"/proc/{identity.pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert parent != os.getpid()
    folder.stop.write_text("now")
    ended(folder)


def test_every_process_of_a_job_is_marked(home: Path) -> None:
    folder = make(home, [shell("train", "sleep 60 & sleep 60")])
    launch(folder)
    wait_for(lambda: len(process.of_job(folder, "1")) == 3)
    assert held(folder.job_lock)
    assert held(folder.runner_lock)
    folder.stop.write_text("now")
    ended(folder)
    assert process.of_job(folder) == []
    assert not held(folder.job_lock)


def test_a_second_runner_leaves_without_a_trace(home: Path) -> None:
    folder = make(home, [shell("train", "sleep 60")])
    launch(folder)
    at_step(folder, "train")
    before = state(folder)
    for _ in range(3):
        launch(folder)
    wait_for(lambda: held(folder.runner_lock))
    assert state(folder) == before
    assert len(events(folder, "attempt")) == 1
    folder.stop.write_text("now")
    ended(folder)


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", -9)])
def test_a_failed_step_ends_the_job_with_its_code(home: Path, script: str, code: int) -> None:
    folder = make(home, [shell("train", script), shell("export", "echo never", "finish")])
    launch(folder)
    end = ended(folder)
    assert end["state"] == "failed"
    assert end["cause"]["sentence"]
    assert end["cause"]["next_step"]
    assert read_json(folder.finished("1"))["exit"] == code
    assert not folder.finished("2").exists()


def test_a_command_that_is_not_there_fails_in_words(home: Path) -> None:
    folder = make(home, [Step("train", "Train", "train", ("no-such-command",))])
    launch(folder)
    end = ended(folder)
    assert end["state"] == "failed"
    assert b"no-such-command could not be started" in folder.log.read_bytes()


def test_an_optional_step_only_warns(home: Path) -> None:
    folder = make(home, [shell("train", "true"), shell("push", "exit 1", "finish", optional=True)])
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (warning,) = events(folder, "warning")
    assert warning["step"] == "push"


def test_the_runner_is_started_again_by_the_wrapper(home: Path) -> None:
    folder = make(
        home, [shell("train", "while [ ! -e go ]; do sleep 0.05; done"), shell("b", "true")]
    )
    launch(folder)
    at_step(folder, "train")
    first = Identity.from_json(state(folder)["runner"])
    assert first is not None
    assert first.send(signal.SIGKILL)

    def another() -> bool:
        now = Identity.from_json(state(folder)["runner"])
        return now is not None and now != first and now.alive()

    wait_for(another, what="a new runner")
    (folder.work / "go").touch()
    assert ended(folder)["state"] == "succeeded"
    assert len(events(folder, "step")) == 2


def test_training_goes_on_unwatched_and_its_end_is_lost(home: Path) -> None:
    folder = make(home, [shell("train", "while [ ! -e go ]; do sleep 0.05; done; touch done")])
    launch(folder)
    at_step(folder, "train")
    wrapper = Identity.from_json(state(folder)["wrapper"])
    assert wrapper is not None
    wrapper.send(signal.SIGKILL)
    wait_for(lambda: events(folder, "unwatched"))
    assert state(folder)["state"] == "training"
    (folder.work / "go").touch()
    end = ended(folder)
    assert end["state"] == "lost"
    assert (folder.work / "done").exists()
    assert "Resume" in end["cause"]["next_step"]


def test_an_unwatched_training_can_still_be_stopped(home: Path) -> None:
    folder = make(home, [shell("train", "sleep 600 & sleep 600")])
    launch(folder)
    at_step(folder, "train")
    wrapper = Identity.from_json(state(folder)["wrapper"])
    assert wrapper is not None
    wrapper.send(signal.SIGKILL)
    wait_for(lambda: events(folder, "unwatched"))
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert process.of_job(folder) == []


def test_a_step_of_ours_proves_its_end_without_a_wrapper(home: Path) -> None:
    command = ("${python}", "${runner}", "call", "scripted_trainer", "40")
    folder = make(
        home,
        [Step("train", "Train", "train", command)],
        modules=[FAKES / "scripted_trainer.py"],
    )
    launch(folder)
    at_step(folder, "train")
    wrapper = Identity.from_json(state(folder)["wrapper"])
    assert wrapper is not None
    wrapper.send(signal.SIGKILL)
    assert ended(folder)["state"] == "succeeded"


def test_stop_and_save_lets_the_trainer_save(home: Path) -> None:
    script = "trap 'echo saved; exit 143' TERM; touch hears; while :; do sleep 0.05; done"
    folder = make(home, [shell("train", script, stop=Stop(grace=30))])
    launch(folder)
    hears(folder)
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert folder.log.read_bytes().endswith(b"saved\n")
    assert read_json(folder.finished("1"))["exit"] == 143


def test_a_trainer_that_does_not_hear_is_killed_after_its_grace(home: Path) -> None:
    script = "trap '' TERM; touch hears; while :; do sleep 0.05; done"
    folder = make(home, [shell("train", script, stop=Stop(grace=0.2))])
    launch(folder)
    hears(folder)
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert read_json(folder.finished("1"))["exit"] == -9


def test_a_stop_can_be_a_file_that_the_trainer_looks_for(home: Path) -> None:
    script = "while [ ! -e save_quit ]; do sleep 0.05; done; echo saved"
    folder = make(home, [shell("train", script, stop=Stop(file="save_quit", grace=30))])
    launch(folder)
    at_step(folder, "train")
    folder.stop.write_text("save")
    assert ended(folder)["state"] == "stopped"
    assert folder.log.read_bytes() == b"saved\n"


def test_stop_now_does_not_wait_for_the_grace(home: Path) -> None:
    script = "trap '' TERM; touch hears; while :; do sleep 0.05; done"
    folder = make(home, [shell("train", script, stop=Stop(grace=3600))])
    launch(folder)
    hears(folder)
    folder.stop.write_text("save")
    wait_for(lambda: events(folder, "stopping"))
    noted = read_json(folder.state)["stopping"]
    assert {name: type(value) for name, value in noted.items()} == {
        name: type(value) for name, value in STOPPING.items()
    }
    folder.stop.write_text("now")
    assert ended(folder)["state"] == "stopped"
    assert [e["how"] for e in events(folder, "stopping")] == ["save", "now"]


def test_a_helper_that_left_the_group_is_stopped_too(home: Path) -> None:
    folder = make(
        home,
        [
            Step(
                "train",
                "Train",
                "train",
                (sys.executable, str(FAKES / "scripted_trainer.py"), "9999", "forks"),
            )
        ],
    )
    launch(folder)
    wait_for(lambda: len(process.of_job(folder)) >= 2)
    folder.stop.write_text("now")
    ended(folder)
    assert process.of_job(folder) == []


def test_what_a_command_leaves_behind_is_ended(home: Path) -> None:
    folder = make(home, [shell("train", "setsid sleep 600 & echo left"), shell("b", "echo on")])
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    assert folder.log.read_bytes() == b"left\non\n"
    assert read_json(folder.finished("1"))["left_behind"] == 1


def test_an_ignored_interrupt_is_not_handed_on(home: Path) -> None:
    folder = make(home, [shell("train", "grep SigIgn /proc/self/status")])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        launch(folder)
    finally:
        signal.signal(signal.SIGINT, before)
    ended(folder)
    ignored = int(folder.log.read_text().split()[1], 16)
    assert not ignored & (1 << (signal.SIGINT - 1))
    assert not ignored & (1 << (signal.SIGTERM - 1))


def test_a_resume_runs_only_what_is_not_done(home: Path) -> None:
    steps = [
        shell("fetch", "echo fetched", "prepare"),
        shell("train", "echo trained; [ -e go ]"),
        shell("export", "echo exported", "finish"),
    ]
    folder = make(home, steps)
    launch(folder)
    assert ended(folder)["state"] == "failed"
    (folder.work / "go").touch()
    again(folder)
    assert ended(folder)["state"] == "succeeded"
    assert folder.log.read_text().split() == ["fetched", "trained", "trained", "exported"]
    assert [e["offset"] for e in events(folder, "attempt")] == [0, 16]


def test_a_changed_step_runs_again_with_all_after_it(home: Path) -> None:
    data = home / "data"
    data.write_text("one")
    steps = [
        shell("fetch", "echo a", "prepare"),
        shell("check", "echo b", "prepare", inputs=(str(data),)),
        shell("train", "echo c", reads={"epochs": 1}),
    ]
    folder = make(home, steps)
    launch(folder)
    ended(folder)
    again(folder)
    ended(folder)
    assert folder.log.read_text().split() == ["a", "b", "c"]
    data.write_text("another")
    again(folder)
    ended(folder)
    assert folder.log.read_text().split() == ["a", "b", "c", "b", "c"]


def test_an_attempt_of_a_few_steps_leaves_the_end_as_it_was(home: Path) -> None:
    folder = make(home, [shell("train", "exit 1"), shell("push", "echo pushed", "finish")])
    launch(folder)
    before = ended(folder)
    assert before["state"] == "failed"
    for _ in range(2):  # the second time as well, though nothing has changed
        again(folder, only=["push"])
        after = ended(folder)
        assert (after["state"], after["cause"]) == ("failed", before["cause"])
    assert folder.log.read_bytes() == b"pushed\npushed\n"


def test_stopping_such_an_attempt_does_not_stop_the_job(home: Path) -> None:
    folder = make(home, [shell("train", "true"), shell("push", "[ ! -e slow ] || sleep 600")])
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (folder.work / "slow").touch()
    again(folder, only=["push"])
    at_step(folder, "push")
    folder.stop.write_text("now")
    assert ended(folder)["state"] == "succeeded"
    (warning,) = events(folder, "warning")
    assert warning["state"] == "stopped"


def test_a_step_gets_only_the_secrets_that_it_names(home: Path) -> None:
    folder = make(
        home,
        [
            shell("fetch", "env | grep -c TOKEN", "prepare"),
            shell(
                "push",
                "env | grep TOKEN",
                "finish",
                secrets=(Secret("HF_WRITE_TOKEN", "HF_TOKEN"),),
            ),
        ],
    )
    tokens = {"HF_TOKEN": "hf_everything", "RUNPOD_API_KEY": "rpa_1", "MY_PASSWORD": "pw"}
    launch(folder, tokens)
    assert ended(folder)["state"] == "failed"
    assert folder.log.read_text() == "0\n"  # grep -c that counts none exits with 1
    steps = [
        shell(
            "push",
            "env | grep -E 'TOKEN|API_KEY|PASSW'",
            "finish",
            secrets=(Secret("HF_WRITE_TOKEN", "HF_TOKEN"),),
        )
    ]
    other = make(home, steps, job_id="20261122-120001-b")
    launch(other, tokens)
    assert ended(other)["state"] == "succeeded"
    assert other.log.read_text() == "HF_TOKEN=hf_everything\n"


def test_a_job_waits_for_a_secret_that_nobody_holds(home: Path) -> None:
    folder = make(
        home,
        [
            shell("train", "echo trained"),
            shell(
                "push", "echo pushed", "finish", secrets=(Secret("HF_WRITE_TOKEN", required=True),)
            ),
        ],
    )
    launch(folder)
    wait_for(lambda: state(folder).get("needs") == ["HF_WRITE_TOKEN"])
    wait_for(lambda: not held(folder.runner_lock))
    assert state(folder)["state"] == "training"
    launch(folder, {"HF_WRITE_TOKEN": "hf_write_token"})
    assert ended(folder)["state"] == "succeeded"
    assert state(folder)["needs"] == []
    assert folder.log.read_text() == "trained\npushed\n"
    for path in folder.path.rglob("*"):
        if path.is_file():
            assert b"hf_write_token" not in path.read_bytes()


def test_metrics_progress_and_samples_follow_the_trainer(home: Path) -> None:
    command = (sys.executable, "-S", str(FAKES / "scripted_trainer.py"), "12")
    folder = make(
        home,
        [Step("train", "Train", "train", command), shell("export", "true", "finish")],
        module="habits",
        modules=[FAKES / "habits.py"],
        events="work/events.jsonl",
    )
    launch(folder)
    end = ended(folder)
    assert end["state"] == "succeeded"
    lines = list(read_lines(folder.metrics))
    assert [line["step"] for line in lines] == list(range(1, 13))
    assert end["progress"]["step"] == end["progress"]["steps"] == 12
    assert end["figure"] == {"loss": pytest.approx(1 / 12)}
    assert [e["step"] for e in events(folder, "checkpoint")] == [3, 6, 9, 12]
    assert sorted(path.name for path in folder.samples.iterdir()) == [
        "sample-12",
        "sample-3",
        "sample-6",
        "sample-9",
    ]
    assert all(path.read_text() == "\n" for path in folder.samples.iterdir())


def test_a_failing_side_task_warns_and_harms_nothing(home: Path) -> None:
    command = (sys.executable, "-S", str(FAKES / "scripted_trainer.py"), "3")
    folder = make(
        home,
        [Step("train", "Train", "train", command), shell("export", "true", "finish")],
        module="habits",
        modules=[FAKES / "habits.py"],
        events="work/events.jsonl",
    )
    folder.samples.rmdir()
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    (warning,) = events(folder, "warning")
    assert warning["step"] == "sample-3"


def test_the_plan_names_files_and_commands_are_filled_in(home: Path) -> None:
    script = "echo $1; cat settings.json"
    command = ("sh", "-c", script, "sh", "${job}|${home}|${trainer}")
    folder = make(
        home,
        [
            shell("environment", """echo '{"python": "/opt/python"}' > trainer.json""", "prepare"),
            Step("train", "Train", "train", command),
        ],
        files={"work/settings.json": json.dumps({"epochs": 3})},
    )
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    assert folder.log.read_text() == f'{folder.path}|{home}|/opt/python\n{{"epochs": 3}}'


def test_a_runner_that_fails_says_so_and_keeps_the_trace(home: Path) -> None:
    folder = make(home, [shell("train", "true")], module="no_such_module")
    launch(folder)
    wait_for(lambda: (folder.path / "runner.log").exists() and not held(folder.runner_lock))
    end = state(folder)
    assert end["state"] == "failed"
    assert "no_such_module" in end["cause"]["sentence"]


def test_only_known_limits_are_taken_from_a_plan(home: Path) -> None:
    folder = make(home, [shell("train", "true")], limits={"of_a_later_version": 1})
    launch(folder)
    assert ended(folder)["state"] == "succeeded"


def test_an_unreadable_state_is_not_overwritten(home: Path) -> None:
    folder = make(home, [shell("train", "echo ran")])
    write_json(folder.state, {"format": 2, "state": "training"})
    launch(folder)
    wait_for((folder.path / "runner.log").exists)
    assert json.loads(folder.state.read_text())["format"] == 2
    assert not folder.log.exists()
