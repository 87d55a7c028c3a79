import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from fakes.hub import FakeHub
from tuneyard.recipes import hub, hub_problems
from tuneyard.recipes.hub_problems import About

READS, WRITES, STRANGER = "hf_canaryReads", "hf_canaryWrites", "hf_canaryUnknown"

CLIPS = {
    "metadata.csv": b"1.wav|One.\n2.wav|Two.\n",
    "wav/1.wav": os.urandom(30_000),
    "wav/2.wav": os.urandom(2_000_000),
    "notes/deep/a b#c.txt": b"odd name",
    ".hidden/x.txt": b"not wanted",
}
VISIBLE = {name: content for name, content in CLIPS.items() if not name.startswith(".")}

FETCH = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
repository, revision, large, *only = sys.argv[1:]
hub._LARGE = int(large)
try:
    print("commit", hub.fetch_dataset(repository, revision, Path("data"), only=only, tries=3))
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

FETCH_FILE = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
try:
    print("path", hub.fetch_file(sys.argv[1], Path("cache"), secrets=hub.BASE, tries=3))
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

PUSH = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
repository, into, private = sys.argv[1:]
try:
    hub.push_folder(repository, Path("voice"), into, private=private == "private",
                    message="A voice", tries=3)
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

ACCESS = """
import sys
from tuneyard.recipes import hub
repository, kind, secret = sys.argv[1:]
try:
    found = hub.access(repository, kind, secret or None)
    print(int(found.exists), int(found.read), int(found.write), found.sentence)
except hub.HubError as error:
    sys.exit(f"code {error.problem.code}")
"""

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[FakeHub]:
    """A Hub where alice has a public and a private dataset, and a token to read and one to write."""
    with FakeHub(tmp_path / "hub") as there:
        there.token(READS, "alice")
        there.token(WRITES, "alice", writes=True)
        there.add("alice/clips", CLIPS, kind="dataset")
        there.add("alice/own", CLIPS, kind="dataset", private=True)
        yield there


@pytest.fixture
def here(tmp_path: Path) -> Path:
    here = tmp_path / "here"
    (here / "voice" / "samples").mkdir(parents=True)
    (here / "voice" / "voice.onnx").write_bytes(os.urandom(1_000_000))
    (here / "voice" / "voice.onnx.json").write_text('{"audio": {}}')
    (here / "voice" / "samples" / "1.wav").write_bytes(os.urandom(5_000))
    return here


def fetch(
    there: FakeHub,
    here: Path,
    repository: str = "alice/clips",
    *only: str,
    revision: str = "",
    large: int = 10**9,
    **env: str,
) -> Ran:
    return there.python(FETCH, repository, revision, large, *only, cwd=here, **env)


def fetch_file(there: FakeHub, here: Path, address: str, **env: str) -> Ran:
    return there.python(FETCH_FILE, address, cwd=here, **env)


def push(
    there: FakeHub, here: Path, repository: str = "alice/voice", into: str = "en", **env: str
) -> Ran:
    private = env.pop("visibility", "private")
    return there.python(PUSH, repository, into, private, cwd=here, **env)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder that aren't hidden."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not f"/{name}".count("/.")}


def assert_fails(ran: Ran, code: str) -> str:
    """That it ended in words: a problem, a next step, no traceback. Returns the output."""
    assert (ran.returncode, ran.stderr.strip()) == (1, f"code {code}"), ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-2].startswith("Problem: ")
    assert lines[-1].startswith("Next step: ")
    return ran.stdout


def assert_no_token(here: Path, *runs: Ran) -> None:
    """Neither in what was said nor in any file that was written."""
    said = "".join(ran.stdout + ran.stderr for ran in runs)
    written = [path for path in here.rglob("*") if path.is_file()]
    assert written
    assert "hf_canary" not in said
    assert not [path for path in written if b"hf_canary" in path.read_bytes()]


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
    there.cut(_store(CLIPS["wav/2.wav"]), 700_000)

    ran = fetch(there, here, large=large)

    assert ran.returncode == 0, ran.stderr
    assert contents(here / "data") == VISIBLE


def test_a_large_file_goes_on_where_it_broke_off(there: FakeHub, here: Path) -> None:
    there.cut(_store(CLIPS["wav/2.wav"]), 700_000)

    ran = fetch(there, here, large=1_000_000)

    assert ran.returncode == 0, ran.stderr
    assert ranges(there, "wav/2.wav") == [("", 700_000), ("bytes=700000-", 1_300_000)]


def test_the_next_process_goes_on_where_this_one_gave_up(there: FakeHub, here: Path) -> None:
    for after in (700_000, 0, 0):
        there.cut(_store(CLIPS["wav/2.wav"]), after)

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


@pytest.mark.parametrize(
    ("env", "cache"), [({}, "home/cache/hub/hub"), ({"HF_HOME": "users"}, "users/hub")]
)
def test_caches_lie_in_our_home_unless_the_user_has_one(
    there: FakeHub, here: Path, env: dict[str, str], cache: str
) -> None:
    asked = "from tuneyard.recipes import hub; hub._hub(); from huggingface_hub import constants"

    ran = there.python(f"{asked}; print(constants.HF_HUB_CACHE)", cwd=here, **env)

    assert (here / ran.stdout.strip()) == here / cache


def test_a_file_of_the_hub_is_shared_by_jobs(there: FakeHub, here: Path) -> None:
    there.add("alice/base", {"en/a=1.ckpt": CLIPS["wav/2.wav"]})
    there.cut(_store(CLIPS["wav/2.wav"]), 700_000)
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


@pytest.mark.parametrize(
    ("repository", "kind", "token", "answer"),
    [
        ("alice/clips", "dataset", "", "1 1 0 Everybody may read the dataset alice/clips."),
        ("alice/own", "dataset", READS, "1 1 0 This token may read the dataset alice/own."),
        (
            "alice/own",
            "dataset",
            WRITES,
            "1 1 1 This token may read and write to the dataset alice/own.",
        ),
        (
            "alice/own",
            "dataset",
            "",
            "0 0 0 There is no dataset alice/own on the Hub that everybody may see.",
        ),
        (
            "alice/new",
            "model",
            WRITES,
            "0 0 1 There is no model alice/new yet: this token may create it.",
        ),
        (
            "alice/new",
            "model",
            READS,
            "0 0 0 There is no model alice/new on the Hub, or this token may not see it.",
        ),
        (
            "bob/new",
            "model",
            WRITES,
            "0 0 0 There is no model bob/new on the Hub, or this token may not see it.",
        ),
        (
            "alice/gated",
            "dataset",
            "hf_canaryBob",
            "1 0 0 Access to the dataset alice/gated has to be asked for.",
        ),
        (
            "alice/fine",
            "model",
            "hf_canaryFine",
            "0 0 1 There is no model alice/fine yet: this token may create it.",
        ),
        ("alice/clips", "dataset", STRANGER, "code hub-token"),
    ],
)
def test_what_a_token_can_do(
    there: FakeHub, here: Path, repository: str, kind: str, token: str, answer: str
) -> None:
    there.token("hf_canaryBob", "bob")
    there.token("hf_canaryFine", "carol", writes=True, only=("alice",))
    there.add("alice/gated", CLIPS, kind="dataset", gated=True)

    ran = there.python(ACCESS, repository, kind, token, cwd=here)

    assert (ran.stdout + ran.stderr).strip() == answer
    assert {asked.method for asked in there.asked} == {"GET"}


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        ("https://huggingface.co/a/b/resolve/main/c.ckpt", ("model", "a/b")),
        ("https://hf.co/datasets/a/b/blob/main/d/c.ckpt", ("dataset", "a/b")),
        ("https://huggingface.co/a/b", None),
        ("https://huggingface.co.evil.example/a/b/resolve/main/c.ckpt", None),
        ("https://example.org/a/b/resolve/main/c.ckpt", None),
        ("/home/alice/base.ckpt", None),
    ],
)
def test_an_address_of_the_hub_is_known(text: str, repository: tuple[str, str] | None) -> None:
    assert hub.is_address(text) == (repository is not None)
    assert hub.repository_of(text) == repository


def test_what_the_hub_says_is_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "swordfish")
    about = About("a/b", "model", hub.WRITE, with_token=True, writing=True)
    said = "no swordfish, no hf_abcDEF at https://s.example/x?signature=abc, sorry"

    problem = hub_problems.of_answer(418, {}, about, said)

    assert "no *********, no hf_*** at https://s.example/x sorry" in problem.sentence


def test_an_unforeseen_failure_of_the_library_is_told() -> None:
    about = About("a/b", "model", hub.WRITE, with_token=True)

    problem, _ = hub_problems.of_exception(KeyError("surprise\nsecond line"), about)

    assert problem.code == "hub-library"
    assert "KeyError" in problem.sentence


def test_a_failure_beneath_the_library_is_the_network() -> None:
    about = About("a/b", "model", hub.WRITE, with_token=True)
    error = RuntimeError("Error while uploading")
    error.__cause__ = httpx2.ConnectError("refused")

    assert hub_problems.of_exception(error, about)[0].code == "offline"


def test_it_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.wav").write_bytes(b"x" * 1_000_000)
    (tmp_path / "2.wav").write_bytes(b"half")
    asked = threading.Event()

    def news() -> str:
        asked.set()
        return hub._arrived(tmp_path, {"1.wav": 1_000_000, "2.wav": 3_000_000})

    monkeypatch.setattr(hub, "_SPEAK_EVERY", 0.01)
    with hub._speaking(news):
        assert asked.wait(30)

    assert capsys.readouterr().out.startswith("1 of 2 files, 1 of 4.0 MB\n")


def ranges(there: FakeHub, name: str) -> list[tuple[str, int]]:
    """What was asked of the storage for a clip, and the bytes that it sent."""
    return [(asked.range, asked.sent) for asked in there.requests(_store(CLIPS[name]))]


def _store(content: bytes) -> str:
    return f"GET /large/{hashlib.sha256(content).hexdigest()}"
