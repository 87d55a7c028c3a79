"""A pod whose job waits for what home sends, as real processes."""

import signal
from pathlib import Path

from pods_by_hand import INPUT, SHA, SLOW, Answers, ends, pod, put


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
