import hashlib
import os
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import (
    CLIPS,
    FETCH,
    READS,
    STRANGER,
    VISIBLE,
    assert_fails,
    assert_no_token,
    contents,
    fetch,
    fetch_file,
    stored,
)


def test_a_public_dataset_is_pulled(there: FakeHub, here: Path) -> None:
    ran = fetch(there, here)

    assert ran.returncode == 0, ran.stderr
    assert contents(here / "data") == VISIBLE
    commit = there.repositories["dataset", "alice/clips"].refs["main"]
    assert ran.stdout.splitlines()[-1] == f"commit {commit}"
    assert ran.stderr == ""


def test_a_private_dataset_is_pulled_with_the_right_token(there: FakeHub, here: Path) -> None:
    ran = fetch(there, here, "alice/own", HF_READ_TOKEN=READS)

    assert ran.returncode == 0, ran.stderr
    assert contents(here / "data") == VISIBLE
    assert_no_token(here, ran)


def test_the_general_token_does_where_there_is_no_other(there: FakeHub, here: Path) -> None:
    assert fetch(there, here, "alice/own", HF_TOKEN=READS).returncode == 0


def test_the_token_for_reading_goes_before_the_general_one(there: FakeHub, here: Path) -> None:
    ran = fetch(there, here, "alice/own", HF_READ_TOKEN=READS, HF_TOKEN=STRANGER)

    assert ran.returncode == 0, ran.stderr


def test_a_login_of_this_user_is_not_used(there: FakeHub, here: Path) -> None:
    login = here / "home" / "cache" / "hub" / "token"
    login.parent.mkdir(parents=True)
    login.write_text(READS)

    assert_fails(fetch(there, here, "alice/own"), "hub-missing")


def test_only_what_is_wanted_is_fetched(there: FakeHub, here: Path) -> None:
    ran = fetch(there, here, "alice/clips", "*.csv", "wav/1*")

    assert ran.returncode == 0, ran.stderr
    assert sorted(contents(here / "data")) == ["metadata.csv", "wav/1.wav"]
    assert "2 files, 0.0 MB" in ran.stdout


def test_a_revision_is_pulled_as_it_was(there: FakeHub, here: Path) -> None:
    commit = there.tag("alice/clips", "v1", kind="dataset")
    there.add("alice/clips", {"metadata.csv": b"newer"}, kind="dataset")

    ran = fetch(there, here, revision="v1")

    assert ran.stdout.splitlines()[-1] == f"commit {commit}"
    assert contents(here / "data") == VISIBLE


def test_what_is_here_is_not_fetched_again(there: FakeHub, here: Path) -> None:
    fetch(there, here, large=1_000_000)
    there.asked.clear()

    ran = fetch(there, here, large=1_000_000)

    assert ran.returncode == 0, ran.stderr
    assert not [asked for asked in there.asked if "/resolve" in asked.path]


def test_what_changed_there_is_fetched_again(there: FakeHub, here: Path) -> None:
    fetch(there, here, large=1_000_000)
    newer = {"metadata.csv": b"1.wav|Eins.\n", "wav/2.wav": os.urandom(2_000_000)}
    there.add("alice/clips", newer, kind="dataset")
    there.asked.clear()

    fetch(there, here, large=1_000_000)

    assert contents(here / "data") == VISIBLE | newer
    assert len(there.requests("GET /large/")) == 1


@pytest.mark.parametrize("large", [1_000_000, 10**9], ids=["large", "small"])
def test_a_connection_that_breaks_half_way_is_no_harm(
    there: FakeHub, here: Path, large: int
) -> None:
    there.cut(stored(CLIPS["wav/2.wav"]), 700_000)

    ran = fetch(there, here, large=large)

    assert ran.returncode == 0, ran.stderr
    assert contents(here / "data") == VISIBLE


def test_a_large_file_goes_on_where_it_broke_off(there: FakeHub, here: Path) -> None:
    there.cut(stored(CLIPS["wav/2.wav"]), 700_000)

    ran = fetch(there, here, large=1_000_000)

    assert ran.returncode == 0, ran.stderr
    assert ranges(there, "wav/2.wav") == [("", 700_000), ("bytes=700000-", 1_300_000)]


def test_the_next_process_goes_on_where_this_one_gave_up(there: FakeHub, here: Path) -> None:
    for after in (700_000, 0, 0):
        there.cut(stored(CLIPS["wav/2.wav"]), after)

    first = fetch(there, here, "alice/own", large=1_000_000, HF_READ_TOKEN=READS)
    again = fetch(there, here, "alice/own", large=1_000_000, HF_READ_TOKEN=READS)

    assert "what has arrived is kept" in assert_fails(first, "offline")
    assert again.returncode == 0, again.stderr
    assert contents(here / "data") == VISIBLE
    assert ranges(there, "wav/2.wav")[-1] == ("bytes=700000-", 1_300_000)
    assert_no_token(here, first, again)


def test_bursts_of_trouble_are_waited_out(there: FakeHub, here: Path) -> None:
    there.fail("GET /api/datasets/", 502, times=2)
    there.fail("/resolve/", 503, times=2)

    ran = fetch(there, here)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert contents(here / "data") == VISIBLE
    assert "The Hub has trouble of its own (HTTP 502). Trying again in 1 s." in ran.stdout


def test_the_hub_says_how_long_to_wait(there: FakeHub, here: Path) -> None:
    there.fail("GET /api/datasets/", 429, Retry_After="17")
    there.fail("GET /api/datasets/", 429, ratelimit='"api";r=0;t=55')

    ran = fetch(there, here)

    assert ran.returncode == 0, ran.stderr
    assert "[slept 17]" in ran.stdout
    assert "[slept 55]" in ran.stdout


def test_a_wait_of_an_hour_is_told_and_not_waited(there: FakeHub, here: Path) -> None:
    there.fail("GET /api/datasets/", 429, Retry_After="3600")

    said = assert_fails(fetch(there, here), "busy")

    assert "Try again in 60 minutes" in said
    assert "[slept" not in said


def test_a_hub_in_trouble_is_given_up_in_words(there: FakeHub, here: Path) -> None:
    there.fail("GET /api/datasets/", 500, times=99)

    said = assert_fails(fetch(there, here), "busy")

    assert said.count("Trying again") == 2


def test_a_hub_that_stops_answering_leaves_nothing_that_looks_complete(
    there: FakeHub, here: Path
) -> None:
    (here / "data").mkdir()
    there.fail("/resolve/", 500, times=999)

    assert_fails(fetch(there, here), "busy")

    there.faults.clear()
    there.fail("/tree/", 403, times=999)
    assert_fails(fetch(there, here), "hub-right")


def test_no_network_is_told_in_words(there: FakeHub, here: Path) -> None:
    there.__exit__(None, None, None)

    said = assert_fails(fetch(there, here), "offline")

    assert "can't be reached" in said


@pytest.mark.parametrize(
    ("repository", "revision", "token", "code"),
    [
        ("alice/none", "", "", "hub-missing"),
        ("alice/none", "", READS, "hub-missing"),
        ("alice/own", "", "", "hub-missing"),
        ("alice/clips", "", STRANGER, "hub-token"),
        ("alice/clips", "v9", READS, "hub-revision"),
        ("not a name", "", "", "hub-name"),
        ("alice/empty", "", "", "hub-empty"),
    ],
)
def test_a_refusal_is_told_in_words(
    there: FakeHub, here: Path, repository: str, revision: str, token: str, code: str
) -> None:
    there.create("dataset", "alice/empty")

    ran = fetch(there, here, repository, revision=revision, HF_READ_TOKEN=token)

    assert "[slept" not in assert_fails(ran, code)
    assert_no_token(here, ran)


@pytest.mark.parametrize("large", [1, 10**9], ids=["large", "small"])
def test_a_gate_is_told_in_words(there: FakeHub, here: Path, large: int) -> None:
    there.token("hf_canaryBob", "bob")
    there.add("alice/gated", CLIPS, kind="dataset", gated=True)

    ran = fetch(there, here, "alice/gated", large=large, HF_READ_TOKEN="hf_canaryBob")

    said = assert_fails(ran, "hub-gated")
    assert f"Ask for it at {there.url}/datasets/alice/gated" in said


def test_a_disk_that_is_too_small_is_told_before(there: FakeHub, here: Path) -> None:
    small = "import shutil; shutil.disk_usage = lambda _: shutil._ntuple_diskusage(9, 8, 1000)"

    ran = there.python(f"{small}\n{FETCH}", "alice/clips", "", 10**9, cwd=here)

    assert "2.0 MB are still to come" in assert_fails(ran, "disk-full")
    assert not there.requests("/resolve/")


def test_a_large_file_cannot_lie_outside_the_folder(there: FakeHub, here: Path) -> None:
    outside = (here / "voice").resolve()
    (here / "data").mkdir()
    (here / "data" / "wav").symlink_to(outside)

    assert_fails(fetch(there, here, large=1), "unsafe-path")

    assert not (outside / "1.wav").exists()


def test_a_file_of_the_hub_is_shared_by_jobs(there: FakeHub, here: Path) -> None:
    there.add("alice/base", {"en/a=1.ckpt": CLIPS["wav/2.wav"]})
    there.cut(stored(CLIPS["wav/2.wav"]), 700_000)
    address = "https://huggingface.co/alice/base/blob/main/en/a%3D1.ckpt"

    ran = fetch_file(there, here, address)
    there.asked.clear()
    again = fetch_file(there, here, address)

    path = Path(ran.stdout.splitlines()[-1].removeprefix("path "))
    version = hashlib.sha256(CLIPS["wav/2.wav"]).hexdigest()[:16]
    assert path == Path("cache", "alice--base", f"main@{version}", "a=1.ckpt")
    assert (here / path).read_bytes() == CLIPS["wav/2.wav"]
    assert again.stdout == f"path {path}\n"
    assert [asked.method for asked in there.asked] == ["HEAD"]


def test_a_file_of_the_hub_is_used_without_the_hub(there: FakeHub, here: Path) -> None:
    there.add("alice/base", {"a.ckpt": b"old"})
    address = "https://huggingface.co/alice/base/resolve/main/a.ckpt"
    path = fetch_file(there, here, address).stdout.splitlines()[-1]
    there.__exit__(None, None, None)

    ran = fetch_file(there, here, address)

    assert ran.stdout.splitlines()[-1] == path
    assert "Using a.ckpt as it was fetched earlier." in ran.stdout


@pytest.mark.parametrize(
    ("path", "env", "code"),
    [
        ("alice/none/resolve/main/a.ckpt", {}, "hub-missing"),
        ("datasets/alice/own/resolve/main/metadata.csv", {}, "hub-missing"),
        ("datasets/alice/own/resolve/main/none.csv", {"HF_BASE_TOKEN": READS}, "hub-file"),
        ("datasets/alice/own/resolve/v9/a.csv", {"HF_BASE_TOKEN": READS}, "hub-revision"),
        ("datasets/alice/clips/resolve/main/a.csv", {"HF_TOKEN": STRANGER}, "hub-token"),
        ("alice/none", {}, "address"),
    ],
)
def test_a_file_that_cannot_be_had_is_told_in_words(
    there: FakeHub, here: Path, path: str, env: dict[str, str], code: str
) -> None:
    ran = fetch_file(there, here, f"https://huggingface.co/{path}", **env)

    assert_fails(ran, code)
    assert_no_token(here, ran)


def test_a_private_file_comes_with_the_token_for_bases(there: FakeHub, here: Path) -> None:
    address = f"{there.url}/datasets/alice/own/resolve/main/wav/1.wav"

    ran = fetch_file(there, here, address, HF_BASE_TOKEN=READS, HF_TOKEN=STRANGER)

    path = ran.stdout.splitlines()[-1].removeprefix("path ")
    assert (here / path).read_bytes() == CLIPS["wav/1.wav"]
    assert not [asked for asked in there.requests("/large/") if asked.token]
    assert_no_token(here, ran)


def test_a_login_page_in_the_way_is_told(there: FakeHub, here: Path) -> None:
    there.fail("HEAD /", 200, Content_Type="text/html")

    ran = fetch_file(there, here, "https://huggingface.co/alice/base/resolve/main/a.ckpt")

    assert "doesn't answer as the Hugging Face Hub does" in assert_fails(ran, "hub-answer")


def ranges(there: FakeHub, name: str) -> list[tuple[str, int]]:
    """What was asked of the storage for a clip, and the bytes that it sent."""
    return [(asked.range, asked.sent) for asked in there.requests(stored(CLIPS[name]))]
