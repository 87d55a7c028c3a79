"""What is said of a job's speed and length: as it was measured, or not at all."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tuneyard.jobs.estimates import Estimates
from tuneyard.jobs.job import Job, build
from tuneyard.runner import speeds
from tuneyard.runner.folder import append_line
from tuneyard.runner.speeds import Speed

ADA = "NVIDIA GeForce RTX 4090"
DATA = "hf:me/clips"


def voice(**settings: Any) -> Job:
    settings = {"dataset": DATA, "language": "en-us", "epochs": 10, "batch_size": 8, **settings}
    return build({"recipe": "piper", "settings": settings})


def measured(job: Job, name: str = "a", **more: Any) -> Speed:
    """100 steps that took half a second each, with what came between them."""
    known = Speed(
        t=1795310000.0,
        recipe="piper",
        job=name,
        device=ADA,
        settings=job.settings,
        steps=100,
        seconds_a_step=0.4321,
        memory=2_700_000_000,
        seconds=50.0,
        epoch_steps=20,
    )
    return replace(known, **more)


def estimates(home: Path, job: Job, *noted: Speed) -> Estimates:
    for each in noted:
        speeds.note(home, each)
    return Estimates(job, home)


def test_the_newest_with_the_same_settings_on_the_same_device_counts(tmp_path: Path) -> None:
    job = voice()
    old = measured(job)
    new = measured(voice(epochs=3), "b", t=1795310001.0, seconds_a_step=0.5)
    others = [
        measured(job, "c", device="NVIDIA A40"),
        measured(voice(quality="tiny"), "d"),
        measured(job, "e", recipe="script"),
    ]
    found = estimates(tmp_path, job, old, new, *others)
    assert found.speed(ADA) == new
    assert found.speed("NVIDIA A40") == others[0]
    assert found.speed("NVIDIA H100 PCIe") is None


@pytest.mark.parametrize(
    ("driver", "offered", "same"),
    [
        ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090", True),
        ("GeForce RTX 4090", "NVIDIA GeForce RTX 4090", True),  # as older drivers say it
        ("NVIDIA A100-SXM4-80GB", "NVIDIA A100 SXM4 80GB", True),
        ("NVIDIA A100-SXM4-80GB", "NVIDIA A100 80GB PCIe", False),
        ("NVIDIA RTX 4000 Ada Generation", "NVIDIA RTX 6000 Ada Generation", False),
        ("cpu", "NVIDIA L4", False),
    ],
)
def test_a_gpu_is_known_by_its_model(tmp_path: Path, driver: str, offered: str, same: bool) -> None:
    job = voice()
    found = estimates(tmp_path, job, measured(job, device=driver))
    assert (found.speed(offered) is not None) is same


def test_the_length_is_steps_as_counted_at_the_pace_that_was_measured(tmp_path: Path) -> None:
    job = voice(epochs=720)
    length = estimates(tmp_path, job, measured(voice(epochs=5))).length(ADA)
    assert length is not None
    assert length.seconds == 720 * 20 * 0.5
    assert length.basis == (
        "14,400 steps as job a counted, at the 0.5 s that it took for one on 2026-11-22; "
        "setting up comes on top"
    )


def test_steps_may_be_counted_elsewhere_than_the_pace_was_measured(tmp_path: Path) -> None:
    job = voice()
    tried = measured(job, "tried-here", device="cpu", epoch_steps=7)
    other = measured(voice(dataset="hf:me/others"), "rented")
    length = estimates(tmp_path, job, tried, other).length(ADA)
    assert length is not None
    assert length.seconds == 10 * 7 * 0.5
    assert "job tried-here counted" in length.basis
    assert "0.5 s that job rented took" in length.basis


@pytest.mark.parametrize(
    "changed",
    [
        {"dataset": "hf:me/others"},
        {"batch_size": 16},
        {"validation_split": 0.2},
        {"until_epoch": 3000, "base": "en-us-lessac-medium"},
        {"precision": "16-mixed"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_nothing_is_made_up(tmp_path: Path, changed: dict[str, Any]) -> None:
    found = estimates(tmp_path, voice(**changed), measured(voice()))
    assert found.length(ADA) is None


@pytest.mark.parametrize(
    "line",
    [{}, {"steps": "many"}, {"settings": None}, {"seconds_a_step": []}, {"memory": "much"}],
    ids=str,
)
def test_what_is_no_speed_is_left_out(tmp_path: Path, line: dict[str, Any]) -> None:
    whole = asdict(measured(voice())) if line else {"recipe": "piper"}
    append_line(tmp_path / "speeds.jsonl", {**whole, **line})
    assert Estimates(voice(), tmp_path).speed(ADA) is None


def test_what_a_newer_version_notes_is_no_harm(tmp_path: Path) -> None:
    append_line(tmp_path / "speeds.jsonl", {**asdict(measured(voice())), "watts": 300})
    assert Estimates(voice(), tmp_path).speed(ADA) == measured(voice())


def test_a_job_that_nobody_measured_is_unknown(tmp_path: Path) -> None:
    assert Estimates(voice(), tmp_path).length(ADA) is None
    assert "unknown until" in Estimates(voice(), tmp_path).sentence(ADA)


def test_until_an_epoch_without_a_base_is_as_many(tmp_path: Path) -> None:
    job = voice(until_epoch=4)
    length = estimates(tmp_path, job, measured(job)).length(ADA)
    assert length is not None
    assert length.seconds == 4 * 20 * 0.5


def test_its_own_limit_ends_a_training_sooner(tmp_path: Path) -> None:
    job = voice(epochs=100_000, max_hours=2)
    length = estimates(tmp_path, job, measured(job)).length(ADA)
    assert length is not None
    assert length.seconds == 7200
    assert length.basis.startswith("as its settings end it then, before 2,000,000 steps")


def test_lines_of_an_older_version_still_tell_the_speed(tmp_path: Path) -> None:
    job = voice()
    names = ("quality", "batch_size", "precision", "sample_rate", "accelerator")
    few = {name: job.settings[name] for name in names}
    old = measured(job, settings=few, seconds=None, epoch_steps=None)
    found = estimates(tmp_path, job, old)
    assert found.speed(ADA) == old
    assert found.length(ADA) is None


def test_it_says_where_it_is_from(tmp_path: Path) -> None:
    job = voice(epochs=720)
    cpu = measured(job, device="cpu", epoch_steps=None, memory=None)
    text = estimates(tmp_path, job, cpu).sentence("cpu")
    assert text == "0.43 s a step on the CPU: measured on 2026-11-22 by job a."
    text = estimates(tmp_path, job, measured(job, "b")).sentence(ADA)
    assert f"0.43 s a step on {ADA}, at most 2.7 GB of memory: measured on 2026-11-22" in text
    assert "The training takes 2 h: 14,400 steps as job b counted" in text
