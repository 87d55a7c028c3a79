"""Profiles, and the jobs that run under them."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobs_by_hand import ended
from tuneyard.errors import NotFound, NotPossible, WrongInput
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.profiles import Defaults, Profiles
from tuneyard.runner import wrap
from tuneyard.runner.folder import JobFolder, held, read_json
from tuneyard.secrets import Secrets
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("toy")

COMMON, WORK = "hf_commonAccount0000", "hf_workAccount000000"


@pytest.fixture
def manager(home: Path) -> Manager:
    return Manager(home)


@pytest.fixture
def profiles(manager: Manager) -> Profiles:
    return manager.profiles


def a_job(pushed: str = "true", repository: str = "me/toy") -> jobs.Job:
    return jobs.build(
        {"recipe": "toy", "settings": {"pushed": pushed}, "results": {"repository": repository}}
    )


PRINTS = "env | grep ^HF_ | sort"


def waits(manager: Manager, folder: JobFolder) -> bool:
    waiting = bool(manager.state(folder).get("needs"))
    return waiting and not held(folder.runner_lock)


def test_a_profile_is_made_changed_and_removed(profiles: Profiles) -> None:
    defaults = Defaults({"toy": {"epochs": 3}}, {"private": False})
    assert profiles.put("work", " At work ", defaults).title == "At work"
    profiles.put("home")
    assert [profile.name for profile in profiles.all()] == ["home", "work"]
    assert profiles.get("work").defaults == defaults
    profiles.put("work", "At the office")
    assert profiles.get("work").as_json() == {
        "name": "work",
        "title": "At the office",
        "secrets": (),
        "defaults": {"settings": {}, "results": {}},
    }
    profiles.remove("work")
    with pytest.raises(NotFound, match="no profile “work”") as caught:
        profiles.get("work")
    assert "There are: home." in caught.value.next_step


@pytest.mark.parametrize(
    ("name", "title", "defaults", "field"),
    [
        ("Work", "", {}, "name"),
        ("", "", {}, "name"),
        ("a/b", "", {}, "name"),
        ("-a", "", {}, "name"),
        ("a" * 41, "", {}, "name"),
        ("work", "two\nlines", {}, "title"),
        ("work", "t" * 101, {}, "title"),
        ("work", "", {"settings": {"toy": {"epochs": 0}}}, "defaults.settings.toy.epochs"),
        ("work", "", {"settings": {"toy": {"epoks": 1}}}, "defaults.settings.toy.epoks"),
        ("work", "", {"settings": {"boy": {}}}, "defaults.settings.boy"),
        ("work", "", {"results": {"private": 5}}, "defaults.results.private"),
    ],
)
def test_what_no_job_could_begin_with_is_refused(
    profiles: Profiles, name: str, title: str, defaults: dict[str, Any], field: str
) -> None:
    with pytest.raises(WrongInput) as caught:
        profiles.put(name, title, Defaults(**defaults))
    assert [problem.field for problem in caught.value.problems] == [field]
    assert profiles.all() == []


def test_defaults_need_not_be_a_whole_job(profiles: Profiles) -> None:
    """Piper's language and dataset have no default."""
    profiles.put("work", "", Defaults({"piper": {"batch_size": 8}}))
    assert profiles.get("work").defaults.settings == {"piper": {"batch_size": 8}}


def test_its_file_holds_names_and_never_a_value(profiles: Profiles, home: Path) -> None:
    profiles.put("work")
    profiles.keep("HF_TOKEN", WORK, "file", "work")
    profiles.keep("RUNPOD_API_KEY", WORK, "memory", "work")
    text = (home / "profiles.json").read_text()
    assert WORK not in text
    assert json.loads(text)["profiles"]["work"]["secrets"] == ["HF_TOKEN", "RUNPOD_API_KEY"]
    assert profiles.put("work", "At work").secrets == ("HF_TOKEN", "RUNPOD_API_KEY")


def test_a_forgotten_secret_is_the_common_one_again(profiles: Profiles) -> None:
    profiles.put("work")
    profiles.keep("HF_TOKEN", WORK, "file", "work")
    profiles.keep("HF_TOKEN", COMMON, "file")
    assert profiles.secrets.get("HF_TOKEN", profiles.scope("work")) == WORK
    profiles.forget("HF_TOKEN", "work")
    assert profiles.secrets.get("HF_TOKEN", profiles.scope("work")) == COMMON


def test_its_secrets_go_with_it(profiles: Profiles, home: Path) -> None:
    profiles.put("work")
    profiles.keep("HF_TOKEN", WORK, "file", "work")
    profiles.keep("HF_TOKEN", COMMON, "file")
    profiles.remove("work")
    assert read_json(home / "secrets.json")["secrets"] == {"HF_TOKEN": COMMON}


def test_nothing_is_kept_for_a_profile_that_is_not_there(profiles: Profiles, home: Path) -> None:
    with pytest.raises(NotFound):
        profiles.keep("HF_TOKEN", WORK, "file", "work")
    with pytest.raises(NotFound):
        profiles.forget("HF_TOKEN", "work")
    with pytest.raises(NotFound):
        profiles.remove("work")
    assert not (home / "secrets.json").exists()


def test_no_secret_is_known_of_a_profile_that_is_gone(profiles: Profiles) -> None:
    profiles.secrets.give({"HF_TOKEN": COMMON, "HF_READ_TOKEN": COMMON})
    assert profiles.secrets.for_job(profiles.scope("gone")) == {}
    assert profiles.secrets.lacking(["HF_READ_TOKEN"], profiles.scope("gone"))


def test_a_job_gets_its_profiles_secrets_and_its_folder_says_which(manager: Manager) -> None:
    manager.secrets.give({"HF_TOKEN": COMMON, "HF_READ_TOKEN": COMMON, "RUNPOD_API_KEY": COMMON})
    manager.profiles.put("work")
    manager.profiles.keep("HF_WRITE_TOKEN", WORK, "memory", "work")
    folder = manager.start(a_job(PRINTS), "work")
    assert ended(folder)["state"] == "succeeded"
    assert f"HF_WRITE_TOKEN={WORK}\n" in folder.log.read_text()
    assert COMMON not in folder.log.read_text()
    assert read_json(folder.attempt(1))["profile"] == "work"
    assert manager.profile_of(folder) == "work"
    assert "profile" not in read_json(folder.job)


def test_a_resume_stays_under_its_profile_unless_told_otherwise(manager: Manager) -> None:
    manager.secrets.give({"HF_TOKEN": COMMON})
    manager.profiles.put("work")
    manager.profiles.keep("HF_TOKEN", WORK, "memory", "work")
    folder = manager.start(a_job(PRINTS), "work")
    ended(folder)
    for profile, token in ((None, WORK), ("", COMMON)):
        begin = folder.log.stat().st_size
        manager.resume(folder, only=["push"], profile=profile)
        ended(folder)
        assert f"HF_TOKEN={token}\n" in folder.log.read_text()[begin:]
    with pytest.raises(NotFound, match="no profile “other”"):
        manager.resume(folder, profile="other")
    with pytest.raises(NotFound, match="no profile “other”"):
        manager.create(a_job(), "other")
    assert folder.attempts() == [1, 2, 3]
    assert manager.ids() == [folder.id]


def test_a_job_waits_for_its_profiles_own_secret_and_goes_on_when_it_comes(home: Path) -> None:
    before = Manager(home)
    before.profiles.put("work")
    before.profiles.keep("HF_WRITE_TOKEN", "hf_forgottenWithItsServer", "memory", "work")
    manager = Manager(home, Secrets(home, {"HF_TOKEN": COMMON}))
    folder = manager.start(a_job(PRINTS), "work")
    wait_for(lambda: waits(manager, folder), what="the job to wait")
    assert manager.tend_waiting() == []
    manager.profiles.keep("HF_WRITE_TOKEN", WORK, "memory")
    assert manager.tend_waiting() == []
    manager.profiles.keep("HF_WRITE_TOKEN", WORK, "memory", "work")
    assert manager.tend_waiting() == [folder.id]
    assert ended(folder)["state"] == "succeeded"
    assert COMMON not in folder.log.read_text()


def test_a_profile_stays_while_a_job_needs_it(manager: Manager) -> None:
    manager.profiles.put("work")
    folder = manager.start(a_job(), "work")
    wait_for(lambda: waits(manager, folder), what="the job to wait")
    with pytest.raises(NotPossible, match=folder.id):
        manager.remove_profile("work")
    manager.stop(folder)
    assert ended(folder)["state"] == "stopped"
    manager.remove_profile("work")
    assert manager.profiles.all() == []
    with pytest.raises(NotFound):
        manager.remove_profile("work")


def test_a_runner_is_never_given_what_tuneyard_alone_uses(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from memory nor out of the environment of whoever starts it."""
    manager.secrets.give({"RUNPOD_API_KEY": "rpa_neverForJobs0000", "HF_TOKEN": COMMON})
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_neverForJobs0000")
    environments: list[dict[str, str]] = []

    def launch(_python: str, _folder: JobFolder, environment: dict[str, str]) -> None:
        environments.append(environment)

    monkeypatch.setattr(wrap, "launch", launch)
    manager.start(a_job())
    (environment,) = environments
    assert environment["HF_TOKEN"] == COMMON
    assert not any("rpa_" in value for value in environment.values())


def test_all_that_a_job_could_print_is_masked(manager: Manager) -> None:
    manager.secrets.give({"RUNPOD_API_KEY": "rpa_neverForJobs0000"})
    manager.profiles.put("work")
    manager.profiles.keep("HF_TOKEN", WORK, "memory", "work")
    manager.profiles.keep("HF_TOKEN", COMMON, "memory")
    folder = manager.start(a_job(repository=""), "work")
    ended(folder)
    assert len(read_json(folder.masks)["marks"]) == 3
