"""The laptop sleeps, the network breaks, a script prints its token."""

import hashlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from rented import Rent, Rented
from tuneyard.compute.runpod.practice.faults import Faults, ProxyFaults
from tuneyard.runner.folder import read_json
from waiting import wait_for

RESULT = 'echo voice > "$TUNEYARD_OUTPUTS/voice"; echo made'
WAITS = 'until [ -e "$HOME/go" ]; do sleep 0.05; done'


def asleep(rented: Rented) -> None:
    """From here on nobody at home looks after anything."""
    for pid in rented.attendants():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not rented.attendants(), what="that all attendants are gone")


def has_a_pod(rented: Rented) -> None:
    wait_for(lambda: [pod for pod in rented.practice.pods if pod.reachable], what="a pod")


def go(rented: Rented) -> None:
    """What WAITS in the pod goes on."""
    (pod,) = rented.practice.pods
    (pod.disk / "root" / "go").touch()


def test_the_pod_waits_for_a_laptop_that_sleeps(rented: Rented) -> None:
    folder = rented.start(f"{WAITS}; {RESULT}")
    has_a_pod(rented)
    asleep(rented)
    go(rented)
    (pod,) = rented.practice.pods
    wait_for(lambda: over_in(pod.disk), 120, lambda: rented.story(folder))
    assert not (folder.outputs / "voice").exists()
    rented.manager.tend(folder)
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert (folder.outputs / "voice").read_text() == "voice\n"
    assert folder.log.read_bytes().endswith(b"made\n")


def test_the_pod_ends_itself_when_nobody_comes(rented: Rented) -> None:
    folder = rented.start(f"{WAITS}; {RESULT}", compute={"collect_hours": 0.0005})
    has_a_pod(rented)
    asleep(rented)
    go(rented)
    wait_for(lambda: not rented.practice.pods, 120, lambda: rented.story(folder))
    rented.manager.tend(folder)
    state = rented.ended(folder)
    # Nobody at home ever heard how it went: that is never guessed into an end.
    assert (state["state"], state["cause"]["code"]) == ("lost", "pod-gone")
    assert "Resume" in state["cause"]["next_step"]


def test_the_pod_ends_itself_at_its_deadline(rented: Rented) -> None:
    folder = rented.start("while true; do sleep 0.2; done", compute={"max_hours": 0.004})
    has_a_pod(rented)
    begun = time.time()
    asleep(rented)
    deadline = read_json(folder.path / "home.json")["deadline"]
    wait_for(lambda: not rented.practice.pods, 120, lambda: rented.story(folder))
    assert deadline - 5 < time.time() < max(deadline, begun) + 20
    rented.manager.tend(folder)
    assert rented.ended(folder)["state"] in {"lost", "failed", "stopped"}


def test_data_that_lies_at_home_travels_though_the_way_breaks(rent: Rent, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "numbers.bin").write_bytes(random.Random(1).randbytes(9 << 20))
    faults = Faults(proxy=ProxyFaults(breaks_after=3 << 20, breaks=4))
    with rent(faults) as rented:
        folder = rented.start(
            'sha256sum "$TUNEYARD_FILES/numbers.bin" | cut -c1-64 > "$TUNEYARD_OUTPUTS/sum"',
            files=str(data),
            files_use="path",
        )
        assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
        assert faults.proxy.breaks < 4, "the way was never broken"
        told = rented.practice.world.ended[0].asked["env"]["TUNEYARD_JOB"]
        assert str(data) not in told
    sent = hashlib.sha256((data / "numbers.bin").read_bytes()).hexdigest()
    assert (folder.outputs / "sum").read_text().strip() == sent


def test_a_token_that_a_script_prints_is_stars_everywhere(
    rented: Rented, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "hf_canary0123456789abcdefghij"
    monkeypatch.setenv("HF_TOKEN", token)
    key = os.environ["RUNPOD_API_KEY"]
    folder = rented.start(
        f'echo "it is $HF_TOKEN ${{RUNPOD_API_KEY:-none}}"; {RESULT}', secrets=["HF_TOKEN"]
    )
    assert rented.ended(folder)["state"] == "succeeded", rented.story(folder)
    assert f"it is {'*' * len(token)} none".encode() in folder.log.read_bytes()
    for path in rented.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert token.encode() not in data, path
            assert key.encode() not in data, path
    (pod,) = rented.practice.world.ended
    assert key not in str(pod.asked)
    assert token not in "\n".join(line.text for line in pod.log.lines())


def over_in(disk: Path) -> bool:
    """Whether the job of a pod is over, as its own folder says."""
    found = [*disk.glob("root/tuneyard/jobs/*/state.json")]
    return bool(found) and read_json(found[0])["state"] == "succeeded"
