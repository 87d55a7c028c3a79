"""What a pod fetches from the Hub itself, over loopback from the tests' own."""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from pods_by_hand import JOB as JOB_ID
from pods_by_hand import Answers, Pod, pod
from tuneyard.runner.folder import read_json
from tuneyard.runner.pod.given import Given, Limits
from tuneyard.runner.pod.hub import Hub
from tuneyard.runner.pod.inputs import Input, Store
from tuneyard.runner.pod.making import CannotBegin
from waiting import wait_for

READ = "hf_CANARYFORREADING0123456"
WRITE = "hf_CANARYFORWRITING0123456"
DATA = bytes(range(256)) * 4000
SHA = hashlib.sha256(DATA).hexdigest()
QUICK = Limits(restart=0.01, restart_longest=0.02, record=0.05)
CLIPS = {"repository": "me/clips", "type": "dataset", "revision": "main", "path": "all/clips.zip"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(READ, "somebody", only=())
        hub.token(WRITE, "me", writes=True)
        hub.add("me/clips", {"all/clips.zip": DATA}, kind="dataset", private=True)
        yield hub


def entry(data: bytes = DATA, **more: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    told = {"sha256": sha256, "bytes": len(data), "name": "clips.zip", "kind": "file", "place": ""}
    return {**told, "hub": CLIPS, **more}


def asking(hub: FakeHub, home: Path, **secrets: str) -> tuple[Hub, Store]:
    store = Store(home)
    environ = {"HF_ENDPOINT": f"{hub.url}/", **(secrets or {"HF_TOKEN": WRITE})}
    return Hub(Given({}, environ, ""), store, QUICK), store


def fetched(hub: FakeHub, home: Path, one: dict[str, Any] | None = None, **secrets: str) -> bytes:
    asks, store = asking(hub, home, **secrets)
    wanted = Input.of(one or entry())
    asks.fetch([wanted])
    path = store.path(wanted)
    assert path
    return path.read_bytes()


def refusal(hub: FakeHub, home: Path, one: dict[str, Any], **secrets: str) -> tuple[str, str]:
    with pytest.raises(CannotBegin) as failed:
        fetched(hub, home, one, **secrets)
    return failed.value.cause.code, failed.value.cause.sentence


# -- one file ------------------------------------------------------------------------


def test_a_private_file_goes_on_where_the_connection_broke(hub: FakeHub, home: Path) -> None:
    hub.cut("GET /large/", 300_000)
    hub.cut("GET /large/", 0, reset=True)
    assert fetched(hub, home) == DATA
    ranges = [asked.range for asked in hub.requests("GET /large/")]
    assert ranges == ["", "bytes=300000-", "bytes=300000-"]


def test_the_token_stays_with_the_hub(hub: FakeHub, home: Path) -> None:
    fetched(hub, home)
    assert {asked.token for asked in hub.requests("GET /datasets/")} == {WRITE}
    assert {asked.token for asked in hub.requests("GET /large/")} == {""}


def test_a_small_private_file_is_behind_a_redirect_within_the_hub(hub: FakeHub, home: Path) -> None:
    hub.add("me/clips", {"a list.csv": b"1|One."}, kind="dataset")
    one = entry(b"1|One.", hub={**CLIPS, "path": "a list.csv"})
    assert fetched(hub, home, one) == b"1|One."
    assert {asked.token for asked in hub.requests("resolve-cache")} == {WRITE}


def test_an_empty_file_is_one_as_well(hub: FakeHub, home: Path) -> None:
    hub.add("me/clips", {"none.csv": b""}, kind="dataset")
    assert fetched(hub, home, entry(b"", hub={**CLIPS, "path": "none.csv"})) == b""


def test_the_first_token_that_may_see_it_is_used(hub: FakeHub, home: Path) -> None:
    assert fetched(hub, home, HF_READ_TOKEN=READ, HF_WRITE_TOKEN=WRITE) == DATA
    assert [asked.token for asked in hub.requests("/resolve/")] == [READ, WRITE]


def test_a_secret_that_runpod_doesnt_know_is_no_token(hub: FakeHub, home: Path) -> None:
    unknown = "{{ RUNPOD_SECRET_mine }}"
    assert fetched(hub, home, HF_READ_TOKEN=unknown, HF_TOKEN=WRITE) == DATA
    assert {asked.token for asked in hub.requests("/resolve/")} == {WRITE}


def test_what_is_there_is_gone_on_from(hub: FakeHub, home: Path) -> None:
    part = home / "inputs" / f"{SHA}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA[:1000])
    hub.fail("/resolve/", 503, times=3)
    assert fetched(hub, home) == DATA
    assert hub.requests("GET /large/")[0].range == "bytes=1000-"


def test_what_is_all_there_is_only_verified(hub: FakeHub, home: Path) -> None:
    part = home / "inputs" / f"{SHA}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA)
    assert fetched(hub, home) == DATA
    assert not hub.asked


def test_other_bytes_are_not_taken(hub: FakeHub, home: Path) -> None:
    other = entry(DATA[::-1])
    code, sentence = refusal(hub, home, other)
    assert code == "wrong-bytes"
    assert sentence == (
        "The pod can't have all/clips.zip of me/clips from the Hub: "
        "its checksum is another than it should be."
    )
    assert len(hub.requests("GET /large/")) == 3
    assert not list((home / "inputs").iterdir())


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
def test_a_file_of_another_size_is_another(hub: FakeHub, home: Path, size: int) -> None:
    assert refusal(hub, home, entry(bytes=size))[0] == "wrong-bytes"


def test_a_file_that_isnt_there_is_told(hub: FakeHub, home: Path) -> None:
    gone = entry(hub={**CLIPS, "path": "gone.zip"})
    code, sentence = refusal(hub, home, gone)
    assert code == "hub-refused"
    assert sentence == (
        "The pod can't have gone.zip of me/clips from the Hub: "
        "it isn't there, or the pod's token may not see it (HTTP 404)."
    )


def test_a_gated_repository_is_told(hub: FakeHub, home: Path) -> None:
    hub.add("you/base", {"base.ckpt": DATA}, gated=True)
    base = {"repository": "you/base", "type": "model", "revision": "main", "path": "base.ckpt"}
    code, sentence = refusal(hub, home, entry(hub=base))
    assert code == "hub-refused"
    assert "the pod's token may not see it (HTTP 403)" in sentence


def test_a_disk_that_is_too_small_is_told(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuneyard.runner.pod.inputs._SPARE", 1 << 60)
    code, sentence = refusal(hub, home, entry())
    assert code == "disk-full"
    assert sentence.startswith("The pod's disk is too small: clips.zip needs 0.0 GB more")


# -- what was pushed before ----------------------------------------------------------

JOB: dict[str, Any] = {
    "id": JOB_ID,
    "results": {"repository": "me/voice", "folder": "first"},
}
CHECKPOINT = "work/train/epoch-2.ckpt"


def record(job: str = JOB_ID, **more: Any) -> bytes:
    stored = {"path": "first/checkpoints/epoch-2.ckpt", "bytes": len(DATA), "sha256": SHA}
    told = {"format": 1, "job": job, "state": "training", "checkpoint": {CHECKPOINT: stored}}
    return json.dumps({**told, "files": {}, **more}).encode()


def push(hub: FakeHub, told: bytes) -> None:
    files = {"first/tuneyard.json": told, "first/checkpoints/epoch-2.ckpt": DATA}
    hub.add("me/voice", files, private=True)


def test_the_checkpoint_of_the_own_record_becomes_an_input(hub: FakeHub, home: Path) -> None:
    asks, _ = asking(hub, home)
    assert asks.checkpoint(JOB) == []  # there is no repository yet
    push(hub, record())
    (found,) = asks.checkpoint(JOB)
    assert found == {
        "sha256": SHA,
        "bytes": len(DATA),
        "name": "epoch-2.ckpt",
        "kind": "file",
        "place": CHECKPOINT,
        "hub": {
            "repository": "me/voice",
            "type": "model",
            "revision": "main",
            "path": "first/checkpoints/epoch-2.ckpt",
        },
    }
    assert fetched(hub, home, found) == DATA


@pytest.mark.parametrize(
    "told",
    [
        record(job="another"),
        record(checkpoint={}),
        record(checkpoint={"runner.pyz": {"path": "x", "bytes": 1, "sha256": SHA}}),
        record(checkpoint={"work/.tuneyard/x": {"path": "x", "bytes": 1, "sha256": SHA}}),
        record(checkpoint={"work/../x": {"path": "x", "bytes": 1, "sha256": SHA}}),
        record(checkpoint=[1]),
        b"[]",
        b"{",
        b"\xff\xfe",
    ],
)
def test_a_record_that_isnt_ours_is_passed_over(hub: FakeHub, home: Path, told: bytes) -> None:
    push(hub, told)
    assert asking(hub, home)[0].checkpoint(JOB) == []


def test_a_hub_in_trouble_is_asked_again_for_a_while(hub: FakeHub, home: Path) -> None:
    push(hub, record())
    hub.fail("/resolve/", 503, times=2)
    asks, _ = asking(hub, home)
    asks._limits = replace(QUICK, record=60)
    assert len(asks.checkpoint(JOB)) == 1
    hub.fail("/resolve/", 503, times=10_000)
    with pytest.raises(OSError, match="503"):
        asking(hub, home)[0].checkpoint(JOB)


# -- in a pod ------------------------------------------------------------------------

# Goes on from the checkpoint of epoch 2 if it is there.
TRAIN = (
    "mkdir -p train; if [ -e train/epoch-2.ckpt ]; then cp train/epoch-2.ckpt ../outputs/; exit 0; "
    "fi; touch begun; while [ ! -e go ]; do sleep 0.02; done"
)


def given(hub: FakeHub) -> dict[str, str]:
    return {"HF_ENDPOINT": hub.url, "HF_WRITE_TOKEN": WRITE}


def part(here: Pod) -> int:
    path = here.root / "tuneyard" / "inputs" / f"{SHA}.part"
    return path.stat().st_size if path.exists() else 0


def test_a_pod_fetches_its_input_and_goes_on_after_a_restart(hub: FakeHub, tmp_path: Path) -> None:
    hub.cut("GET /large/", 300_000)
    hub.cut("GET /large/", 0, times=100_000)
    settings = {"train": "cp ../../../inputs/*/clips.zip ../outputs/"}
    job = {"inputs": [entry()]}
    with pod(tmp_path / "pod", settings, job=job, environ=given(hub)) as here:
        here.boot()
        here.says("Waits for clips.zip from the Hub.")
        assert here.state()["waiting"] == {"for": "inputs", "names": ["clips.zip"]}
        wait_for(lambda: part(here) == 300_000)
        with here.client() as client:
            told = client.get("/job").json()["inputs"]
        assert told == {SHA: {"have": 300_000, "bytes": len(DATA), "done": False}}
        here.kill()
        hub.faults.clear()
        before = len(hub.asked)
        here.boot()
        here.reaches("succeeded")
        assert (here.folder.outputs / "clips.zip").read_bytes() == DATA
        assert WRITE not in here.output
    later = [asked for asked in hub.asked[before:] if asked.path.startswith("/large/")]
    assert [asked.range for asked in later] == ["bytes=300000-"]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (entry(hub={**CLIPS, "path": "gone.zip"}), "hub-refused"),
        (entry(hub={**CLIPS, "repository": "me/nowhere"}), "hub-refused"),
        (entry(DATA[::-1]), "wrong-bytes"),
    ],
)
def test_what_cant_be_fetched_fails_the_job(
    hub: FakeHub, tmp_path: Path, one: dict[str, Any], code: str
) -> None:
    answers = Answers()
    with pod(
        tmp_path / "pod",
        {"train": TRAIN},
        answers=answers,
        job={"inputs": [one]},
        environ=given(hub),
    ) as here:
        here.boot()
        state = here.reaches("failed")
        assert state["cause"]["code"] == code
        here.says(state["cause"]["sentence"])
        wait_for(lambda: answers.asked, what="the pod's end")


def test_a_hub_that_gives_nothing_ends_the_pod_in_words(hub: FakeHub, tmp_path: Path) -> None:
    hub.fail("/resolve/", 503, times=100_000)
    with pod(
        tmp_path / "pod",
        {"train": TRAIN},
        job={"inputs": [entry()]},
        environ=given(hub),
        limits={"hub": 2.0},
    ) as here:
        here.boot()
        cause = here.reaches("failed")["cause"]
    assert cause["code"] == "hub-unreached"
    assert cause["sentence"] == "The Hub gave nothing of clips.zip for 2 s: HTTP 503."


def test_a_job_that_is_stopped_doesnt_wait_for_the_hub(hub: FakeHub, tmp_path: Path) -> None:
    hub.cut("GET /large/", 0, times=100_000)
    job = {"inputs": [entry()]}
    with pod(tmp_path / "pod", {"train": TRAIN}, job=job, environ=given(hub)) as here:
        here.boot()
        here.says("Waits for clips.zip")
        here.folder.stop.write_text("save\n")
        here.reaches("stopped")


def test_a_wiped_disk_goes_on_from_the_pushed_checkpoint(hub: FakeHub, tmp_path: Path) -> None:
    results = JOB["results"]
    with pod(tmp_path / "pod", {"train": TRAIN}, results=results, environ=given(hub)) as here:
        here.boot()
        wait_for((here.folder.work / "begun").exists)
        push(hub, record())
        here.kill()
        shutil.rmtree(here.root / "tuneyard")
        here.boot()
        here.reaches("succeeded")
        assert (here.folder.outputs / "epoch-2.ckpt").read_bytes() == DATA
        here.says("The job goes on from the checkpoint that it pushed last.")
        assert here.folder.attempts() == [1]
        (kept,) = read_json(here.folder.job)["inputs"]
        assert kept["place"] == CHECKPOINT  # so a script finds it as well
        assert not here.events("warning")


def test_another_jobs_record_is_passed_over(hub: FakeHub, tmp_path: Path) -> None:
    push(hub, record(job="another"))
    results = JOB["results"]
    with pod(tmp_path / "pod", {"train": TRAIN}, results=results, environ=given(hub)) as here:
        here.boot()
        wait_for((here.folder.work / "begun").exists)
        assert not (here.folder.path / CHECKPOINT).exists()
        assert read_json(here.folder.job)["inputs"] == []
        assert not here.events("warning")


@pytest.mark.parametrize(("itself", "seen"), [(False, "epoch-3"), (True, "epoch-2")])
def test_a_checkpoint_from_home_comes_before_what_other_pods_pushed(
    hub: FakeHub, tmp_path: Path, seen: str, *, itself: bool
) -> None:
    push(hub, record(pod="another"))
    hub.add("me/voice", {"newer.ckpt": b"newer"})
    newer = {"repository": "me/voice", "type": "model", "revision": "main", "path": "newer.ckpt"}
    one = entry(b"newer", name="x.ckpt", place="work/train/epoch-3.ckpt", hub=newer)
    script = f"ls train > ../outputs/seen; {TRAIN}"
    with pod(
        tmp_path / "pod",
        {"train": script},
        job={"inputs": [one]},
        results=JOB["results"],
        environ=given(hub),
    ) as here:
        if itself:
            push(hub, record(pod=here.environ["RUNPOD_POD_ID"]))
        here.boot()
        found = here.folder.outputs / "seen"
        wait_for(lambda: found.exists() and found.read_text())
        assert found.read_text() == f"{seen}.ckpt\n"


@pytest.mark.parametrize("trouble", ["no hub", "gone", "other bytes"])
def test_without_the_pushed_checkpoint_the_job_begins_and_says_so(
    hub: FakeHub, tmp_path: Path, trouble: str
) -> None:
    push(hub, record())
    if trouble == "gone":
        hub.commit(
            hub.repositories["model", "me/voice"], {}, ["first/checkpoints/epoch-2.ckpt"], "Gone"
        )
    elif trouble == "other bytes":
        hub.add("me/voice", {"first/checkpoints/epoch-2.ckpt": DATA[::-1]})
    else:
        hub.fail("/resolve/", 503, times=100_000)
    with pod(
        tmp_path / "pod",
        {"train": TRAIN},
        results=JOB["results"],
        environ=given(hub),
        limits={"record": 0.3},
    ) as here:
        here.boot()
        wait_for((here.folder.work / "begun").exists)
        (warning,) = here.events("warning")
        codes = {"no hub": "hub-unreached", "gone": "hub-refused", "other bytes": "wrong-bytes"}
        assert warning["cause"]["code"] == codes[trouble]
        assert read_json(here.folder.job)["inputs"] == []


def test_two_that_fetch_the_same_do_no_harm(hub: FakeHub, home: Path) -> None:
    asks, store = asking(hub, home)
    wanted = Input.of(entry())
    both = [threading.Thread(target=asks.fetch, args=([wanted],)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    path = store.path(wanted)
    assert path
    assert path.read_bytes() == DATA
