"""A pod from its start command to its end, as real processes with a stand-in for RunPod."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pods_by_hand import KEY, SLOW, TOKEN, TOKENS, Answers, ends, pod
from tuneyard.runner.folder import read_json
from waiting import wait_for


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
