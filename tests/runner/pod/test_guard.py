"""A pod from its start command to its end, as real processes with a stand-in for RunPod."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from pods_by_hand import KEY, TOKEN, Answers, Pod, pod
from tuneyard.runner import process
from tuneyard.runner.folder import read_json, read_json_or
from waiting import wait_for

SLOW = (
    "trap 'echo saved > ../outputs/saved; exit 0' TERM; touch begun; while :; do sleep 0.05; done"
)
TOKENS = {"HF_TOKEN": "hf_CANARYFORREADING01234", "HF_WRITE_TOKEN": "hf_CANARYFORWRITING0123"}


def training(here: Pod) -> None:
    """Waits until the job's training runs."""
    wait_for((here.folder.work / "begun").exists, what="the training")
    here.reaches("training")


def ends(answers: Answers) -> None:
    wait_for(lambda: answers.asked, what="the pod's end")


def test_a_job_goes_its_way_and_the_pod_ends_itself(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "cat settings.json place.json"}, answers=answers) as here:
        here.boot()
        here.reaches("succeeded")
        here.says("Waits for its results to be collected")
        assert not answers.asked
        here.collected()
        ends(answers)
        assert (here.folder.outputs / "voice").read_text() == "voice\n"
        place = json.loads((here.folder.work / "place.json").read_text())
        assert place["pod"] is True
        assert [event["incarnation"] for event in here.events("boot")] == [
            read_json(here.folder.path / "pod.json")["incarnation"]
        ]
        wait_for(lambda: here.events("ending"))
        assert here.events("ending")[0]["why"] == "its results were collected"
    method, path, headers, body = answers.asked[0]
    assert (method, path) == ("POST", f"/v2/pods/{here.environ['RUNPOD_POD_ID']}/action")
    assert json.loads(body) == {"action": "terminate"}
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"] == "tuneyard/pod"


def test_what_is_secret_reaches_nobody_who_doesnt_need_it(tmp_path: Path) -> None:
    script = "env > ../outputs/training; cat /proc/*/environ > /dev/null 2>&1; true"
    settings = {"train": script, "push": 'env > ../outputs/pushing; echo "$HF_WRITE_TOKEN"'}
    results = {"repository": "me/voice"}
    given = {**TOKENS, "MY_PASSWORD": "correct-horse-battery"}
    with pod(tmp_path, settings, results=results, environ=given) as here:
        here.boot()
        here.reaches("succeeded")
        here.says("This pod ends")
        training, pushing = (
            (here.folder.outputs / name).read_text() for name in ("training", "pushing")
        )
        written = [
            path.read_bytes()
            for path in here.folder.path.rglob("*")
            if path.is_file() and path not in (here.folder.log, here.folder.outputs / "pushing")
        ]
        output = here.output
    ours = (KEY, TOKEN, "TUNEYARD_PROGRAM", "TUNEYARD_DEADLINE", "RUNPOD_API_KEY", "correct-horse")
    assert not [word for word in ours if word in training + pushing]
    assert not [token for token in TOKENS.values() if token in training]
    assert TOKENS["HF_WRITE_TOKEN"] in pushing
    assert TOKENS["HF_TOKEN"] not in pushing  # the step's own comes first
    for value in (KEY, TOKEN, *given.values()):
        assert value not in output
        assert not [data for data in written if value.encode() in data]


def test_with_all_pushed_nothing_is_waited_for_but_the_end_of_the_log(tmp_path: Path) -> None:
    answers = Answers()
    results = {"repository": "me/voice"}
    with pod(tmp_path, {"train": "true"}, answers=answers, results=results, environ=TOKENS) as here:
        here.boot()
        ends(answers)
        assert here.state()["state"] == "succeeded"
        here.says("This pod ends: the job has ended.")


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"train": "true", "push": "false"}, "succeeded"),
        ({"train": "echo part > ../outputs/part; false"}, "failed"),
    ],
)
def test_what_was_not_pushed_is_waited_for(
    tmp_path: Path, settings: dict[str, Any], state: str
) -> None:
    answers = Answers()
    results = {"repository": "me/voice"}
    with pod(tmp_path, settings, answers=answers, results=results, environ=TOKENS) as here:
        here.boot()
        here.reaches(state)
        here.says("Waits for its results to be collected, 60 s at most.")
        until = read_json(here.folder.path / "pod.json")["collect_until"]
        assert until == pytest.approx(here.state()["ended"] + 60)
        assert not answers.asked
        here.collected()
        ends(answers)


def test_pages_hear_that_all_was_collected_before_the_pod_ends(tmp_path: Path) -> None:
    answers = Answers()
    pages = {"TUNEYARD_ORIGINS": "https://page.example"}
    with pod(
        tmp_path, {"train": "true"}, answers=answers, environ=pages, limits={"pages": 3600}
    ) as here:
        here.boot()
        here.says("Waits for its results")
        here.collected()
        # Two looks at everything have passed once a killed face is there again.
        first = wait_for(here.face)
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: here.face() not in ([], first))
        with here.client() as client:
            assert client.get("/job").json()["collected"] is True
        assert not answers.asked
        (here.folder.path / "pod.end").touch()
        ends(answers)


def test_results_that_nobody_collects_are_waited_for_as_long_as_said(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "true"}, answers=answers, collect=0.5) as here:
        here.boot()
        ends(answers)
        here.says("This pod ends: nobody collected its results in time.")


def test_results_of_another_incarnation_are_not_these(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "true"}, answers=answers) as here:
        here.boot()
        here.says("Waits for its results")
        (here.folder.path / "pod.collected").write_text('{"incarnation": "another"}')
        # Two looks at everything have passed once a killed face is there again.
        first = wait_for(here.face)
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: here.face() not in ([], first))
        assert not answers.asked


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ({"settings": {"train": "forbidden"}}, "forbidden"),
        ({"settings": {}}, "no-plan"),
        ({"package": "no_such_recipe"}, "no-plan"),
        ({"results": {"repository": "me/voice"}}, "secret-missing"),
        ({"settings": {"train": "true", "gpus": 1}}, "no-gpu"),
    ],
)
def test_a_job_that_cant_begin_says_why_and_the_pod_ends(
    tmp_path: Path, job: dict[str, Any], code: str
) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "touch begun"}, answers=answers, job=job) as here:
        here.boot()
        ends(answers)
        state = here.state()
        assert (state["state"], state["cause"]["code"]) == ("failed", code)
        assert state["attempt"] == 1
        assert here.folder.attempts() == [1]
        assert not (here.folder.work / "begun").exists()
        here.says(state["cause"]["sentence"])


def test_a_secret_that_runpod_doesnt_know_is_told_apart(tmp_path: Path) -> None:
    answers = Answers()
    given = {"HF_WRITE_TOKEN": "{{ RUNPOD_SECRET_mine }}"}
    with pod(
        tmp_path,
        {"train": "true"},
        answers=answers,
        results={"repository": "me/voice"},
        environ=given,
    ) as here:
        here.boot()
        ends(answers)
        cause = here.state()["cause"]
        assert (
            cause["sentence"] == "RunPod has no such secret as HF_WRITE_TOKEN was to be taken from."
        )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"TUNEYARD_JOB": ""}, "a job that can't be read as JSON"),
        ({"TUNEYARD_JOB": "[]"}, "a job that can't be read as JSON"),
        ({"TUNEYARD_JOB": '{"id": "x"}'}, "'recipe' is missing"),
        ({"TUNEYARD_DEADLINE": ""}, "its deadline has come"),
        ({"TUNEYARD_DEADLINE": "nan"}, "its deadline has come"),
    ],
)
def test_a_pod_without_a_job_or_a_deadline_ends_at_once(
    tmp_path: Path, given: dict[str, str], why: str
) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, environ=given) as here:
        here.boot()
        ends(answers)
        here.says(why)


# -- what home sends -----------------------------------------------------------------


def put(here: Pod, sha: str, data: bytes) -> None:
    """An input as the face leaves it."""
    place = here.root / "tuneyard" / "inputs" / sha
    place.mkdir(parents=True)
    (place / "clip.wav").write_bytes(data)


SHA = "ab" * 32
INPUT = {"sha256": SHA, "bytes": 3, "name": "clip.wav", "kind": "file", "place": ""}


def test_a_job_waits_for_its_inputs(tmp_path: Path) -> None:
    settings = {"train": 'cat $(sed \'s/.*"data": "//; s/".*//\' settings.json) > ../outputs/heard'}
    job = {"inputs": [INPUT], "settings": {**settings, "data": f"input:{SHA}"}}
    with pod(tmp_path, {}, job=job) as here:
        here.boot()
        here.says("Waits for clip.wav from home.")
        assert here.state()["waiting"] == {"for": "inputs", "names": ["clip.wav"]}
        assert here.state()["state"] == "queued"
        assert not here.folder.plan.exists()
        put(here, SHA, b"wav")
        here.reaches("succeeded")
        assert (here.folder.outputs / "heard").read_bytes() == b"wav"
        assert not here.state()["waiting"]


def test_a_job_whose_settings_are_wrong_doesnt_wait_for_inputs(tmp_path: Path) -> None:
    job = {"inputs": [INPUT], "settings": {"train": "forbidden", "data": f"input:{SHA}"}}
    with pod(tmp_path, {}, job=job) as here:
        here.boot()
        assert here.reaches("failed")["cause"]["code"] == "forbidden"


def test_a_job_that_waits_for_inputs_can_be_stopped(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, job={"inputs": [INPUT]}) as here:
        here.boot()
        here.says("Waits for clip.wav from home.")
        here.folder.stop.write_text("save\n")
        here.reaches("stopped")
        ends(answers)


def test_inputs_that_nobody_sends_end_the_pod(tmp_path: Path) -> None:
    answers = Answers()
    limits = {"inputs": 0.3}
    with pod(
        tmp_path, {"train": SLOW}, answers=answers, job={"inputs": [INPUT]}, limits=limits
    ) as here:
        here.boot()
        ends(answers)
        assert here.state()["cause"]["code"] == "no-inputs"


def test_a_pod_that_waits_for_inputs_goes_on_waiting_after_a_restart(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "true"}, job={"inputs": [INPUT]}) as here:
        here.boot()
        here.says("Waits for clip.wav")
        here.container.send_signal(signal.SIGTERM)
        here.says("The container is being stopped")
        here.kill()
        put(here, SHA, b"wav")
        here.boot()
        assert here.reaches("succeeded")["attempt"] == 1


# -- kills and restarts --------------------------------------------------------------


def test_a_runner_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}) as here:
        here.boot()
        training(here)
        first = wait_for(lambda: here.state()["runner"])
        os.kill(first["pid"], signal.SIGKILL)
        second = wait_for(lambda: (r := here.state()["runner"]) != first and r)
        assert second["pid"] != first["pid"]
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")["attempt"] == 1


def test_a_face_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": SLOW}) as here:
        here.boot()
        training(here)
        first = wait_for(here.face)
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: here.face() not in ([], first))


def test_a_guard_that_is_killed_alone_finds_the_job_going_on(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}) as here:
        here.boot()
        training(here)
        here.container.kill()
        here.container.wait()
        here.boot()
        here.says("Boot 2")
        assert here.folder.attempts() == [1]
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")["attempt"] == 1


def test_a_restart_goes_on_with_a_new_attempt(tmp_path: Path) -> None:
    script = "touch begun; if [ -e ../attempts/2.json ]; then exit 0; fi; sleep 600"
    answers = Answers()
    with pod(tmp_path, {"train": script}, answers=answers) as here:
        here.boot()
        training(here)
        incarnation = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        here.boot()
        here.reaches("succeeded")
        here.says("Waits for its results")
        assert here.state()["attempt"] == 2
        assert read_json(here.folder.attempt(2))["boot"] == 2
        ready = read_json(here.folder.finished("1"))
        assert ready["attempt"] == 1  # what was done is not done again
        assert read_json(here.folder.path / "pod.json")["incarnation"] == incarnation


def test_a_job_that_had_ended_goes_on_ending_after_a_restart(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "true"}, answers=answers) as here:
        here.boot()
        here.says("Waits for its results")
        until = read_json(here.folder.path / "pod.json")["collect_until"]
        here.kill()
        here.boot()
        here.says("Boot 2")
        wait_for(here.face)
        assert here.folder.attempts() == [1]
        assert read_json(here.folder.path / "pod.json")["collect_until"] == until
        here.collected()
        ends(answers)


def test_a_wiped_disk_begins_anew(tmp_path: Path) -> None:
    import shutil

    with pod(tmp_path, {"train": "touch begun; sleep 0.1"}) as here:
        here.boot()
        here.reaches("succeeded")
        first = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        shutil.rmtree(here.root / "tuneyard")
        here.boot()
        here.reaches("succeeded")
        assert read_json(here.folder.path / "pod.json")["incarnation"] != first
        assert here.folder.attempts() == [1]


def test_another_pod_on_the_same_volume_takes_the_job_over(tmp_path: Path) -> None:
    script = "touch begun; [ -e ../attempts/2.json ] || exit 3"
    with pod(tmp_path, {"train": script}) as here:
        here.boot()
        here.reaches("failed")
        here.says("Waits for home")
        incarnation = read_json(here.folder.path / "pod.json")["incarnation"]
        here.kill()
        here.environ["RUNPOD_POD_ID"] += "-another"
        here.boot()
        here.reaches("succeeded")
        assert here.state()["attempt"] == 2
        assert read_json(here.folder.finished("1"))["attempt"] == 1
        # What home has of the folder goes on: it is the same.
        assert read_json(here.folder.path / "pod.json")["incarnation"] == incarnation


def test_a_container_that_is_stopped_has_its_job_saved_and_goes_on_later(tmp_path: Path) -> None:
    script = f"if [ -e ../attempts/2.json ]; then exit 0; fi; {SLOW}"
    with pod(tmp_path, {"train": script}) as here:
        here.boot()
        training(here)
        here.container.send_signal(signal.SIGTERM)
        here.reaches("stopped")
        assert (here.folder.outputs / "saved").exists()
        here.kill()
        here.boot()
        here.reaches("succeeded")
        assert here.state()["attempt"] == 2


def test_a_job_that_its_owner_stopped_stays_stopped(tmp_path: Path) -> None:
    with pod(tmp_path, {"train": SLOW}) as here:
        here.boot()
        training(here)
        here.folder.stop.write_text("save\n")
        here.reaches("stopped")
        here.says("Waits for its results")
        here.container.send_signal(signal.SIGTERM)
        here.says("The container is being stopped")
        here.kill()
        here.boot()
        here.says("Boot 2")
        wait_for(here.face)
        assert here.state()["state"] == "stopped"
        assert here.folder.attempts() == [1]


def test_a_container_that_starts_again_and_again_is_a_loop(tmp_path: Path) -> None:
    answers = Answers()

    def trains(attempt: int) -> bool:
        state = read_json_or(here.folder.state, {"attempt": 0, "state": ""})
        return (state["attempt"], state["state"]) == (attempt, "training")

    with pod(tmp_path, {"train": SLOW}, answers=answers, limits={"loop_boots": 3}) as here:
        # The first boot gets somewhere: to the training, which takes the container down.
        for attempt in (1, 2, 3):
            here.boot()
            wait_for(lambda: trains(attempt))  # noqa: B023 - asked at once
            here.kill()
        here.boot()
        cause = here.reaches("failed")["cause"]
        assert cause["code"] == "boot-loop"
        assert "started 3 times" in cause["sentence"]
        assert here.state()["attempt"] == 3
        ends(answers)


def test_a_runner_that_never_lives_fails_the_job(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, limits={"restarts": 2}) as here:
        here.boot()
        training(here)
        here.folder.runner.write_text("no program")
        here.kill()
        here.boot()
        cause = here.reaches("failed")["cause"]
        assert cause["code"] == "runner-ends"
        assert "2 times" in cause["sentence"]
        ends(answers)


@pytest.mark.parametrize("alive", [True, False])
def test_a_guard_that_fails_again_and_again_ends_the_pod_unless_the_job_lives(
    tmp_path: Path, alive: bool
) -> None:
    answers = Answers()
    settings = {"train": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}
    with pod(tmp_path, settings, answers=answers, limits={"troubles": 2}) as here:
        here.boot()
        training(here)
        if alive:
            here.container.kill()
            here.container.wait()
        else:
            here.kill()
        plan = here.folder.plan.read_bytes()
        here.folder.plan.write_text("{")
        here.boot()
        if not alive:
            ends(answers)
            here.says("This pod ends: its guard failed again and again.")
            return
        wait_for(lambda: here.output.count("can't be read as JSON") > 4)
        here.folder.plan.write_bytes(plan)
        (here.folder.work / "go").touch()
        here.reaches("succeeded")
        assert not answers.asked


# -- the deadline --------------------------------------------------------------------


def test_before_the_deadline_the_job_is_asked_to_save(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers, seconds=10) as here:
        here.boot()
        training(here)
        here.reaches("stopped")
        assert (here.folder.outputs / "saved").read_text() == "saved\n"
        assert here.events("deadline")[0]["seconds_left"] > 0
        here.collected()
        ends(answers)


@pytest.mark.parametrize("repository", ["me/voice", ""])
def test_there_is_time_to_push_what_is_saved_if_there_is_where_to(
    tmp_path: Path, repository: str
) -> None:
    results = {"repository": repository}
    with pod(tmp_path, {"train": SLOW}, results=results, environ=TOKENS, seconds=600) as here:
        here.boot()
        training(here)
        here.kill()
        (here.folder.work / "begun").unlink()
        here.limits["push"] = 600.0
        here.boot()
        if repository:
            here.reaches("stopped")
            assert here.events("deadline")[0]["seconds_left"] > 500
        else:
            training(here)
            assert here.events("deadline") == []


def test_what_is_finishing_is_let_finish(tmp_path: Path) -> None:
    settings = {"train": "true", "export": "touch begun; while [ ! -e go ]; do sleep 0.02; done"}
    with pod(tmp_path, settings, seconds=600) as here:
        here.boot()
        here.reaches("finishing")
        here.kill()
        here.limits["save"] = 600.0
        here.boot()
        here.reaches("finishing")
        wait_for(lambda: here.events("deadline"))
        (here.folder.work / "go").touch()
        assert here.reaches("succeeded")


@pytest.mark.parametrize("phase", ["training", "inputs", "collecting"])
def test_the_deadline_ends_the_pod_whatever_it_does(tmp_path: Path, phase: str) -> None:
    answers = Answers()
    job = {"inputs": [INPUT]} if phase == "inputs" else {}
    train = "true" if phase == "collecting" else "trap '' TERM; touch begun; sleep 600 & wait; wait"
    with pod(
        tmp_path, {"train": train}, answers=answers, job=job, seconds=5, limits={"share": 0.0}
    ) as here:
        here.boot()
        if phase == "training":
            training(here)
        else:
            here.says("Waits for")
        ends(answers)
        assert time.time() >= float(here.environ["TUNEYARD_DEADLINE"])
        here.says("This pod ends: its deadline has come.")


def test_the_deadline_holds_when_the_guard_hangs(tmp_path: Path) -> None:
    answers = Answers()
    limits = {"share": 0.0}
    with pod(tmp_path, {"train": SLOW}, answers=answers, seconds=5, limits=limits) as here:
        here.boot()
        training(here)
        log = here.folder.path / "guard.log"
        log.unlink()
        os.mkfifo(log)  # opening it waits for a reader, as a volume that went away would
        os.kill(here.state()["runner"]["pid"], signal.SIGKILL)
        ends(answers)
        here.says("This pod ends: its deadline has come.")


def test_home_may_end_the_pod(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": SLOW}, answers=answers) as here:
        here.boot()
        training(here)
        (here.folder.path / "pod.end").touch()
        ends(answers)
        here.says("This pod ends: somebody asked for it.")


# -- places --------------------------------------------------------------------------


def test_a_home_that_cant_be_written_gives_way_to_another(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    answers = Answers()
    given = {"TUNEYARD_HOME": str(blocked / "tuneyard")}
    with pod(tmp_path, {"train": "true"}, answers=answers, environ=given, collect=0.1) as here:
        here.boot()
        ends(answers)
        assert here.state()["state"] == "succeeded"  # in its user's home


@pytest.mark.root
def test_a_full_disk_ends_in_words(tmp_path: Path) -> None:
    answers = Answers()
    script = "touch begun; cat /dev/zero > big; echo No space left on device; exit 1"
    with pod(tmp_path, {"train": script}, answers=answers) as here:
        (here.root / "tuneyard").mkdir()
        here.boot(
            "unshare",
            "--mount",
            "sh",
            "-c",
            f'mount -t tmpfs -o size=8m none {here.root}/tuneyard && exec "$@"',
            "sh",
        )
        here.says("Warning: The pod's disk is full.")
        here.says("This pod ends: the job has ended.")
        ends(answers)


@pytest.mark.root
def test_as_pid_1_it_reaps_what_the_job_leaves(tmp_path: Path) -> None:
    script = "(sleep 0.05 & exec sleep 0.01) & (setsid sleep 0.02 &); touch begun; sleep 0.2"
    answers = Answers()
    with pod(tmp_path, {"train": script}, answers=answers) as here:
        here.boot("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
        here.reaches("succeeded")
        here.says("Waits for its results")
        namespace = wait_for(lambda: _of_namespace(here))
        wait_for(lambda: not _zombies(namespace))
        assert _cmdline(namespace[0])[-1] == "pod"
        here.collected()
        ends(answers)


def _of_namespace(here: Pod) -> list[int]:
    """Pids, as seen from outside, of the processes of the container; PID 1 first."""
    found = []
    inner = None
    for pid in process._pids():
        if _parent(pid) == here.container.pid:
            inner = pid
    if inner is None:
        return []
    mark = Path(f"/proc/{inner}/ns/pid").readlink()
    for pid in process._pids():
        try:
            if Path(f"/proc/{pid}/ns/pid").readlink() == mark and pid != inner:
                found.append(pid)
        except OSError:
            continue
    return [inner, *found]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _zombies(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and _state(pid) == "Z"]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _cmdline(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/cmdline").read_text()
    return text.rstrip("\0").split("\0")
