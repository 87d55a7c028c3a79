"""A job as one object, from whatever lies in its folder."""

from pathlib import Path
from typing import Any

import pytest

from tuneyard.jobs.manager import Manager
from tuneyard.jobs.view import FIELDS, ROW, fix, row, view
from tuneyard.runner.folder import JobFolder, write_json, write_text
from tuneyard.site.golden.states import STOPPING


@pytest.fixture
def folder(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    about = {"recipe": "piper", "name": "voice", "compute": {"name": "local"}}
    write_json(folder.job, {**about, "results": {"repository": "me/voice"}})
    write_json(folder.state, {"state": "training", "attempt": 1})
    write_json(folder.attempt(1), {})
    return folder


def shown(folder: JobFolder) -> dict[str, Any]:
    return view(Manager(folder.home), folder)


def test_both_hold_what_the_reference_says(folder: JobFolder) -> None:
    manager = Manager(folder.home)
    assert shown(folder).keys() == FIELDS.keys()
    assert row(manager, manager.state(folder)).keys() == ROW.keys()


def test_the_repository_is_the_newest_that_was_named(folder: JobFolder) -> None:
    assert shown(folder)["repository"]["name"] == "me/voice"
    write_json(folder.attempt(2), {"overrides": {"results.repository": "me/other"}})
    write_json(folder.attempt(3), {"overrides": {"epochs": 3}})
    repository = shown(folder)["repository"]
    assert repository["name"] == "me/other"
    assert repository["url"].endswith("/me/other")


def test_a_job_that_was_asked_to_stop_says_how_until_it_has(folder: JobFolder) -> None:
    assert shown(folder)["stopping"] is None
    write_text(folder.stop, "save\n")
    assert shown(folder)["stopping"] == "save"
    write_json(folder.state, {"state": "stopped", "attempt": 1})
    assert shown(folder)["stopping"] is None
    folder.stop.unlink()  # or its pod was asked, from elsewhere
    write_json(folder.state, {"state": "training", "attempt": 1, "stopping": STOPPING})
    assert shown(folder)["stopping"] == "save"


def test_a_checkpoint_is_awaited_from_the_wish_on(folder: JobFolder) -> None:
    training = {"state": "training", "attempt": 1}
    assert (shown(folder)["can_save"], shown(folder)["saving"]) == (False, None)
    write_json(folder.state, {**training, "step": {"n": 1, "saves": True}})
    assert (shown(folder)["can_save"], shown(folder)["saving"]) == (True, None)
    folder.save.touch()  # nobody has taken notice so far
    assert shown(folder)["saving"] == folder.save.stat().st_mtime
    saving = {"step": {"n": 1, "saves": True}, "saving": {"at": 5.0, "events": 0}}
    write_json(folder.state, {**training, **saving})
    assert (shown(folder)["can_save"], shown(folder)["saving"]) == (True, 5.0)
    write_text(folder.stop, "save\n")
    assert shown(folder)["can_save"] is False
    write_json(folder.state, {**training, **saving, "state": "stopped"})
    assert (shown(folder)["can_save"], shown(folder)["saving"]) == (False, None)


@pytest.mark.parametrize(
    ("found", "recipe", "settings"),
    [
        ({"batch_size": "8"}, "piper", {"batch_size": "8"}),
        ({"batch_size": "half of it"}, "piper", {}),  # advice in words
        ({"batch_size": "8", "unknown": "1"}, "piper", {"batch_size": "8"}),
        ({"batch_size": "8"}, "not installed", {}),
        (None, "piper", {}),
    ],
)
def test_a_fix_names_only_settings_that_can_be_set_so(
    found: dict[str, str] | None, recipe: str, settings: dict[str, str]
) -> None:
    assert fix({"fix": found}, recipe) == settings
