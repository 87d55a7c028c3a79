from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import jobs_by_hand
from tuneyard.runner.folder import JobFolder, acquire, append_line, read_json, write_json
from tuneyard.runner.pod import boots
from tuneyard.runner.pod.boots import Boots
from tuneyard.runner.pod.given import Limits

LIMITS = Limits(loop_boots=3, loop=600)


@pytest.fixture
def folder(home: Path) -> JobFolder:
    return jobs_by_hand.make(home, [jobs_by_hand.shell("train", "true")])


@pytest.fixture
def pod(folder: JobFolder) -> Boots:
    made = Boots(folder)
    made.begin("pod4")
    return made


def stands(folder: JobFolder, state: str, attempt: int = 1) -> None:
    write_json(folder.state, {"state": state, "attempt": attempt})


def booted(pod: Boots, monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    for at in times:
        monkeypatch.setattr(boots, "time", SimpleNamespace(time=lambda at=at: at))
        pod.note()


def test_an_incarnation_stays_as_long_as_the_disk(folder: JobFolder, pod: Boots) -> None:
    again = Boots(folder)
    again.begin("pod4")
    assert again.incarnation == pod.incarnation
    again.note()
    assert (Boots(folder).count, Boots(folder).first) == (1, pod.first)
    again.begin("pod5")  # which found the folder on a volume
    assert again.incarnation == pod.incarnation
    assert again.count == 0


def test_boots_without_a_step_between_them_are_a_loop(
    pod: Boots, monkeypatch: pytest.MonkeyPatch
) -> None:
    booted(pod, monkeypatch, 1000, 1060)
    assert pod.looping(LIMITS) is None
    booted(pod, monkeypatch, 1120)
    cause = pod.looping(LIMITS)
    assert cause is not None
    assert cause.sentence == (
        "The pod's container was started 3 times within 2 min, "
        "and the job got no further in between."
    )


def test_boots_far_between_are_none(pod: Boots, monkeypatch: pytest.MonkeyPatch) -> None:
    booted(pod, monkeypatch, 1000, 1400, 1800)
    assert pod.looping(LIMITS) is None


@pytest.mark.parametrize("what", ["step", "checkpoint"])
def test_a_job_that_gets_on_is_none(
    folder: JobFolder, pod: Boots, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    booted(pod, monkeypatch, 1000, 1060)
    if what == "step":
        write_json(folder.finished("1"), {"exit": 0})
    else:
        append_line(folder.events, {"event": "checkpoint", "path": "x"})
    booted(pod, monkeypatch, 1120)
    assert pod.looping(LIMITS) is None
    booted(pod, monkeypatch, 1180, 1240)
    assert pod.looping(LIMITS) is not None


def test_side_tasks_are_no_progress(folder: JobFolder) -> None:
    before = boots.reached(folder)
    write_json(folder.finished("side-sample"), {"exit": 0})
    assert boots.reached(folder) == before


def test_few_boots_are_kept(pod: Boots, monkeypatch: pytest.MonkeyPatch) -> None:
    booted(pod, monkeypatch, *range(1000, 1050))
    assert len(read_json(pod.path)["boots"]) == len(read_json(pod.path)["reached"]) == 20
    assert pod.count == 50


@pytest.mark.parametrize(
    ("state", "attempt", "cut_off"),
    [
        ("queued", 0, False),  # no runner had begun
        ("queued", 1, True),
        ("training", 1, True),
        ("succeeded", 1, False),
        ("failed", 1, False),
        ("stopped", 1, False),
        ("lost", 1, False),
    ],
)
def test_what_a_restart_cut_off(folder: JobFolder, state: str, attempt: int, cut_off: bool) -> None:
    stands(folder, state, attempt)
    assert boots.cut_off(folder) is cut_off


def test_what_lives_was_not_cut_off(folder: JobFolder) -> None:
    stands(folder, "training")
    lock = acquire(folder.runner_lock)
    assert lock is not None
    assert not boots.cut_off(folder)


def test_an_attempt_that_nobody_began_is_not_repeated(folder: JobFolder) -> None:
    stands(folder, "training")
    boots.begin_attempt(folder, boot=2)
    assert folder.attempts() == [1, 2]
    assert not boots.cut_off(folder)


def test_a_stop_of_the_container_is_taken_back(folder: JobFolder) -> None:
    boots.stop_with_container(folder)
    assert folder.stop.read_text() == "save\n"
    stands(folder, "stopped")
    assert boots.cut_off(folder)
    boots.begin_attempt(folder)
    assert not folder.stop.exists()
    stands(folder, "stopped", 2)
    assert not boots.cut_off(folder)


def test_a_stop_of_the_owner_is_not(folder: JobFolder) -> None:
    folder.stop.write_text("now\n")
    boots.stop_with_container(folder)
    assert folder.stop.read_text() == "now\n"
    stands(folder, "stopped")
    assert not boots.cut_off(folder)


def test_what_has_no_plan_yet_has_nothing_to_save(folder: JobFolder) -> None:
    folder.plan.unlink()
    boots.stop_with_container(folder)
    assert not folder.stop.exists()


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, Limits()),
        ({"TUNEYARD_POD_LIMITS": '{"save": 7, "unknown": 1}'}, Limits(save=7.0)),
        ({"TUNEYARD_POD_LIMITS": "{"}, Limits()),
        ({"TUNEYARD_POD_LIMITS": '{"save": null}'}, Limits()),
    ],
)
def test_limits_can_be_given(given: dict[str, Any], limits: Limits) -> None:
    assert Limits.of(given) == limits
