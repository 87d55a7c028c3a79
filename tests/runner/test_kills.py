"""Kills of launcher, runner, wrapper, trainer at random moments, in every combination.

Each seed is one job with the scripted trainer. Afterwards: the right state, no
byte of the log lost, the same metrics after a replay, no second trainer, no
process left, and a resume that ends well.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from fakes import habits
from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder, held, read_json_or, read_lines
from tuneyard.runner.metrics import Follower
from tuneyard.runner.process import Identity
from tuneyard.runner.states import State
from tuneyard.runner.step import Step, Stop
from waiting import wait_for

TRAINER = Path(__file__).parents[1] / "fakes" / "scripted_trainer.py"
TARGETS = ("launcher", "runner", "wrapper", "trainer")
HABITS = TRAINER.with_name("habits.py")
COMBINATIONS = [chosen for size in (1, 2, 3, 4) for chosen in itertools.combinations(TARGETS, size)]
LAUNCHER = """
import sys, time
from tuneyard.runner import wrap
from tuneyard.runner.folder import JobFolder
wrap.launch(sys.argv[1], JobFolder(sys.argv[2]))
time.sleep(600)
"""


@dataclass
class Case:
    """One seed: the trainer's habits, who is killed and when, and how it is stopped, if it is."""

    seed: int
    habits: list[str]
    kills: list[tuple[float, tuple[str, ...]]]
    stop: str
    proven: bool  # whether the trainer is a step of ours, which leaves a proof of its end

    @classmethod
    def of(cls, seed: int) -> "Case":
        dice = random.Random(seed)
        chosen = [habit for habit in ("forks", "floods", "deaf") if dice.random() < 0.4]
        combination = COMBINATIONS[seed % len(COMBINATIONS)]
        kills = [(dice.uniform(0.0, 1.2), combination)]
        if dice.random() < 0.4:
            kills.append((dice.uniform(0.0, 0.6), dice.choice(COMBINATIONS)))
        stop = dice.choice(["save", "now"]) if dice.random() < 0.15 else ""
        return cls(seed, chosen, kills, stop, dice.random() < 0.5)


@dataclass
class Killed:
    """Which living processes a test really killed."""

    names: set[str] = field(default_factory=set)


def test_a_job_survives_kills(home: Path, seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    pythons = [sys.executable, os.environ.get("TUNEYARD_TEST_PYTHON310", sys.executable)]
    for seed in seeds:
        monkeypatch.setenv("TUNEYARD_TEST_RUNNER", pythons[seed % 2])
        case = Case.of(seed)
        try:
            _run(home, case)
        except BaseException as error:
            error.add_note(f"seed {seed}: {case}")
            raise


def _run(home: Path, case: Case) -> None:
    folder = jobs_by_hand.make(
        home,
        _steps(case),
        job_id=f"20261122-{case.seed:06d}-kill",
        module="habits",
        modules=[TRAINER, HABITS],
        events="work/events.jsonl",
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, os.environ["TUNEYARD_TEST_RUNNER"], str(folder.path)],
    )
    try:
        killed = _kill_as_told(folder, launcher, case)
    finally:
        launcher.kill()
        launcher.wait()
    _end_of(folder)
    _check(folder, case, killed)
    _check_resume(folder)


def _steps(case: Case) -> list[Step]:
    call = ("${python}", "${runner}", "call", "scripted_trainer")
    plain = (sys.executable, "-S", str(TRAINER))
    command = call if case.proven else plain
    stop = Stop(grace=0.5)
    return [
        jobs_by_hand.shell("prepare", "echo prepared >> prepared", "prepare"),
        Step("train", "Train", "train", (*command, "30", *case.habits), stop=stop),
        jobs_by_hand.shell("finish", "echo finished >> ../outputs/finished", "finish"),
    ]


def _kill_as_told(folder: JobFolder, launcher: subprocess.Popen[bytes], case: Case) -> Killed:
    killed = Killed()
    for after, targets in case.kills:
        time.sleep(after)
        for target in random.Random(case.seed).sample(targets, len(targets)):
            if target == "launcher":
                launcher.kill()
            elif (found := _living(folder, target)) and found.send(signal.SIGKILL):
                killed.names.add(target)
    if case.stop:
        folder.stop.write_text(case.stop)
    return killed


def _living(folder: JobFolder, target: str) -> Identity | None:
    state = read_json_or(folder.state, {})
    if target == "runner":
        found = Identity.from_json(state.get("runner"))
    else:
        number = str(state.get("step", {}).get("n", 0))
        started = read_json_or(folder.started(number), {})
        found = Identity.from_json(started.get("wrapper" if target == "wrapper" else "command"))
    return found if found is not None and found.alive() else None


def _end_of(folder: JobFolder) -> None:
    """Looks at the job as the CLI does: an unfinished one without a runner is given one."""

    def over() -> bool:
        if State(jobs_by_hand.state(folder)["state"]).ended:
            return True
        if not held(folder.runner_lock):
            jobs_by_hand.launch(folder)
        return False

    wait_for(over, 60, f"the end of {folder.id}")
    wait_for(lambda: not _processes(folder), 20, f"the last process of {folder.id}")


def _processes(folder: JobFolder) -> list[int]:
    """All that has to do with a job: its marked processes, its wrappers and runners."""
    found = process.of_job(folder)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder.runner).encode() in words and Identity.of(int(entry.name)):
                found.append(int(entry.name))
    return found


def _check(folder: JobFolder, case: Case, killed: Killed) -> None:
    state = jobs_by_hand.state(folder)
    end = State(state["state"])
    assert end in _possible_ends(folder, case, killed), (end, killed, state)
    assert not (folder.work / "second-trainer").exists()
    _check_log(folder)
    _check_metrics(folder)
    if end is State.SUCCEEDED:
        assert (folder.outputs / "finished").read_text() == "finished\n"
        assert (folder.work / "prepared").read_text() == "prepared\n"


def _possible_ends(folder: JobFolder, case: Case, killed: Killed) -> set[State]:
    """What may truly be said, given who was killed."""
    records = [read_json_or(folder.finished(key), {}) for key in "123"]
    if case.stop:
        # The stop may come when all is done, or a kill before it.
        ends = {State.STOPPED, State.SUCCEEDED}
        if "trainer" in killed.names:
            ends.add(State.FAILED)
        if "wrapper" in killed.names:
            ends.add(State.LOST)
        return ends
    if all(record.get("exit") == 0 for record in records):
        # Whoever was killed had done its work by then, or left the proof of it.
        return {State.SUCCEEDED}
    if "wrapper" not in killed.names:
        return {State.FAILED}
    if "trainer" not in killed.names:
        assert not (
            case.proven and (folder.work / "proof-2.json").exists() and _at(folder) == "train"
        )
        return {State.LOST}
    return {State.FAILED, State.LOST}


def _at(folder: JobFolder) -> str:
    name: str = jobs_by_hand.state(folder)["step"]["name"]
    return name


def _check_log(folder: JobFolder) -> None:
    """Each line that the trainer said it printed is there, whole and in order."""
    lines = folder.log.read_bytes().decode().splitlines() if folder.log.exists() else []
    for said in folder.work.glob("printed-*"):
        pid, count = said.name.partition("-")[2], int(said.read_text() or 0)
        numbers = [int(line.split()[1]) for line in lines if line.startswith(f"{pid} ")]
        assert numbers[:count] == list(range(1, count + 1))
        # Killed between the print and its note of it: one more at most.
        assert len(numbers) <= count + 1


def _check_metrics(folder: JobFolder) -> None:
    source = folder.work / "events.jsonl"
    if not source.exists():
        return
    fresh = JobFolder(folder.path.with_name(f"{folder.id}-replay"))
    fresh.make()
    Follower(fresh, source, habits.seen).pump()
    if folder.metrics.exists():
        assert folder.metrics.read_bytes() == fresh.metrics.read_bytes()
    checkpoints = [e for e in read_lines(folder.events) if e["event"] == "checkpoint"]
    expected = [e for e in read_lines(source) if e["event"] == "checkpoint"]
    assert [e["step"] for e in checkpoints] == [e["step"] for e in expected]


def _check_resume(folder: JobFolder) -> None:
    if jobs_by_hand.state(folder)["state"] == State.SUCCEEDED:
        return
    folder.stop.unlink(missing_ok=True)
    steps_before = _trained(folder)
    jobs_by_hand.again(folder)
    state = jobs_by_hand.ended(folder, 60)
    assert state["state"] == State.SUCCEEDED, state
    assert not (folder.work / "second-trainer").exists()
    assert (folder.work / "prepared").read_text().count("prepared") <= 2
    assert _trained(folder)[-1] == 30
    assert steps_before == _trained(folder)[: len(steps_before)]
    _check_log(folder)
    _check_metrics(folder)
    wait_for(lambda: not _processes(folder), 20, f"the last process of {folder.id}")


def _trained(folder: JobFolder) -> list[int]:
    lines: list[dict[str, Any]] = list(read_lines(folder.work / "events.jsonl"))
    return [line["step"] for line in lines if line["event"] == "step"]
