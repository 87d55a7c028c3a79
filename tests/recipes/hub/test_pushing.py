from pathlib import Path

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import (
    READS,
    STRANGER,
    WRITES,
    assert_fails,
    assert_no_token,
    contents,
    fetch_file,
    push,
)


def test_a_voice_is_pushed_and_pulled_back_equal(there: FakeHub, here: Path) -> None:
    ran = push(there, here, HF_WRITE_TOKEN=WRITES)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    voice = contents(here / "voice")
    assert there.files("alice/voice") == {f"en/{name}": data for name, data in voice.items()}
    assert there.repositories["model", "alice/voice"].private
    assert ran.stdout.splitlines()[-1] == f"Pushed to {there.url}/alice/voice/tree/main/en"
    back = fetch_file(
        there, here, f"{there.url}/alice/voice/blob/main/en/voice.onnx", HF_TOKEN=READS
    )
    path = back.stdout.splitlines()[-1].removeprefix("path ")
    assert (here / path).read_bytes() == voice["voice.onnx"]
    assert_no_token(here, ran, back)


def test_a_second_push_sends_nothing(there: FakeHub, here: Path) -> None:
    push(there, here, HF_TOKEN=WRITES)
    there.asked.clear()

    ran = push(there, here, HF_TOKEN=WRITES)

    assert ran.returncode == 0, ran.stderr
    assert "Nothing new" in ran.stdout
    assert not [asked for asked in there.asked if asked.method == "PUT"]
    assert not there.requests("/commit/")
    assert there.repositories["model", "alice/voice"].messages == ["initial commit", "A voice"]


def test_only_what_changed_is_sent(there: FakeHub, here: Path) -> None:
    push(there, here, HF_TOKEN=WRITES)
    (here / "voice" / "voice.onnx.json").write_text('{"audio": {"quality": "medium"}}')
    there.asked.clear()

    ran = push(there, here, HF_TOKEN=WRITES)

    assert "  en/voice.onnx.json" in ran.stdout.splitlines()
    assert "  en/voice.onnx" not in ran.stdout.splitlines()
    assert not [asked for asked in there.asked if asked.method == "PUT"]
    assert there.files("alice/voice")["en/voice.onnx.json"] == b'{"audio": {"quality": "medium"}}'


def test_a_push_to_the_top_of_a_public_repository(there: FakeHub, here: Path) -> None:
    ran = push(there, here, into="", visibility="public", HF_TOKEN=WRITES)

    assert ran.stdout.splitlines()[-1] == f"Pushed to {there.url}/alice/voice"
    assert there.files("alice/voice") == contents(here / "voice")
    assert not there.repositories["model", "alice/voice"].private


def test_nothing_private_goes_into_a_public_repository(there: FakeHub, here: Path) -> None:
    there.create("model", "alice/voice")

    ran = push(there, here, HF_TOKEN=WRITES)

    assert "nothing was pushed" in assert_fails(ran, "hub-public")
    assert there.files("alice/voice") == {}


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_an_upload_that_breaks_is_sent_again(there: FakeHub, here: Path, reset: bool) -> None:
    there.cut("PUT /large/", 100_000, reset=reset)

    ran = push(there, here, HF_TOKEN=WRITES)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert there.files("alice/voice").keys() == {f"en/{name}" for name in contents(here / "voice")}


@pytest.mark.parametrize(
    ("where", "status"),
    [("/repos/create", 503), ("/preupload/", 429), ("PUT /large/", 503), ("/commit/", 500)],
)
def test_trouble_anywhere_in_a_push_is_waited_out(
    there: FakeHub, here: Path, where: str, status: int
) -> None:
    there.fail(where, status)

    ran = push(there, here, HF_TOKEN=WRITES)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(there.files("alice/voice")) == 3


def test_another_push_at_the_same_moment_is_waited_out(there: FakeHub, here: Path) -> None:
    there.fail("/commit/", 412)

    ran = push(there, here, HF_TOKEN=WRITES)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(there.files("alice/voice")) == 3


@pytest.mark.parametrize(
    ("repository", "env", "code"),
    [
        ("alice/voice", {}, "hub-token"),
        ("alice/voice", {"HF_READ_TOKEN": WRITES}, "hub-token"),
        ("alice/voice", {"HF_WRITE_TOKEN": STRANGER}, "hub-token"),
        ("alice/voice", {"HF_WRITE_TOKEN": READS}, "hub-right"),
        ("alice/there", {"HF_WRITE_TOKEN": READS}, "hub-right"),
        ("bob/voice", {"HF_WRITE_TOKEN": WRITES}, "hub-right"),
        ("voice of mine", {"HF_WRITE_TOKEN": WRITES}, "hub-name"),
    ],
)
def test_a_push_that_is_refused_is_told_in_words(
    there: FakeHub, here: Path, repository: str, env: dict[str, str], code: str
) -> None:
    there.create("model", "alice/there", private=True)

    ran = push(there, here, repository, **env)

    assert "[slept" not in assert_fails(ran, code)
    assert ("model", "alice/voice") not in there.repositories
    assert there.files("alice/there") == {}
    assert_no_token(here, ran)


def test_a_full_account_is_told_in_words(there: FakeHub, here: Path) -> None:
    there.fail("/commit/", 403, times=9, X_Error_Message="Private storage limit reached")

    ran = push(there, here, HF_TOKEN=WRITES)

    assert "alice has no more room" in assert_fails(ran, "hub-quota")
