"""A pod where its home is no good, its disk is full, or it is PID 1; as real processes."""

from pathlib import Path

import pytest

from pods_by_hand import Answers, Pod, ends, pod
from tuneyard.runner import process
from waiting import wait_for


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
