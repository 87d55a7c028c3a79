import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrings import Broken, Forgetful, InMemory, using
from tuneyard.errors import Missing, NotFound, WrongInput
from tuneyard.runner.folder import read_json
from tuneyard.secrets import FOR_JOBS, FOR_US, KNOWN, Keep, Scope, Secrets, checked, keeps

CANARY = "hf_canaryToken0123456789"
WORK = Scope("work", frozenset({"HF_WRITE_TOKEN"}))


@pytest.fixture
def ring() -> Iterator[InMemory]:
    ring = InMemory()
    with using(ring):
        yield ring


@pytest.fixture
def secrets(home: Path, ring: InMemory) -> Secrets:  # noqa: ARG001
    return Secrets(home)


@pytest.mark.parametrize("keep", ["memory", "keyring", "file"])
def test_a_secret_is_kept_where_one_chooses_and_forgotten(
    secrets: Secrets, home: Path, keep: Keep
) -> None:
    secrets.keep("HF_TOKEN", f" {CANARY}\n", keep)
    assert (secrets.get("HF_TOKEN"), secrets.keeper("HF_TOKEN")) == (CANARY, keep)
    later = Secrets(home)
    assert later.get("HF_TOKEN") == (None if keep == "memory" else CANARY)
    secrets.forget("HF_TOKEN")
    assert secrets.get("HF_TOKEN") is None
    assert secrets.keeper("HF_TOKEN") is None


def test_it_is_kept_in_one_place_alone(secrets: Secrets, ring: InMemory) -> None:
    turns: tuple[Keep, ...] = ("file", "keyring", "memory", "file")
    for keep in turns:
        secrets.keep("HF_TOKEN", f"{CANARY}-{keep}", keep)
        assert secrets.get("HF_TOKEN") == f"{CANARY}-{keep}"
        file = read_json(secrets.path)["secrets"]
        assert [bool(secrets.given), bool(ring.kept), bool(file)] == [
            keep == "memory",
            keep == "keyring",
            keep == "file",
        ]


def test_the_file_is_its_owners_alone(secrets: Secrets) -> None:
    secrets.keep("HF_TOKEN", CANARY, "file")
    assert secrets.path.stat().st_mode & 0o777 == 0o600


def test_writers_of_the_file_wait_for_each_other(home: Path) -> None:
    def keep(name: str) -> None:
        for _ in range(20):
            Secrets(home).keep(name, CANARY, "file")

    writers = [threading.Thread(target=keep, args=(name,)) for name in KNOWN]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert read_json(home / "secrets.json")["secrets"].keys() == KNOWN.keys()


def test_memory_wins_over_the_environment_and_that_over_what_is_kept(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.keep("HF_TOKEN", "hf_kept_for_later", "keyring")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_from_another_tool")
    assert secrets.get("HF_TOKEN") == "hf_from_another_tool"
    assert secrets.keeper("HF_TOKEN") == "environment"
    secrets.give({"HF_TOKEN": "hf_given_now"})
    assert secrets.get("HF_TOKEN") == "hf_given_now"
    assert secrets.keeper("HF_TOKEN") == "memory"


@pytest.mark.parametrize("backend", [Broken(), Forgetful()])
def test_a_keyring_that_keeps_nothing_is_told(home: Path, backend: InMemory) -> None:
    secrets = Secrets(home)
    secrets.keep("HF_TOKEN", "hf_as_it_was_before", "file")
    with using(backend), pytest.raises(Missing, match="no keyring") as caught:
        secrets.keep("HF_TOKEN", CANARY, "keyring")
    assert caught.value.field == "keep"
    assert CANARY not in repr(caught.value) + str(caught.value.as_json())
    assert secrets.get("HF_TOKEN") == "hf_as_it_was_before"


def test_where_secrets_can_be_kept(ring: InMemory) -> None:  # noqa: ARG001
    assert keeps() == ["memory", "keyring", "file"]


def test_without_a_keyring_two_places_are_left() -> None:
    assert keeps() == ["memory", "file"]


def test_only_long_ones_show_their_ending(secrets: Secrets) -> None:
    secrets.give({"HF_TOKEN": "a" * 16 + "wxyz", "HF_READ_TOKEN": "b" * 15 + "wxyz"})
    assert secrets.ending("HF_TOKEN") == "wxyz"
    assert secrets.ending("HF_READ_TOKEN") is None
    assert secrets.ending("HF_WRITE_TOKEN") is None


def test_what_tuneyard_alone_uses_is_masked_and_never_given_to_jobs(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.give({"RUNPOD_API_KEY": "rpa_mine_alone", "HF_TOKEN": CANARY})
    monkeypatch.setenv("OTHER_API_KEY", "of_some_other_program")
    assert FOR_US.keys() == {"RUNPOD_API_KEY"}
    assert secrets.for_job() == secrets.all() == {"HF_TOKEN": CANARY}
    assert secrets.to_mask() == {"rpa_mine_alone", CANARY, "of_some_other_program"}


def test_another_secret_stands_in(secrets: Secrets) -> None:
    assert secrets.lacking(FOR_JOBS) == list(FOR_JOBS)
    secrets.give({"HF_TOKEN": CANARY})
    assert secrets.lacking(FOR_JOBS) == ["WANDB_API_KEY"]  # which isn't the Hub's
    assert secrets.covered("HF_WRITE_TOKEN") == "HF_TOKEN"
    assert secrets.covered("HF_TOKEN") is None
    secrets.give({"HF_WRITE_TOKEN": CANARY})
    assert secrets.covered("HF_WRITE_TOKEN") is None
    assert secrets.lacking(["RUNPOD_API_KEY"]) == ["RUNPOD_API_KEY"]


def test_a_profiles_own_value_comes_before_the_common_one(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_WRITE_TOKEN", "hf_common_writes")
    secrets.keep("HF_READ_TOKEN", "hf_common_reads", "file")
    secrets.keep("HF_WRITE_TOKEN", "hf_work_writes", "file", "work")
    assert secrets.get("HF_WRITE_TOKEN", WORK) == "hf_work_writes"
    assert secrets.keeper("HF_WRITE_TOKEN", WORK) == "file"
    assert secrets.get("HF_READ_TOKEN", WORK) == "hf_common_reads"
    assert secrets.get("HF_WRITE_TOKEN") == "hf_common_writes"
    secrets.forget("HF_WRITE_TOKEN", "work")
    assert secrets.get("HF_WRITE_TOKEN") == "hf_common_writes"


def test_the_common_account_never_stands_in_for_a_profiles_own(secrets: Secrets) -> None:
    """The profile's token was in memory, and the server has been started again since."""
    secrets.give({"HF_WRITE_TOKEN": "hf_common_writes", "HF_TOKEN": "hf_common"})
    assert secrets.get("HF_WRITE_TOKEN", WORK) is None
    assert secrets.covered("HF_WRITE_TOKEN", WORK) is None
    assert secrets.lacking(["HF_WRITE_TOKEN", "HF_READ_TOKEN"], WORK) == ["HF_WRITE_TOKEN"]
    # The runner would take HF_TOKEN in its place.
    assert secrets.for_job(WORK) == {"HF_READ_TOKEN": "hf_common", "HF_BASE_TOKEN": "hf_common"}
    assert {"hf_common", "hf_common_writes"} <= secrets.to_mask(WORK)


def test_a_profiles_own_token_for_all_bars_the_common_ones_for_some(secrets: Secrets) -> None:
    secrets.give({"HF_WRITE_TOKEN": "hf_common_writes"})
    secrets.give({"HF_TOKEN": "hf_work"}, "work")
    scope = Scope("work", frozenset({"HF_TOKEN"}))
    assert secrets.for_job(scope) == {"HF_TOKEN": "hf_work"}
    assert secrets.covered("HF_WRITE_TOKEN", scope) == "HF_TOKEN"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("hf_one hf_two", "no-token"),
        ("hf_one\nX-Header: hf_two", "no-token"),
        ("hf_\u200bzero", "no-token"),
        ("a" * 5000, "too-long"),
    ],
)
def test_what_is_no_token_is_refused(secrets: Secrets, value: str, code: str) -> None:
    with pytest.raises(WrongInput) as caught:
        secrets.keep("HF_TOKEN", value, "memory")
    assert (caught.value.code, caught.value.field) == (code, "HF_TOKEN")
    assert secrets.given == {}


def refusal(value: str) -> str:
    try:
        checked("HF_TOKEN", value)
    except WrongInput as wrong:
        return str(wrong.as_json())
    return ""


@given(st.text())
def test_a_refusal_is_the_same_whatever_the_value_is(value: str) -> None:
    """So it never quotes it."""
    assert refusal(value) in {refusal(fixed) for fixed in ("hf_a", "", "a b", "a" * 100_000)}


def test_each_refusal_has_words_of_its_own() -> None:
    assert len({refusal(fixed) for fixed in ("hf_a", "", "a b", "a" * 100_000)}) == 4


def test_a_name_that_nothing_asks_for_is_refused(secrets: Secrets) -> None:
    with pytest.raises(NotFound, match="HF_TOKEM"):
        secrets.keep("HF_TOKEM", CANARY, "memory")
