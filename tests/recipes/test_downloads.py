import errno
import hashlib
import http.client
import os
import shutil
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from fakes.hub import FakeHub, Fault
from ports import closed_port
from tuneyard.recipes.downloads import DownloadError, download, head, part, words

CONTENT = os.urandom(3_000_000)
SUM = hashlib.sha256(CONTENT).hexdigest()
CUT = 1_200_000
TOKEN = {"Authorization": "Bearer hf_canary"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token("hf_canary", "alice")
        hub.add("alice/base", {"a.ckpt": CONTENT, "a.txt": b"text"})
        hub.add("alice/own", {"a.ckpt": CONTENT, "a.txt": b"text"}, private=True)
        yield hub


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "a.ckpt"


def large(hub: FakeHub, name: str = "base") -> str:
    return f"{hub.url}/alice/{name}/resolve/main/a.ckpt"


def small(hub: FakeHub, name: str = "base") -> str:
    return f"{hub.url}/alice/{name}/resolve/main/a.txt"


def ranges(hub: FakeHub) -> list[tuple[str, int]]:
    """What was asked of the storage, and the bytes that it sent."""
    return [(asked.range, asked.sent) for asked in hub.requests("GET /large/")]


def break_off(hub: FakeHub, target: Path) -> None:
    """Leaves a part, as a job does that is killed on the way."""
    hub.cut("GET /large/", CUT)
    with pytest.raises(DownloadError):
        download(large(hub), target, tries=1)
    assert target.with_name("a.ckpt.part").stat().st_size == CUT


def test_a_file_arrives_whole_and_leaves_nothing_else(hub: FakeHub, target: Path) -> None:
    assert download(large(hub), target, sha256=SUM, size=len(CONTENT)) == target

    assert target.read_bytes() == CONTENT
    assert sorted(path.name for path in target.parent.iterdir()) == [".a.ckpt.lock", "a.ckpt"]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_connection_that_breaks_is_gone_on_with(
    hub: FakeHub, target: Path, slept: list[float], reset: bool
) -> None:
    hub.cut("GET /large/", CUT, reset=reset)

    download(large(hub), target)

    assert target.read_bytes() == CONTENT
    assert len(slept) == 1
    (_, first), (again, rest) = ranges(hub)
    assert first == CUT
    kept = int(again.removeprefix("bytes=").removesuffix("-") or 0)
    assert rest == len(CONTENT) - kept
    assert kept == CUT or reset  # a reset may also take what was on its way


def test_the_next_process_asks_for_the_rest_alone(hub: FakeHub, target: Path) -> None:
    break_off(hub, target)

    download(large(hub), target, sha256=SUM)

    assert target.read_bytes() == CONTENT
    assert ranges(hub)[1:] == [(f"bytes={CUT}-", len(CONTENT) - CUT)]
    assert not list(target.parent.glob("*.part*"))


def test_a_file_that_changed_meanwhile_is_fetched_whole(hub: FakeHub, target: Path) -> None:
    break_off(hub, target)
    newer = os.urandom(2_000_000)
    hub.add("alice/base", {"a.ckpt": newer})

    download(large(hub), target)

    assert target.read_bytes() == newer
    assert ranges(hub)[1:] == [(f"bytes={CUT}-", len(newer))]


@pytest.mark.usefixtures("slept")
def test_a_host_that_ignores_if_range_gives_no_mixture(hub: FakeHub, target: Path) -> None:
    break_off(hub, target)
    answer = {"ETag": '"another"', "Content-Range": f"bytes {CUT}-{CUT + 1}/{CUT + 2}"}
    hub.faults.append(Fault("GET /large/", status=206, headers=answer))

    download(large(hub), target)

    assert target.read_bytes() == CONTENT
    assert ranges(hub)[2:] == [("", len(CONTENT))]


def test_a_part_of_nobody_knows_what_is_not_used(hub: FakeHub, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("a.ckpt.part").write_bytes(b"something else")

    download(large(hub), target)

    assert target.read_bytes() == CONTENT
    assert ranges(hub) == [("", len(CONTENT))]


def test_a_spoiled_part_is_told_by_the_checksum(hub: FakeHub, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("a.ckpt.part").write_bytes(b"x" * CUT)

    download(large(hub), target, sha256=SUM)

    assert target.read_bytes() == CONTENT
    assert [asked for asked, _ in ranges(hub)] == [f"bytes={CUT}-", ""]


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_part_that_is_complete_costs_no_bytes(
    hub: FakeHub, target: Path, size: int | None
) -> None:
    target.parent.mkdir()
    target.with_name("a.ckpt.part").write_bytes(CONTENT)

    download(large(hub), target, sha256=SUM, size=size)

    assert target.read_bytes() == CONTENT
    assert sum(sent for _, sent in ranges(hub)) == 0


def test_a_part_that_is_too_long_is_dropped(hub: FakeHub, target: Path, slept: list[float]) -> None:
    target.parent.mkdir()
    target.with_name("a.ckpt.part").write_bytes(CONTENT + b"more")

    download(large(hub), target, sha256=SUM)

    assert target.read_bytes() == CONTENT
    assert len(slept) == 1


def test_a_file_that_is_there_is_left_alone(hub: FakeHub, target: Path) -> None:
    download(large(hub), target)
    hub.asked.clear()

    download(large(hub), target, sha256=SUM, size=len(CONTENT))

    assert hub.asked == []


def test_a_file_that_was_spoiled_is_fetched_again(hub: FakeHub, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"x" * len(CONTENT))

    download(large(hub), target, sha256=SUM, size=len(CONTENT))

    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("promise", [{"sha256": "0" * 64}, {"size": 5}])
def test_other_bytes_than_promised_never_become_the_file(
    hub: FakeHub, target: Path, promise: dict[str, str]
) -> None:
    with pytest.raises(DownloadError) as caught:
        download(large(hub), target, **promise)  # type: ignore[arg-type]

    assert caught.value.problem.code == "wrong-bytes"
    assert not target.exists()
    assert len(ranges(hub)) == 1


def test_an_empty_file_is_a_file(hub: FakeHub, target: Path) -> None:
    hub.add("alice/base", {"empty.txt": b""})

    download(f"{hub.url}/alice/base/resolve/main/empty.txt", target, size=0)

    assert target.read_bytes() == b""


def test_two_jobs_share_one_download(hub: FakeHub, target: Path) -> None:
    jobs = [
        threading.Thread(target=download, args=(large(hub), target), kwargs={"sha256": SUM})
        for _ in range(2)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()

    assert target.read_bytes() == CONTENT
    assert ranges(hub) == [("", len(CONTENT))]


def test_trouble_of_the_host_is_waited_out(
    hub: FakeHub, target: Path, slept: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    hub.fail("GET /large/", 503, times=2)

    download(large(hub), target)

    assert target.read_bytes() == CONTENT
    assert slept == [1, 2]
    assert "has trouble of its own (HTTP 503). Trying again in 2 s." in capsys.readouterr().out


def test_the_host_says_how_long_to_wait(hub: FakeHub, target: Path, slept: list[float]) -> None:
    hub.fail("GET /alice/base/", 429, Retry_After="7")
    hub.fail("GET /alice/base/", 429, Retry_After=formatdate(time.time() + 50, usegmt=True))

    download(large(hub), target)

    assert slept[0] == 7
    assert 1 < slept[1] <= 50


def test_a_wait_of_an_hour_is_told_and_not_waited(
    hub: FakeHub, target: Path, slept: list[float]
) -> None:
    hub.fail("GET /alice/base/", 429, Retry_After="3600")

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target)

    assert caught.value.problem.code == "busy"
    assert "60 minutes" in caught.value.problem.next_step
    assert slept == []


def test_tries_are_bounded(hub: FakeHub, target: Path, slept: list[float]) -> None:
    hub.fail("GET /large/", 500, times=99)

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target, tries=4)

    assert caught.value.problem.code == "busy"
    assert slept == [1, 2, 4]


@pytest.mark.usefixtures("slept")
def test_tries_are_counted_anew_while_it_gets_on(hub: FakeHub, target: Path) -> None:
    hub.cut("GET /large/", CUT, times=2)

    download(large(hub), target, tries=2)

    assert target.read_bytes() == CONTENT


def test_tries_end_where_nothing_new_comes(hub: FakeHub, target: Path, slept: list[float]) -> None:
    hub.cut("GET /large/", 10, times=99)

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target, tries=3)

    assert caught.value.problem.sentence == "The connection to 127.0.0.1 broke."
    assert len(slept) == 2


def test_nobody_there_is_offline(target: Path, slept: list[float]) -> None:
    with closed_port() as port, pytest.raises(DownloadError) as caught:
        download(f"http://127.0.0.1:{port}/a.ckpt", target, tries=3)

    assert caught.value.problem.code == "offline"
    assert caught.value.problem.sentence == "127.0.0.1 can't be reached."
    assert len(slept) == 2


@pytest.mark.parametrize(("status", "code"), [(403, "refused"), (404, "missing"), (410, "missing")])
def test_a_refusal_is_not_asked_twice(
    hub: FakeHub, target: Path, slept: list[float], status: int, code: str
) -> None:
    hub.fail("GET /alice/base/", status, X_Error_Code="Why")

    with pytest.raises(DownloadError) as caught:
        download(f"{large(hub)}?signature=secret", target)

    assert (caught.value.problem.code, caught.value.status) == (code, status)
    assert caught.value.headers["X-Error-Code"] == "Why"
    assert "secret" not in str(caught.value)
    assert slept == []


def test_a_token_stays_with_its_origin(hub: FakeHub, target: Path) -> None:
    download(large(hub, "own"), target, TOKEN)

    assert target.read_bytes() == CONTENT
    assert [asked.token for asked in hub.asked] == ["hf_canary", ""]


def test_a_token_goes_along_within_its_origin(hub: FakeHub, target: Path) -> None:
    download(small(hub, "own"), target, TOKEN)

    assert target.read_bytes() == b"text"
    assert [asked.token for asked in hub.asked] == ["hf_canary", "hf_canary"]


def test_a_token_is_in_no_file_and_no_line(
    hub: FakeHub, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.cut("GET /large/", CUT)
    with pytest.raises(DownloadError) as caught:
        download(large(hub, "own"), target, TOKEN, tries=1)

    said = "".join(capsys.readouterr()) + str(caught.value)
    written = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(written) == 3
    assert not any(b"hf_canary" in path.read_bytes() for path in written)
    assert "hf_canary" not in said


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_a_redirect_to_another_kind_of_place_is_not_followed(
    hub: FakeHub, target: Path, location: str
) -> None:
    hub.fail("GET /alice/base/", 302, Location=location)

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target)

    assert caught.value.problem.code == "address"
    assert not target.exists()


def test_every_redirect_there_is_is_followed(hub: FakeHub, target: Path) -> None:
    for status in (301, 302, 303, 307, 308):
        hub.fail("GET /alice/base/", status, Location=f"{large(hub)}?after={status}")

    download(large(hub), target)

    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/b", "here.ckpt", "https:///a"]
)
def test_only_http_addresses_are_downloaded(target: Path, url: str) -> None:
    with pytest.raises(DownloadError) as caught:
        download(url, target)

    assert caught.value.problem.code == "address"


def test_an_address_with_a_password_is_refused_without_repeating_it(target: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        download("https://alice:hunter2@a.example/b.ckpt", target)

    assert "hunter2" not in str(caught.value)


def test_a_disk_that_is_too_small_is_told_before(
    hub: FakeHub, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target)

    assert caught.value.problem.code == "disk-full"
    assert "3.0 MB are still to come" in caught.value.problem.sentence
    assert "1.0 MB left" in caught.value.problem.sentence


def test_a_disk_that_fills_on_the_way_is_told(
    hub: FakeHub, target: Path, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(DownloadError) as caught:
        download(large(hub), target)

    assert caught.value.problem.code == "disk-full"
    assert slept == []


def test_a_folder_that_cannot_be_made_is_told(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DownloadError) as caught:
        download(large(hub), tmp_path / "file" / "a.ckpt")

    assert caught.value.problem.code == "folder"


def test_progress_is_said_in_lines(
    hub: FakeHub,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(part, "_SPEAK_EVERY", 0)

    download(large(hub), target)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 3
    assert lines[0].startswith("1 of 3.0 MB, ")
    assert all(line.endswith(" s left") for line in lines)


def test_head_stays_within_the_origin(hub: FakeHub) -> None:
    facts = head(large(hub, "own"), TOKEN)

    assert facts["X-Linked-ETag"] == f'"{SUM}"'
    assert facts["X-Linked-Size"] == str(len(CONTENT))
    assert not hub.requests("/large/")


def test_head_follows_within_the_origin(hub: FakeHub) -> None:
    assert head(small(hub))["Content-Length"] == "4"


def test_head_is_patient_too(hub: FakeHub, slept: list[float]) -> None:
    hub.fail("HEAD ", 502)

    assert "X-Repo-Commit" in head(large(hub))
    assert slept == [1]


def test_a_note_that_is_damaged_is_no_note(hub: FakeHub, target: Path) -> None:
    break_off(hub, target)
    target.with_name("a.ckpt.part.version").write_bytes(b"\xff\r\nX: y")

    download(large(hub), target)

    assert target.read_bytes() == CONTENT
    assert ranges(hub)[1:] == [("", len(CONTENT))]


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (
            urllib.error.URLError(ssl.SSLCertVerificationError("self-signed")),
            "The certificate of a.example can't be verified.",
            "certificate",
        ),
        (urllib.error.URLError(TimeoutError()), "a.example doesn't answer.", "offline"),
        (TimeoutError(), "a.example doesn't answer.", "offline"),
        (http.client.IncompleteRead(b""), "The connection to a.example broke.", "offline"),
    ],
)
def test_what_the_network_does_is_told_in_words(error: Exception, sentence: str, code: str) -> None:
    told = words.trouble(error, "https://a.example/b.ckpt")

    assert (told.problem.sentence, told.problem.code) == (sentence, code)
    assert told.passing == (code == "offline")
