import json
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from cli.calling import Terminal, Tuneyard
from tuneyard.cli.secrets import FIELDS
from tuneyard.secrets import KNOWN, Secrets

CANARY = "hf_canaryToken0123456789"


class InMemory(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Broken(InMemory):
    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        raise keyring.errors.PasswordSetError(f"no place for {password}")


def keepers(tuneyard: Tuneyard) -> dict[str, str | None]:
    listed = json.loads(tuneyard("secrets", "ls", "--json").out)
    assert all(secret.keys() == FIELDS.keys() for secret in listed)
    return {secret["name"]: secret["keeper"] for secret in listed}


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
    assert "tuneyard secrets set HF_TOKEN --keep file" in ran.err
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


@pytest.mark.parametrize("arguments", [["set", "HF_TOKEM"], ["forget", "HF_TOKEM"]])
def test_a_name_that_no_job_asks_for_is_refused(arguments: list[str], tuneyard: Tuneyard) -> None:
    ran = tuneyard("secrets", *arguments, stdin=CANARY)
    assert ran.code == 2
    assert "There are: HF_TOKEN," in ran.err


def test_what_is_kept_nowhere_cannot_be_forgotten(tuneyard: Tuneyard) -> None:
    ran = tuneyard("secrets", "forget", "HF_TOKEN")
    assert (ran.code, ran.err) == (2, "HF_TOKEN isn't kept anywhere.\n")
