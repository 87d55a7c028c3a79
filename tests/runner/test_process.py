import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tuneyard.runner import process
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.process import Identity
from waiting import wait_for


def test_an_identity_is_more_than_a_pid() -> None:
    child = subprocess.Popen(["sleep", "600"])
    identity = Identity.of(child.pid)
    assert identity is not None
    assert identity.alive()
    assert Identity.from_json(identity.as_json()) == identity
    for other in (
        replace(identity, ticks=identity.ticks + 1),
        replace(identity, boot="another boot"),
    ):
        assert not other.alive()
        assert not other.send(signal.SIGKILL)
    assert child.poll() is None
    assert identity.send(signal.SIGKILL)
    child.wait()
    assert not identity.alive()
    assert not identity.send(signal.SIGKILL)
    assert Identity.of(child.pid) is None


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen(["sleep", "600"])
    identity = Identity.of(child.pid)
    assert identity is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    assert not identity.alive()
    child.wait()


def test_processes_of_a_job_are_found_by_their_marks(tmp_path: Path) -> None:
    home, link, elsewhere = tmp_path / "home", tmp_path / "link", tmp_path / "elsewhere"
    home.mkdir()
    link.symlink_to(home)

    def start(job: str, step: str, home: Path) -> subprocess.Popen[bytes]:
        marks = {process.JOB: job, process.STEP: step, process.HOME: str(home)}
        code = "import os, time; os.setsid(); os.closerange(0, 99); time.sleep(600)"
        return subprocess.Popen([sys.executable, "-S", "-c", code], env={**os.environ, **marks})

    def found(home: Path, job: str = "job-a", step: str | None = None) -> set[int]:
        return set(process.of_job(JobFolder(home / "jobs" / job), step))

    one, two = start("job-a:1", "1", home), start("job-a:2", "side-x", link)
    longer, namesake = start("job-ab:1", "1", home), start("job-a:1", "1", elsewhere)
    try:
        wait_for(lambda: found(home) == {one.pid, two.pid})
        wait_for(lambda: found(home, "job-ab") == {longer.pid})
        wait_for(lambda: found(elsewhere) == {namesake.pid})
        assert found(link) == {one.pid, two.pid}
        assert found(home, step="side-x") == {two.pid}
        assert set(process.kill_all(JobFolder(home / "jobs" / "job-a"))) == {one.pid, two.pid}
        one.wait()
        two.wait()
        assert found(home) == set()
        assert longer.poll() is None
        assert namesake.poll() is None
    finally:
        for child in (one, two, longer, namesake):
            child.kill()
            child.wait()


def test_the_boot_id_and_ticks_are_those_of_the_kernel() -> None:
    mine = Identity.mine()
    assert mine.pid == os.getpid()
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 < mine.ticks <= uptime * os.sysconf("SC_CLK_TCK")
