"""Pods that really run: what they see, who starts them again, and that nothing of them is left."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from compute.runpod.practice.calling import NEVER, Caller, said, wait_until_said
from compute.runpod.practice.conftest import Rehearse
from tuneyard.compute.runpod.practice.images import NO_PYTHON
from tuneyard.compute.runpod.practice.pods import Pod
from waiting import wait_for

ROOT = Path(__file__).parents[4]
EVERY_WAY = pytest.mark.parametrize(
    "apart", [pytest.param(True, marks=pytest.mark.root), False], ids=["apart", "plain"]
)


def marked(pod_id: str) -> list[int]:
    """Processes of this computer that carry the mark of a pod, whatever they see themselves."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"RUNPOD_POD_ID={pod_id}".encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def gone(pod: Pod) -> None:
    assert pod.gone.wait(60)
    assert marked(pod.id) == []
    assert not pod.disk.exists()


# -- what is inside ---------------------------------------------------------------


@EVERY_WAY
def test_its_environment_is_what_was_asked_for_and_what_runpod_sets(
    rehearse: Rehearse, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_OF_THE_SERVER", "1")
    runpod = rehearse(apart=apart)
    runpod.practice.world.secrets["hub"] = "hf_kept_at_runpod"
    env = {
        "RUNPOD_API_KEY": "rpa_passed",
        "HF_TOKEN": "{{ RUNPOD_SECRET_hub }}",
        "OTHER": "a {{ RUNPOD_SECRET_none }}",
    }
    pod = runpod.face(env=env)
    inside = runpod.ask(pod, "env").json()
    assert inside["HF_TOKEN"] == "hf_kept_at_runpod"
    assert inside["OTHER"] == env["OTHER"]
    assert inside["RUNPOD_API_KEY"] == pod.made.key != "rpa_passed"
    assert inside["RUNPOD_POD_ID"] == pod.id
    assert inside["RUNPOD_GPU_COUNT"] == "0"  # of those that are really there
    assert inside["RUNPOD_DC_ID"] == runpod.shown(pod)["dataCenterId"]
    assert runpod.shown(pod)["env"] == env
    ours = {"PATH", "HOME", "LANG", *([] if apart else ["TMPDIR"])}
    other = {name for name in inside if not name.startswith("RUNPOD_")}
    # Some systems' C library sets the last one of its own accord.
    assert other - {"LC_CTYPE"} == {"HF_TOKEN", "OTHER", "TUNEYARD_FACE_PORT", *ours}


@pytest.mark.root
def test_it_sees_programs_and_nothing_else_of_this_computer(
    rehearse: Rehearse, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/trainer").write_text("here")
    here = [str(tmp_path), str(ROOT), sys.prefix, str(Path.home() / ".config"), "/home", "/srv"]
    look = f"""
        for place in {" ".join(here)}; do echo "$place: $(ls -A $place 2>&1)"; done
        echo "shells: $(cat /etc/hostname >/dev/null && echo ok)"
        echo "kept: $(cat {tmp_path}/kept/trainer)"
        touch {tmp_path}/kept/new 2>/dev/null || echo kept as it is
        touch /usr/new 2>/dev/null || echo system as it is
        touch /root/new /tmp/new && echo own places
        echo $$ "$(ls -d /proc/[0-9]* | wc -l)"
        echo done; exec sleep 1000000
    """
    runpod = rehearse(kept=(str(tmp_path / "kept"),))
    pod = runpod.shell(look)
    wait_until_said(pod, "done")
    lines = said(pod)
    assert lines[0] == f"{tmp_path}: kept"
    assert all(line.endswith(("No such file or directory", ": ")) for line in lines[1:6]), lines
    assert lines[6:11] == [
        "shells: ok",
        "kept: here",
        "kept as it is",
        "system as it is",
        "own places",
    ]
    own_id, others = map(int, lines[11].split())
    assert own_id == 1
    assert others < 10
    assert not Path("/root/new").exists()
    assert not Path("/tmp/new").exists()
    assert (pod.disk / "root/new").exists()


@pytest.mark.root
def test_what_is_hidden_is_hidden_among_programs_too(rehearse: Rehearse) -> None:
    runpod = rehearse(hidden=("/usr/share", "/etc/hostname"), kept=("/usr/share/doc",))
    pod = runpod.shell("ls /usr/share; cat /etc/hostname; echo done; exec sleep 1000000")
    wait_until_said(pod, "done")
    assert said(pod) == ["doc", "done"]


@pytest.mark.root
def test_an_image_without_python(runpod: Caller) -> None:
    look = "command -v python3 || command -v python || ls /usr/bin/python3.* -l | grep -vc ^c"
    pod = runpod.shell(f"{look}; command -v sed; echo done; exec sleep 1000000", image=NO_PYTHON)
    wait_until_said(pod, "done")
    assert said(pod)[1:] == ["/usr/bin/sed", "done"]
    assert not said(pod)[0].startswith("/")


@pytest.mark.parametrize(
    "how",
    [
        {"entrypoint": ["/bin/echo", "a b"], "cmd": ["c"]},
        {"cmd": ["/bin/echo", "a b", "c"]},
        {"args": '{"entrypoint": ["/bin/echo"], "cmd": ["a b", "c"]}'},
        {"args": "/bin/echo 'a b' c"},
    ],
)
def test_a_command_can_be_told_in_every_way(rehearse: Rehearse, how: dict[str, object]) -> None:
    runpod = rehearse(pause=NEVER)
    pod = runpod.create(**how)
    wait_until_said(pod, "a b c")
    shown = runpod.shown(pod)
    assert [*shown["entrypoint"], *shown["cmd"]] == ["/bin/echo", "a b", "c"]


def test_a_command_that_is_not_there_is_tried_again_and_again(runpod: Caller) -> None:
    pod = runpod.create(cmd=["no-such-program"])
    words = 'exec: "no-such-program": executable file not found in $PATH'
    wait_until_said(pod, words, times=3)
    assert said(pod, "system").count("start container") >= 3
    assert runpod.shown(pod)["status"] == "RUNNING"


def test_without_namespaces_it_is_led_to_its_own_disk(rehearse: Rehearse) -> None:
    runpod = rehearse(apart=False)
    env = {"TUNEYARD_HOME": "/root/tuneyard", "ON_VOLUME": "/workspace/x", "OTHER": "/rooted"}
    mounts = {"persistent": {"size": 20, "path": "/workspace"}}
    pod = runpod.face(env=env, mounts=mounts)
    inside = runpod.ask(pod, "env").json()
    assert inside["TUNEYARD_HOME"] == str(pod.disk / "root/tuneyard")
    assert inside["ON_VOLUME"] == str(pod.disk.parent / "volume/x")
    assert inside["OTHER"] == "/rooted"
    assert "doesn't let them be kept apart" in runpod.practice.words()[1]


# -- from one start to the next ---------------------------------------------------


@EVERY_WAY
def test_whatever_ends_is_started_again_on_the_same_disk(rehearse: Rehearse, apart: bool) -> None:
    runpod = rehearse(apart=apart, pause=0.01)
    pod = runpod.face()
    for boots in ("**", "***"):
        pod.crash()
        wait_for(lambda: runpod.ask(pod, "boots").text == boots, what="another start")  # noqa: B023
    assert pod.starts == 3
    assert runpod.shown(pod)["runtime"]["uptime"] < 60
    assert runpod.shown(pod)["status"] == "RUNNING"


def test_a_fault_wipes_the_disk_between_two_starts(runpod: Caller) -> None:
    runpod.faults.wipe = True
    pod = runpod.face()
    pod.crash()
    wait_for(lambda: pod.starts == 2)
    wait_for(lambda: runpod.ask(pod, "boots").status_code == 200)
    assert runpod.ask(pod, "boots").text == "*"


@pytest.mark.root
def test_a_restart_wipes_the_disk_and_keeps_the_volume(runpod: Caller) -> None:
    script = "echo boot | tee -a /root/here /workspace/here; cat /root/here | wc -l; sleep 1000000"
    pod = runpod.shell(script, mounts={"persistent": {"size": 20, "path": "/workspace"}})
    wait_until_said(pod, "1")
    assert runpod.act(pod, "restart").status_code == 200
    wait_until_said(pod, "1", times=2)
    assert (pod.disk.parent / "volume/here").read_text() == "boot\nboot\n"


def test_stopped_it_keeps_its_cost_and_can_start_again(runpod: Caller) -> None:
    pod = runpod.face()
    assert runpod.act(pod, "start").status_code == 409
    stopped = runpod.act(pod, "stop").json()
    assert (stopped["status"], stopped["cost"], stopped["runtime"]) == ("EXITED", 0.49, None)
    assert stopped["actions"] == ["start", "terminate"]
    wait_for(lambda: not marked(pod.id))
    assert runpod.ask(pod, "boots").status_code == 502
    assert runpod.act(pod, "stop").status_code == 409
    assert runpod.act(pod, "start").json()["status"] == "RUNNING"
    wait_for(lambda: runpod.ask(pod, "boots").text == "*")


@pytest.mark.root
def test_a_network_volume_survives_its_pods(runpod: Caller) -> None:
    asked = {"name": "cache", "size": 10, "dataCenter": "EU-RO-1"}
    volume = runpod.http.post("/v2/network-volumes", json=asked).json()
    mounts = {"network": [{"volumeId": volume["id"], "path": "/workspace"}]}
    first = runpod.shell("echo mine > /workspace/x; echo done; sleep 1000000", mounts=mounts)
    wait_until_said(first, "done")
    assert runpod.http.delete(f"/v2/network-volumes/{volume['id']}").status_code == 409
    assert runpod.act(first, "terminate").status_code == 204
    gone(first)
    second = runpod.shell("cat /workspace/x; echo $RUNPOD_VOLUME_ID; sleep 1000000", mounts=mounts)
    wait_until_said(second, volume["id"])
    assert said(second)[0] == "mine"
    assert second.made.data_center == "EU-RO-1"
    runpod.act(second, "terminate")
    assert runpod.http.delete(f"/v2/network-volumes/{volume['id']}").status_code == 204
    assert runpod.http.get("/v2/network-volumes").json() == {"networkVolumes": []}


def test_running_comes_before_there_is_anything_to_see(rehearse: Rehearse) -> None:
    runpod = rehearse(pull=NEVER)
    pod = runpod.create()
    shown = runpod.shown(pod)
    assert (shown["status"], shown["runtime"], shown["startedAt"]) == ("RUNNING", None, None)
    wait_for(lambda: len(said(pod, "system")) == 2)
    assert "Pulling" in said(pod, "system")[1]
    assert runpod.ask(pod, "boots").status_code == 502


# -- its end ----------------------------------------------------------------------

LEAVES_MUCH = """
    (setsid sleep 1000000 &)
    sleep 1000000 & sleep 1000000 &
    trap '' TERM
    echo ready; while :; do sleep 1000000; done
"""


@EVERY_WAY
@pytest.mark.parametrize("how", ["action", "delete"])
def test_terminated_nothing_is_left_of_it(rehearse: Rehearse, apart: bool, how: str) -> None:
    runpod = rehearse(apart=apart)
    pod = runpod.shell(LEAVES_MUCH)
    wait_until_said(pod, "ready")
    assert len(marked(pod.id)) >= 4
    if how == "action":
        answer = runpod.act(pod, "terminate")
    else:
        answer = runpod.http.delete(f"/v2/pods/{pod.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert runpod.http.get(f"/v2/pods/{pod.id}").status_code == 404
    assert runpod.listed() == []
    gone(pod)


def test_it_can_end_itself_with_its_own_key(runpod: Caller) -> None:
    script = f"""
        curl -s -X POST -H "Authorization: Bearer $RUNPOD_API_KEY" -H "User-Agent: curl" \\
          -d '{{"action": "terminate"}}' {runpod.practice.url}/v2/pods/$RUNPOD_POD_ID/action
        sleep 1000000
    """
    gone(runpod.shell(script))
    assert runpod.practice.asked[-1].request.key != "account"


def test_a_command_may_tidy_up_before_it_ends(rehearse: Rehearse) -> None:
    runpod = rehearse(grace=20)
    script = "trap 'echo tidy; exit' TERM; echo ready; while :; do sleep 0.01; done"
    pod = runpod.shell(script)
    wait_until_said(pod, "ready")
    runpod.act(pod, "stop")
    wait_until_said(pod, "tidy")


def test_without_its_keeper_a_plain_one_ends_too(rehearse: Rehearse) -> None:
    runpod = rehearse(apart=False, pause=NEVER)
    pod = runpod.shell(LEAVES_MUCH)
    wait_until_said(pod, "ready")
    assert pod.keeper
    os.kill(pod.keeper, signal.SIGKILL)
    wait_for(lambda: not marked(pod.id))


@EVERY_WAY
def test_nothing_survives_the_rehearsal(rehearse: Rehearse, apart: bool) -> None:
    runpod = rehearse(apart=apart)
    pods = [runpod.shell(LEAVES_MUCH) for _ in range(3)]
    for pod in pods:
        wait_until_said(pod, "ready")
    runpod.practice.__exit__(None, None, None)
    for pod in pods:
        gone(pod)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_survives_whatever_ends_its_program(end: signal.Signals, tmp_path: Path) -> None:
    module = "tuneyard.compute.runpod.practice"
    command = [sys.executable, "-m", module, "--folder", str(tmp_path / "practice")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        told = "".join(program.stdout.readline() for _ in range(4))
        url, _, key = re.findall(r"^export \w+='?([^'\n]+)", told, re.MULTILINE)
        assert "nothing is rented and nothing is paid" in told
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "test"}
        client = httpx.Client(base_url=url, headers=headers, timeout=60)
        with client:
            asked = {
                "name": "a",
                "image": "x",
                "gpu": {"id": "NVIDIA A40", "count": 1},
                "cmd": ["/bin/sh", "-c", LEAVES_MUCH],
            }
            pod = client.post("/v2/pods", json=asked).json()["id"]
            wait_for(lambda: len(marked(pod)) >= 4)
        program.send_signal(end)
        assert program.wait() == (-9 if end == signal.SIGKILL else 0)
    wait_for(lambda: not marked(pod), what="the end of all processes")
