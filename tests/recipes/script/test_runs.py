"""Scripts that really run, under the real runner."""

import hashlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from recipes.script.scripts import (
    BASH,
    PYTHON,
    a_job,
    events,
    log,
    metrics,
    outputs,
    resume,
    run,
    said,
)
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.view import view
from tuneyard.runner.folder import JobFolder, read_json, write_json
from waiting import wait_for

ENVIRON = """
import json, os, pathlib
pathlib.Path(os.environ["TUNEYARD_OUTPUTS"], "said.json").write_text(json.dumps(dict(os.environ)))
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server of this computer: its address, and the folder that it serves."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_inline_script_runs_and_leaves_its_results(manager: Manager) -> None:
    script = (
        f'{BASH}mkdir -p out/deep\necho weights > out/deep/model.bin\necho "$1 $2" > out/a.txt\n'
    )
    job = a_job(script=script, arguments="one 'two words'", outputs=["out"])
    folder, state = run(manager, job)
    assert state["state"] == "succeeded"
    assert outputs(folder) == {"out/deep/model.bin": "weights\n", "out/a.txt": "one two words\n"}
    assert "bash script.sh one 'two words'" in log(folder)
    assert [step["name"] for step in read_json(folder.plan)["steps"]] == [
        "script",
        "train",
        "collect",
    ]


def test_a_file_runs_by_its_name_and_so_do_those_from_windows(
    manager: Manager, tmp_path: Path
) -> None:
    (tmp_path / "Train it.py").write_bytes(
        b"\xef\xbb\xbf#!/usr/bin/python\r\nimport sys\r\nprint(sys.argv[1:], __file__)\r\n"
    )
    job = a_job(tmp_path, source="file", file="Train it.py", arguments="--lr 1e-4")
    folder, state = run(manager, job)
    assert state["state"] == "succeeded"
    assert f"['--lr', '1e-4'] {folder.work / 'Train it.py'}" in log(folder)
    assert "Its lines ended as on Windows" in log(folder)


def test_a_folder_is_copied_and_its_script_finds_what_lies_beside(
    manager: Manager, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    (code / "parts").mkdir(parents=True)
    (code / "__pycache__").mkdir()
    (code / "train.py").write_text(
        "from parts import model\nprint(model.NAME, open('config.txt').read())\n"
    )
    (code / "parts/model.py").write_text("NAME = 'tiny'\n")
    (code / "config.txt").write_text("from the folder")
    (code / "link").symlink_to("config.txt")
    folder, state = run(manager, a_job(source="folder", files=str(code)))
    assert state["state"] == "succeeded"
    assert "tiny from the folder" in log(folder)
    assert (folder.work / "link").readlink() == Path("config.txt")
    assert "Copied 4 files" in log(folder)
    (code / "config.txt").write_text("changed since")
    assert resume(manager, folder)["state"] == "succeeded"
    assert "tiny changed since" in log(folder)


def test_a_folder_that_stays_where_it_is_is_named(manager: Manager, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.sh").write_text('cat "$TUNEYARD_FILES/clips.txt"; ls\n')
    (data / "clips.txt").write_text("all the clips\n")
    folder, state = run(
        manager,
        a_job(source="folder", files=str(data), files_use="path", entry="train.sh"),
    )
    assert state["state"] == "succeeded"
    assert "all the clips" in log(folder)
    assert not (folder.work / "clips.txt").exists()


def test_a_script_at_an_address_is_the_one_that_was_looked_at(
    manager: Manager, site: tuple[str, Path]
) -> None:
    address, place = site
    text = b"echo from afar\r\n"
    (place / "train.sh").write_bytes(text)
    sums = hashlib.sha256(text).hexdigest()
    job: dict[str, Any] = {"source": "address", "address": f"{address}/train.sh"}
    folder, state = run(manager, a_job(**job, sha256=sums))
    assert state["state"] == "succeeded"
    assert "from afar" in log(folder)
    (place / "train.sh").write_bytes(b"echo something else\n")
    folder, state = run(manager, a_job(**job, sha256=sums))
    assert state["state"] == "failed"
    assert state["cause"]["code"] == "told"
    assert "another than the one that was looked at" in state["cause"]["sentence"]
    assert "something else" not in log(folder)
    folder, state = run(manager, a_job(**job))
    assert state["state"] == "succeeded"
    other = hashlib.sha256(b"echo something else\n").hexdigest()
    assert f"Its SHA-256 is {other}" in log(folder)


def test_it_is_given_its_variables_and_of_secrets_those_alone_that_it_names(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", "of-the-shell-not-for-it")
    manager.secrets.give(
        {
            "HF_TOKEN": "hf_canaryCommon",
            "HF_READ_TOKEN": "hf_canaryReads",
            "WANDB_API_KEY": "wandb-canary-0123",
            "HF_BASE_TOKEN": "hf_canaryBase",
        }
    )
    job = a_job(
        script=PYTHON + ENVIRON,
        environment={"EPOCHS": 20, "NAME": "a b", "PATH_TO": "/x"},
        secrets=[
            "HF_DATASET_TOKEN=HF_READ_TOKEN",
            "HF_UPLOAD_TOKEN = HF_WRITE_TOKEN",
            "WANDB_API_KEY",
        ],
    )
    folder, state = run(manager, job)
    assert state["state"] == "succeeded"
    found = said(folder)
    assert (found["EPOCHS"], found["NAME"], found["PATH_TO"]) == ("20", "a b", "/x")
    assert found["HF_DATASET_TOKEN"] == "hf_canaryReads"
    assert found["HF_UPLOAD_TOKEN"] == "hf_canaryCommon"  # it stands in for the other
    assert found["WANDB_API_KEY"] == "wandb-canary-0123"
    assert not {"HF_TOKEN", "HF_READ_TOKEN", "HF_BASE_TOKEN", "MY_API_KEY"} & set(found)
    assert found["TUNEYARD_ATTEMPT"] == "1"
    assert found["CUDA_VISIBLE_DEVICES"] == ""
    for path in folder.path.rglob("*"):
        if path.is_file() and path.name not in {"said.json", "runner.pyz"}:
            assert b"anary" not in path.read_bytes(), path


def test_it_waits_for_a_secret_that_nobody_holds(manager: Manager) -> None:
    folder = manager.start(a_job(script=PYTHON + ENVIRON, secrets=["MY_TOKEN=HF_TOKEN"]))
    wait_for(lambda: manager.state(folder).get("needs") == ["HF_TOKEN"])
    manager.secrets.give({"HF_TOKEN": "hf_canaryLate"})
    wait_for(lambda: manager.tend(folder))
    assert jobs_by_hand.ended(folder)["state"] == "succeeded"
    assert said(folder)["MY_TOKEN"] == "hf_canaryLate"


def test_a_secret_that_it_prints_is_shown_as_stars(manager: Manager) -> None:
    manager.secrets.give({"HF_TOKEN": "hf_canaryPrinted"})
    script = f'{BASH}echo "token: $HF_TOKEN"\nexit 3\n'
    folder, state = run(manager, a_job(script=script, secrets=["HF_TOKEN"]))
    assert "token: hf_canaryPrinted" in log(folder)
    shown = json.dumps(view(manager, folder))
    assert state["state"] == "failed"
    assert "hf_canaryPrinted" not in shown + json.dumps(state)
    assert "****************" in json.dumps(state["cause"])


def test_its_lines_become_metrics_and_progress(manager: Manager) -> None:
    script = (
        PYTHON
        + r"""
import sys
for epoch in (1, 2):
    print(f"Epoch {epoch}/2")
    for step in range(1, 5):
        loss = 1 / (step + 4 * (epoch - 1))
        sys.stderr.write(f"\r {25 * step}%|███   | {step}/4 [00:01<00:02, 3.0it/s, loss={loss:.3f}]")
    print("\naccuracy of this: 7 lines")
print("test: psnr_db=31.5 custom=4.25")
"""
    )
    folder, state = run(manager, a_job(script=script, patterns=[r"custom=(?P<custom>[\d.]+)"]))
    assert state["state"] == "succeeded"
    found = metrics(folder)
    assert [(line["step"], line["epoch"]) for line in found[:-1]] == [
        *((step, 1) for step in (1, 2, 3, 4)),
        *((step, 2) for step in (5, 6, 7, 8)),
    ]
    assert [line["loss"] for line in found[:-1]] == [
        1.0,
        0.5,
        0.333,
        0.25,
        0.2,
        0.167,
        0.143,
        0.125,
    ]
    assert found[-1] == {"step": 8, "epoch": 2, "custom": 4.25, "psnr_db": 31.5}
    progress = {"step": 8, "steps": 8, "epoch": 2, "epochs": 2}
    assert state["progress"].items() >= progress.items()
    assert state["figure"] == {"loss": 0.125}


STOPPABLE = """
import os, signal, sys, time
def save(*_):
    open("last.ckpt", "w").write("saved")
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
signal.signal(signal.SIGINT, save)
if os.environ["TUNEYARD_CHECKPOINT"]:
    print("going on from", os.environ["TUNEYARD_CHECKPOINT"], "in attempt", os.environ["TUNEYARD_ATTEMPT"])
    sys.exit(0)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def stopped(manager: Manager, folder: JobFolder) -> dict[str, object]:
    wait_for(lambda: "ready" in log(folder) if folder.log.exists() else False)
    manager.stop(folder)
    return jobs_by_hand.ended(folder)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_it_is_asked_to_save_and_a_resume_goes_on_from_there(manager: Manager, number: str) -> None:
    job = a_job(
        script=PYTHON + STOPPABLE,
        stop_signal=number,
        checkpoints=["*.ckpt"],
        outputs=["*.ckpt"],
    )
    folder = manager.start(job)
    assert stopped(manager, folder)["state"] == "stopped"
    assert outputs(folder) == {"last.ckpt": "saved"}
    (event,) = events(folder, "checkpoint")
    assert (event["path"], event["bytes"]) == ("last.ckpt", 5)
    assert resume(manager, folder)["state"] == "succeeded"
    assert f"going on from {folder.work / 'last.ckpt'} in attempt 2" in log(folder)
    assert len(events(folder, "checkpoint")) == 1  # it isn't told again


def test_what_a_shell_runs_is_asked_too_and_waited_for(manager: Manager, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(STOPPABLE)
    script = f"{BASH}(cd . && python3 {tmp_path}/train.py)\necho went on\n"
    folder = manager.start(a_job(script=script))
    assert stopped(manager, folder)["state"] == "stopped"
    assert "saved" in log(folder)
    assert "went on" not in log(folder)


def test_a_shell_with_a_trap_decides_itself(manager: Manager) -> None:
    script = (
        f"{BASH}trap 'echo trapped; kill %1; exit 0' TERM\n"
        "(trap 'echo asked' TERM; while true; do sleep 0.05; done) &\necho ready\nwait\n"
    )
    folder = manager.start(a_job(script=script, grace=5))
    assert stopped(manager, folder)["state"] == "stopped"
    assert "trapped" in log(folder)


def test_it_can_be_asked_by_a_file(manager: Manager) -> None:
    script = f"{BASH}echo ready\nwhile [ ! -e please ]; do sleep 0.05; done\necho seen > seen.txt\n"
    folder = manager.start(a_job(script=script, stop_file="please", outputs=["seen.txt"]))
    assert stopped(manager, folder)["state"] == "stopped"
    assert outputs(folder) == {"seen.txt": "seen\n"}
    manager.resume(folder)  # the file of the last time doesn't stop it at once
    wait_for(lambda: log(folder).count("ready") == 2)
    assert not (folder.work / "please").exists()
    manager.stop(folder)
    assert jobs_by_hand.ended(folder)["state"] == "stopped"


def test_one_that_doesn_t_listen_is_ended(manager: Manager) -> None:
    script = f"{BASH}trap '' TERM\necho ready\nwhile true; do sleep 0.05; done\n"
    folder = manager.start(a_job(script=script, grace=0.2))
    assert stopped(manager, folder)["state"] == "stopped"


def test_checkpoints_and_samples_are_seen_while_it_runs(manager: Manager, tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"""{PYTHON}
import os, time
os.makedirs("ckpt/step-5"); os.makedirs("samples/one")
open("ckpt/step-5/model.bin", "w").write("12345")
open("ckpt/step-5/state.json", "w").write("{{}}")
open("named.pt", "w").write("named")
open("samples/one/hello.wav", "w").write("sound")
open("samples/one/notes.txt", "w").write("no sample")
print("step 5/9 loss: 0.5"); print("Saved the state to 'named.pt'.", flush=True)
while not os.path.exists({str(go)!r}): time.sleep(0.05)
"""
    job = a_job(
        script=script,
        checkpoints=["ckpt/*"],
        samples=["samples/**/*"],
        patterns=[r"Saved .* to (?P<checkpoint>\S+)"],
    )
    folder = manager.start(job)
    wait_for(lambda: len(events(folder, "checkpoint")) == 2)
    wait_for((folder.samples / "samples-one" / "samples.json").exists)
    go.touch()
    assert jobs_by_hand.ended(folder)["state"] == "succeeded"
    found = {event["path"]: event for event in events(folder, "checkpoint")}
    assert {path: event["bytes"] for path, event in found.items()} == {
        "ckpt/step-5": 7,
        "named.pt": 5,
    }
    assert found["named.pt"]["step"] == 5
    assert (folder.samples / "samples-one" / "hello.wav").read_text() == "sound"
    assert not (folder.samples / "samples-one" / "notes.txt").exists()


def test_results_that_are_not_there_are_told(manager: Manager) -> None:
    folder, state = run(manager, a_job(script=f"{BASH}true\n", outputs=["model.bin"]))
    assert state["state"] == "succeeded"
    (warning,) = events(folder, "warning")
    assert "none of the results that were named: model.bin" in warning["cause"]["sentence"]


def test_links_that_lead_out_are_no_results(manager: Manager, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("of somebody else")
    script = (
        f"{BASH}mkdir out\necho fine > out/a.txt\nln -s a.txt out/b.txt\n"
        f"ln -s {tmp_path}/secret.txt out/c.txt\nln -s {tmp_path} out/d\n"
    )
    folder, state = run(manager, a_job(script=script, outputs=["out", "out/c.txt", "out/d/*"]))
    assert state["state"] == "succeeded"
    assert outputs(folder) == {"out/a.txt": "fine\n", "out/b.txt": "fine\n"}


def test_a_killed_runner_finds_the_script_going_on(manager: Manager, tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"{BASH}echo step 1/2 loss=0.5\nwhile [ ! -e {go} ]; do sleep 0.05; done\necho step 2/2 loss=0.25\n"
    folder = manager.start(a_job(script=script))
    wait_for(lambda: len(metrics(folder)) == 1)
    os.kill(manager.state(folder)["runner"]["pid"], signal.SIGKILL)
    go.touch()
    assert jobs_by_hand.ended(folder)["state"] == "succeeded"
    assert metrics(folder) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]


@pytest.mark.usefixtures("under_each_python")
def test_it_runs_under_every_python_that_a_pod_may_have(manager: Manager) -> None:
    folder = manager.create(
        a_job(script=f"{BASH}echo step 3/9 loss=1.5\necho x > y\n", outputs=["y"])
    )
    jobs_by_hand.launch(folder)
    assert jobs_by_hand.ended(folder)["state"] == "succeeded"
    assert metrics(folder) == [{"step": 3, "loss": 1.5}]
    assert outputs(folder) == {"y": "x\n"}


def test_a_changed_script_runs_again_and_a_finished_one_doesn_t(manager: Manager) -> None:
    folder, _ = run(manager, a_job(script=f"{BASH}echo first\n"))
    assert resume(manager, folder)["state"] == "succeeded"
    assert log(folder).count("first") == 1
    assert resume(manager, folder, script=f"{BASH}echo second\n")["state"] == "succeeded"
    assert log(folder).count("second") == 1


def test_a_checkpoint_that_came_with_the_job_is_gone_on_from(manager: Manager) -> None:
    script = f'{BASH}echo "from $TUNEYARD_CHECKPOINT"\n'
    folder = manager.create(a_job(script=script))
    inputs = [{"name": "data", "place": ""}, {"name": "5.pt", "place": "work/ckpt/5.pt"}]
    write_json(folder.job, {**read_json(folder.job), "inputs": inputs})
    (folder.work / "ckpt").mkdir()
    (folder.work / "ckpt/5.pt").write_text("weights")
    manager.launch(folder)
    assert jobs_by_hand.ended(folder)["state"] == "succeeded"
    assert f"from {folder.work}/ckpt/5.pt\n" in log(folder)
