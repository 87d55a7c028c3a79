"""A job that begins again from a checkpoint that only home has, with its pod as real processes."""

import hashlib
import json
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faces import TOKEN, pods_folder, served
from pods_by_hand import Answers, Pod, pod
from tuneyard.runner.folder import JobFolder, append_line, read_json, write_json
from tuneyard.runner.pod import begin_again, inputs
from tuneyard.runner.pod.face import Face
from tuneyard.runner.states import State
from waiting import wait_for

DATA = bytes(range(256)) * 1000
PLACE = "work/train/epoch-7.ckpt"

# From the start it gets to epochs 9 and 10, and tells of the first alone: the newest by name, by
# time and by events is never the one from home. From that it goes on, and ends.
TRAIN = """
mkdir -p train; ls train > ../outputs/seen
if [ -e train/epoch-7.ckpt ]; then cp train/epoch-7.ckpt ../outputs/; exit 0; fi
echo new > train/epoch-9.ckpt; echo new > train/epoch-10.ckpt; echo keep > train/cache
echo '{"event": "checkpoint", "path": "train/epoch-9.ckpt", "step": 9}' >> events.jsonl
touch begun; while [ ! -e go ]; do sleep 0.02; done
"""
SETTINGS = {"train": TRAIN, "ready": "echo once >> ready"}


def entry(data: bytes = DATA, place: str = PLACE) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    name = place.rpartition("/")[2]
    return {"sha256": sha256, "bytes": len(data), "name": name, "kind": "file", "place": place}


def ask(here: Pod, one: dict[str, Any] | None = None) -> int:
    with here.client() as client:
        return client.post("/again", json={"inputs": [one or entry()]}).status_code


def send(here: Pod, data: bytes = DATA) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    with here.client() as client:
        assert client.put(f"/inputs/{sha256}?offset=0", content=data).json()["done"]


def training(here: Pod) -> None:
    """Waits until it trains from the start, and has told of a checkpoint."""
    wait_for((here.folder.work / "begun").exists, what="the training")
    wait_for(lambda: here.events("checkpoint"), what="a checkpoint")


def waits(here: Pod) -> None:
    names = {"for": "inputs", "names": ["epoch-7.ckpt"]}
    wait_for(lambda: here.state().get("waiting") == names, what="waiting for the checkpoint")


def went_on(here: Pod, seen: str = "cache\nepoch-7.ckpt\n") -> None:
    here.reaches("succeeded")
    assert (here.folder.outputs / "epoch-7.ckpt").read_bytes() == DATA
    assert (here.folder.outputs / "seen").read_text() == seen
    assert (here.folder.work / "ready").read_text() == "once\n"  # what was done isn't done again
    assert not list(here.folder.path.glob("pod.again*"))
    states = [event["state"] for event in here.events("state")]
    assert "stopped" not in states
    assert "failed" not in states


# -- its way -------------------------------------------------------------------------


def test_a_job_goes_on_from_what_home_sends(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        assert ask(here) == 204
        waits(here)
        with here.client() as client:
            job = client.get("/job").json()
        assert job["ended"] is False
        assert job["state"]["state"] == "queued"
        assert job["inputs"] == {entry()["sha256"]: {"have": 0, "bytes": len(DATA), "done": False}}
        assert (here.folder.work / "train" / "epoch-9.ckpt").exists()  # until there is another
        send(here)
        went_on(here)
        assert here.state()["attempt"] == 2
        assert [event["attempt"] for event in here.events("attempt")] == [1, 2]
        assert [event["names"] for event in here.events("again")] == [["epoch-7.ckpt"]]
        assert not here.folder.stop.exists()


def test_nothing_of_the_job_runs_while_it_waits(tmp_path: Path) -> None:
    script = f"trap '' TERM; {TRAIN}"
    with pod(tmp_path, {**SETTINGS, "train": script}) as here:
        here.boot()
        training(here)
        before = here.state()
        assert ask(here) == 204
        waits(here)
        pids = [before[who]["pid"] for who in ("runner", "wrapper", "command")]
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), what="their end")
        send(here)
        went_on(here)


def test_a_wiped_disk_with_the_checkpoint_at_home(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        here.kill()
        shutil.rmtree(here.root / "tuneyard")
        here.boot()
        training(here)
        assert ask(here) == 204
        send(here)  # at once: the face takes it as soon as it was asked for
        went_on(here)


def test_a_job_that_waits_for_its_data_waits_for_both(tmp_path: Path) -> None:
    data = {**entry(b"wav", ""), "name": "clip.wav"}
    with pod(tmp_path, SETTINGS, job={"inputs": [data]}) as here:
        here.boot()
        here.says("Waits for clip.wav from home.")
        assert ask(here) == 204
        here.says("Waits for clip.wav, epoch-7.ckpt from home.")
        send(here)
        send(here, b"wav")
        went_on(here, seen="epoch-7.ckpt\n")
        assert here.state()["attempt"] == 1  # the first hadn't begun


# -- twice, too late, nonsense -------------------------------------------------------


def test_the_same_once_more_changes_nothing(tmp_path: Path) -> None:
    script = f"{TRAIN.replace('exit 0', 'touch again; while [ ! -e go ]; do sleep 0.02; done')}"
    with pod(tmp_path, {**SETTINGS, "train": script}) as here:
        here.boot()
        training(here)
        for _ in range(3):
            assert ask(here) == 204
        waits(here)
        send(here)
        wait_for((here.folder.work / "again").exists)
        assert ask(here) == 204
        assert not begin_again.asked_for(here.folder)
        (here.folder.work / "go").touch()
        here.reaches("succeeded")
        assert here.state()["attempt"] == 2


def test_another_one_replaces_it(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        assert ask(here, entry(b"older", "work/train/epoch-6.ckpt")) == 204
        wait_for(lambda: here.state().get("waiting"))
        assert ask(here) == 204
        waits(here)
        send(here)
        went_on(here)
        assert here.state()["attempt"] == 2


def test_a_job_that_has_ended_doesnt_begin_again(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "true"}, answers=answers) as here:
        here.boot()
        here.says("Waits for its results")
        with here.client() as client:
            answer = client.post("/again", json={"inputs": [entry()]})
        assert (answer.status_code, answer.json()["code"]) == (409, "already-ended")
        # Had it ended a moment later:
        begin_again.ask(here.folder, [entry()])
        here.kill()
        here.boot()
        here.says("it doesn't begin again")
        assert here.state()["state"] == "succeeded"
        assert not list(here.folder.path.glob("pod.again*"))
        here.collected()
        wait_for(lambda: answers.asked, what="the pod's end")


def test_what_is_finishing_is_let_finish(tmp_path: Path) -> None:
    settings = {"train": "true", "export": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}
    with pod(tmp_path, settings) as here:
        here.boot()
        wait_for((here.folder.work / "begun").exists)
        here.reaches("finishing")
        assert ask(here) == 409
        begin_again.ask(here.folder, [entry()])  # as if it had been training a moment ago
        here.says("it doesn't begin again")
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")["attempt"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inputs": []},
        {"inputs": [1]},
        {"inputs": [{}]},
        {"inputs": [entry(place="")]},
        {"inputs": [entry(place="../x")]},
        {"inputs": [entry(place="/etc/x")]},
        {"inputs": [{**entry(), "sha256": "x"}]},
    ],
)
def test_nonsense_is_refused(home: Path, body: dict[str, Any]) -> None:
    folder = pods_folder(home, state=State.TRAINING)
    with served(folder) as client:
        answer = client.post("/again", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "inputs")
    assert not begin_again.wanted(folder)


def test_an_input_of_the_hub_is_not_taken_from_home(home: Path) -> None:
    source = {"repository": "me/clips", "type": "dataset", "revision": "main", "path": "x"}
    folder = pods_folder(home, inputs=[{**entry(place=""), "hub": source}])
    with served(folder) as client:
        answer = client.put(f"/inputs/{entry()['sha256']}?offset=0", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (409, "from-hub")


# -- stops and kills -----------------------------------------------------------------


def test_a_job_that_is_to_stop_stops(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        assert ask(here) == 204
        waits(here)
        with here.client() as client:
            client.post("/stop", json={"how": "save"})
        here.reaches("stopped")
        here.says("Waits for its results")


def test_a_container_that_is_stopped_meanwhile_waits_on(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        assert ask(here) == 204
        waits(here)
        here.container.send_signal(signal.SIGTERM)
        here.says("The container is being stopped")
        here.kill()
        here.boot()
        send(here)
        went_on(here)


def test_a_guard_that_was_killed_alone_ends_the_runner_it_finds(tmp_path: Path) -> None:
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        here.container.kill()
        here.container.wait()
        begin_again.ask(here.folder, [entry()])
        here.boot()
        waits(here)
        send(here)
        went_on(here)


@pytest.mark.parametrize("moment", ["asked", "taken", "waiting", "sent"])
def test_a_pod_that_is_killed_begins_with_it_again(tmp_path: Path, moment: str) -> None:
    reached: dict[str, Callable[[Pod], Any]] = {
        "asked": lambda _: None,
        "taken": lambda here: wait_for(lambda: begin_again.taken(here.folder)),
        "waiting": waits,
        "sent": send,
    }
    with pod(tmp_path, SETTINGS) as here:
        here.boot()
        training(here)
        assert ask(here) == 204
        reached[moment](here)
        here.kill()
        here.boot()
        if moment != "sent":
            send(here)
        went_on(here)


@pytest.mark.seeds(2)
def test_a_pod_that_is_killed_at_any_moment_goes_on(tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        chance = random.Random(seed)
        with pod(tmp_path / str(seed), SETTINGS, limits={"loop_boots": 50}) as here:
            here.boot()
            training(here)
            assert ask(here) == 204
            for moments in (0.5, 0.3):
                for _ in range(3):
                    time.sleep(chance.random() * moments)
                    here.kill()
                    here.boot()
                if moments == 0.5:
                    send(here)
            went_on(here)


# -- what is placed ------------------------------------------------------------------


def lies(folder: JobFolder, *names: str) -> None:
    for name in names:
        path = folder.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made here")


def arrived(folder: JobFolder, one: dict[str, Any]) -> None:
    inputs.Store(folder.home).put(inputs.Input.of(one), 0, [DATA])


def test_all_checkpoints_that_were_made_here_give_way(home: Path) -> None:
    folder = pods_folder(home)
    one = entry(place="work/out/step-500.ckpt")
    lies(folder, "out/step-500.ckpt", "out/step-1000.ckpt", "out/loss.csv", "best/model.pt")
    lies(folder, "out/checkpoint-1/weights", "elsewhere/step-3.ckpt")
    for name in ("best", "out/checkpoint-1", "gone.ckpt", "../outputs", ".", "out"):
        append_line(folder.events, {"event": "checkpoint", "path": name})
    arrived(folder, one)
    inputs.place(folder, {"inputs": [one]}, {one["sha256"]})
    left = {str(p.relative_to(folder.work)) for p in folder.work.rglob("*") if p.is_file()}
    assert left == {"out/step-500.ckpt", "out/loss.csv", "elsewhere/step-3.ckpt"}
    assert (folder.work / "out/step-500.ckpt").read_bytes() == DATA


def test_a_link_gives_way_and_what_it_leads_to_stays(home: Path) -> None:
    folder = pods_folder(home)
    one = entry()
    lies(folder, "kept/weights")
    (folder.work / "train").mkdir()
    (folder.work / "train" / "epoch-9.ckpt").symlink_to(folder.work / "kept")
    arrived(folder, one)
    inputs.place(folder, {"inputs": [one]}, {one["sha256"]})
    assert (folder.work / "kept/weights").exists()
    assert list((folder.work / "train").iterdir()) == [folder.path / PLACE]


def test_a_script_finds_it_as_the_newest_checkpoint(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuneyard.recipes.script import run

    folder = pods_folder(home)
    one = entry()
    lies(folder, "train/epoch-9.ckpt")
    told = {"event": "checkpoint", "path": "train/epoch-9.ckpt"}
    append_line(folder.events, told)
    (folder.work / ".tuneyard").mkdir()
    append_line(folder.work / ".tuneyard" / "events.jsonl", {"event": told})
    begin_again.ask(folder, [one])
    assert begin_again.begin(folder, json.loads(folder.job.read_text()))
    arrived(folder, one)
    inputs.place(folder, read_json(folder.job), {one["sha256"]})
    monkeypatch.chdir(folder.work)
    assert run._newest_checkpoint() == str(folder.path / PLACE)


def test_its_attempt_is_counted_once(home: Path) -> None:
    folder = pods_folder(home, state=State.TRAINING)
    write_json(folder.attempt(1), {})
    given = {"id": folder.id, "inputs": [entry(b"clip", "")]}
    begin_again.ask(folder, [entry()])
    for _ in range(3):  # as after kills
        assert begin_again.begin(folder, given)
        assert folder.attempts() == [1, 2]
        assert read_json(folder.job)["inputs"] == [entry(b"clip", ""), entry()]
        assert read_json(folder.state)["state"] == "queued"
    begin_again.done(folder)
    assert not begin_again.wanted(folder)


def test_the_face_knows_of_it_at_every_moment(home: Path) -> None:
    folder, one = pods_folder(home), entry()
    face = Face(folder, TOKEN)
    begin_again.ask(folder, [one])
    assert [*face.inputs()] == [one["sha256"]]
    (folder.path / "pod.again").replace(folder.path / "pod.again.taken")  # and killed there
    assert [*face.inputs()] == [one["sha256"]]
