import json
from pathlib import Path
from typing import Any

import keyring
import pytest

from cli.calling import Terminal, Tuneyard, only_job, wait_for_state, write_job
from fakes.hub import FakeHub
from jobs_by_hand import ended
from keyrings import Broken, InMemory
from tuneyard.cli.secrets import FIELDS, TESTED
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import held, read_json
from tuneyard.secrets import KNOWN, Secrets
from waiting import wait_for

CANARY, WORK = "hf_canaryToken0123456789", "hf_canaryWork0123456789"


def listed(tuneyard: Tuneyard, *more: str) -> dict[str, dict[str, Any]]:
    found = json.loads(tuneyard("secrets", "ls", "--json", *more).out)
    assert all(secret.keys() == FIELDS.keys() for secret in found)
    return {secret["name"]: secret for secret in found}


def keepers(tuneyard: Tuneyard) -> dict[str, str | None]:
    return {name: secret["keeper"] for name, secret in listed(tuneyard).items()}


def test_all_secrets_are_listed_and_none_is_shown(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", CANARY)
    ran = tuneyard("secrets", "ls")
    assert CANARY not in ran.out
    assert "in the environment" in ran.out
    assert keepers(tuneyard) == {**dict.fromkeys(KNOWN), "HF_TOKEN": "environment"}


def test_a_secret_is_kept_in_a_file_and_forgotten(tuneyard: Tuneyard, home: Path) -> None:
    ran = tuneyard("secrets", "set", "HF_TOKEN", "--keep", "file", stdin=f"{CANARY}\n")
    assert (ran.code, ran.out) == (0, "HF_TOKEN is kept in a file that only you can read.\n")
    assert Secrets(home).get("HF_TOKEN") == CANARY
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert keepers(tuneyard)["HF_TOKEN"] == "file"
    assert tuneyard("secrets", "forget", "HF_TOKEN").out == "HF_TOKEN is no longer kept.\n"
    assert Secrets(home).get("HF_TOKEN") is None


def test_a_secret_is_kept_in_the_keyring_and_forgotten(tuneyard: Tuneyard) -> None:
    keyring.set_keyring(InMemory())
    ran = tuneyard("secrets", "set", "HF_TOKEN", stdin=CANARY)
    assert (ran.code, ran.out) == (0, "HF_TOKEN is kept in the system's keyring.\n")
    assert keyring.get_password("tuneyard", "HF_TOKEN") == CANARY
    assert keepers(tuneyard)["HF_TOKEN"] == "keyring"
    assert tuneyard("secrets", "forget", "HF_TOKEN").code == 0
    assert keyring.get_password("tuneyard", "HF_TOKEN") is None


def test_without_a_keyring_another_place_is_named(tuneyard: Tuneyard) -> None:
    keyring.set_keyring(Broken())
    ran = tuneyard("secrets", "set", "HF_TOKEN", stdin=CANARY)
    assert ran.code == 2
    assert "Keep it in a file" in ran.err
    assert "--keep file" in ran.err
    assert CANARY not in ran.out + ran.err


def test_a_secret_is_typed_without_being_shown(home: Path) -> None:
    terminal = Terminal("secrets", "set", "HF_TOKEN", "--keep", "file")
    terminal.wait_for("HF_TOKEN (Hugging Face")
    terminal.type(f"{CANARY}\n")
    assert terminal.end() == 0
    assert CANARY not in terminal.screen
    assert Secrets(home).get("HF_TOKEN") == CANARY


def test_one_in_the_environment_wins_and_that_is_said(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    ran = tuneyard("secrets", "set", "HF_TOKEN", "--keep", "file", stdin=CANARY)
    assert "that one is used" in ran.out
    assert "unset it there" in tuneyard("secrets", "forget", "HF_TOKEN").out


def test_nothing_is_no_secret(tuneyard: Tuneyard, home: Path) -> None:
    ran = tuneyard("secrets", "set", "HF_TOKEN", "--keep", "file", stdin="\n")
    assert ran.code == 2
    assert "Nothing was given." in ran.err
    assert not (home / "secrets.json").exists()


@pytest.mark.parametrize(
    "arguments", [["set", "HF_TOKEM"], ["forget", "HF_TOKEM"], ["test", "HF_TOKEM"]]
)
def test_a_name_that_no_job_asks_for_is_refused(arguments: list[str], tuneyard: Tuneyard) -> None:
    ran = tuneyard("secrets", *arguments, stdin=CANARY)
    assert ran.code == 2
    assert "There are: HF_TOKEN," in ran.err


def test_what_is_kept_nowhere_cannot_be_forgotten(tuneyard: Tuneyard) -> None:
    ran = tuneyard("secrets", "forget", "HF_TOKEN")
    assert (ran.code, ran.err) == (2, "HF_TOKEN isn't kept anywhere.\n")


def test_a_profile_has_values_of_its_own(tuneyard: Tuneyard, home: Path) -> None:
    to_file = ("--keep", "file")
    ran = tuneyard("secrets", "set", "HF_TOKEN", *to_file, "--profile", "work", stdin=WORK)
    assert (ran.code, "no profile “work”" in ran.err) == (2, True)
    tuneyard("profiles", "set", "work")
    assert tuneyard("secrets", "set", "HF_TOKEN", *to_file, stdin=CANARY).code == 0
    under = ("--profile", "work")
    assert tuneyard("secrets", "set", "HF_TOKEN", *to_file, *under, stdin=WORK).code == 0
    assert read_json(home / "secrets.json")["secrets"] == {
        "HF_TOKEN": CANARY,
        "work/HF_TOKEN": WORK,
    }
    assert (listed(tuneyard)["HF_TOKEN"]["own"], listed(tuneyard, *under)["HF_TOKEN"]["own"]) == (
        False,
        True,
    )
    assert listed(tuneyard, *under)["HF_TOKEN"]["ending"] == WORK[-4:]
    assert "of work  …6789" in tuneyard("secrets", "ls", *under).out
    assert tuneyard("secrets", "forget", "HF_TOKEN", *under).code == 0
    assert tuneyard("secrets", "forget", "HF_TOKEN", *under).code == 2
    assert listed(tuneyard, *under)["HF_TOKEN"]["own"] is False
    assert read_json(home / "secrets.json")["secrets"] == {"HF_TOKEN": CANARY}


def test_a_job_that_waits_goes_on_when_its_secret_comes(
    tuneyard: Tuneyard, home: Path, tmp_path: Path
) -> None:
    tuneyard("profiles", "set", "work")
    file = write_job(tmp_path / "job.toml", results="me/toy", pushed="env | grep ^HF_")
    ran = tuneyard("run", file, "--profile", "work", "--detach")
    assert "tuneyard secrets set HF_WRITE_TOKEN --profile work" in ran.err
    folder = only_job(home)
    wait_for_state(home, folder, "finishing")
    manager = Manager(home)
    wait_for(lambda: manager.state(folder).get("needs") and not held(folder.runner_lock))
    ran = tuneyard(
        *("secrets", "set", "HF_WRITE_TOKEN", "--keep", "file", "--profile", "work"), stdin=WORK
    )
    assert f"The job {folder.id} waited for it and goes on." in ran.out
    assert ended(folder)["state"] == "succeeded"
    assert f"HF_WRITE_TOKEN={WORK}" in folder.log.read_text()
    assert "*" * len(WORK) in tuneyard("logs", folder.id).out


def test_a_token_is_tried(
    tuneyard: Tuneyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tuneyard("secrets", "test", "HF_TOKEN").err.startswith("Nobody holds HF_TOKEN here.")
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(CANARY, "alice")
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", CANARY)
        monkeypatch.setenv("HF_WRITE_TOKEN", CANARY)
        ran = tuneyard("secrets", "test", "HF_TOKEN")
        assert (ran.code, ran.out.startswith("✓ This token belongs to alice.")) == (0, True)
        ran = tuneyard("secrets", "test", "HF_WRITE_TOKEN", "--on", "alice/voice")
        assert (ran.code, ran.out.startswith("✕ ")) == (1, True)
        ran = tuneyard("secrets", "test", "HF_TOKEN", "--json")
        assert json.loads(ran.out).keys() == TESTED.keys()
        assert CANARY not in ran.out
    ran = tuneyard("secrets", "test", "HF_TOKEN")
    assert (ran.code, ran.out.startswith("? The Hub at")) == (1, True)
