"""A job in a rented pod against the same job here: to its first line at home, and how far the log is behind.

RunPod is rehearsed on this computer, without the time that it takes for images, hosts and
networks: what is left is ours. Nothing else is shortened: attendant and pod wait as they always
do. Pod, home and rival share this computer's cores.

The second figure follows a script that is under way and then writes lines of 96 bytes, one write
each and each with its moment, until the pod's bytes are in the job's own log at home; where it
runs here that is the log that it writes.

Run: .venv/bin/python bench/pods.py [runs] [seconds]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figures import in_turn, say
from numpy.typing import NDArray

from tuneyard.compute.runpod.address import ADDRESS
from tuneyard.compute.runpod.names import KEY
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import PROXY, Settings, of_this_program
from tuneyard.runner.folder import JobFolder, read_json_or
from tuneyard.runner.states import State

RATE = 20_000  # lines a second
LINE = 96  # bytes, with its end
ATTENDANT = b"tuneyard.jobs.remote.attend"
REST = 10  # seconds after the first line: by then home follows it, and waits for more
GLANCE = 0.005  # seconds between looks at a log

SCRIPT = f"""#!/usr/bin/env python3
import os, sys, time
def say():
    os.write(1, (b"%019d" % time.time_ns()).ljust({LINE - 1}) + b"\\n")
say()
lines = int(float(sys.argv[1]) * {RATE})
time.sleep({REST} if lines else 0)
begun = time.monotonic_ns()
for line in range(lines):
    while time.monotonic_ns() < begun + line * {1e9 / RATE}:
        time.sleep(0.001)
    say()
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    with tempfile.TemporaryDirectory() as name, rehearsal(Path(name)):
        root = Path(name)
        Run(root, "runpod", 0).follow()  # makes what pods run, which later jobs find ready
        pod, here = in_turn(
            lambda: Run(root, "runpod", 0).follow().first,
            lambda: Run(root, "local", 0).follow().first,
            runs,
        )
        say("start to the script's first line at home (rival: run here)", pod, here, "none yet")
        print(f"log at home, {RATE:,} lines/s for {seconds:g} s (rival: run here)")
        ours, rival = (Run(root, where, seconds).follow() for where in ("runpod", "local"))
        print(f"  ours  {ours}\n  rival {rival}")
        print(f"  ratio of the script's own pace {ours.pace / rival.pace:.3f}", flush=True)


@contextmanager
def rehearsal(root: Path) -> Iterator[Practice]:
    """A RunPod that makes nobody wait; this process and all that it starts talk to it."""
    settings = Settings(root / "practice", pull=0, boot=0, warm=0, hidden=of_this_program())
    with Practice(settings) as runpod:
        os.environ.update({ADDRESS: runpod.url, PROXY: runpod.proxy, KEY: runpod.key()})
        os.environ["TUNEYARD_HOME"] = str(root / "home")
        yield runpod


@dataclass
class Followed:
    """One job's log as it came: when it had how many bytes, against when each line was written.

    `first` is in seconds from the command; `core` is what the attendant used while lines came.
    """

    first: float
    lags: NDArray[np.float64]  # milliseconds, of each line but the first
    pace: float  # lines a second that the script wrote
    core: float

    def __str__(self) -> str:
        p50, p99 = np.percentile(self.lags, [50, 99])
        return (
            f"p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  all {len(self.lags):,} lines"
            f"  attendant {self.core:.3f} core  script {self.pace:,.0f} lines/s"
        )


@dataclass
class Run:
    """One job, by the command that a user would give."""

    root: Path
    where: str
    seconds: float

    def follow(self) -> Followed:
        before = set(self._jobs())
        begun = time.time()
        tuneyard, more = Path(sys.executable).with_name("tuneyard"), ("--yes", "--detach")
        command = (tuneyard, "run", self._file(), "--compute", self.where, *more)
        subprocess.run(command, check=True, capture_output=True)
        (path,) = set(self._jobs()) - before
        folder = JobFolder(path)
        moments, sizes, used = self._watch(folder)
        state = read_json_or(folder.state, {})
        assert state["state"] == "succeeded", (state, folder.log.read_text()[-2000:])
        return _followed(
            folder, self.seconds, begun, np.array(moments), np.array(sizes), np.array(used)
        )

    def _watch(self, folder: JobFolder) -> tuple[list[float], list[int], list[float]]:
        """Moments, the log's size and the attendant's seconds of processor then, until the end."""
        moments: list[float] = []
        sizes: list[int] = []
        used: list[float] = []
        while True:
            over = State(read_json_or(folder.state, {"state": "queued"})["state"]).ended
            size = folder.log.stat().st_size if folder.log.exists() else 0
            if not sizes or size != sizes[-1]:
                moments.append(time.time())
                sizes.append(size)
                used.append(_used(folder))
            if over:
                return moments, sizes, used
            time.sleep(GLANCE)

    def _file(self) -> Path:
        path = self.root / f"job-{self.seconds:g}.toml"
        settings = f"script = '''{SCRIPT}'''\narguments = \"{self.seconds}\"\n"
        path.write_text(f'recipe = "script"\nname = "bench"\n[settings]\n{settings}')
        return path

    def _jobs(self) -> list[Path]:
        return [*(self.root / "home" / "jobs").glob("[!.]*")]


def _followed(
    folder: JobFolder,
    seconds: float,
    begun: float,
    moments: NDArray[np.float64],
    sizes: NDArray[np.int64],
    used: NDArray[np.float64],
) -> Followed:
    said = folder.log.read_bytes().splitlines(keepends=True)
    own = np.array([len(line) == LINE and line[:19].isdigit() for line in said])
    lines = [line for line, is_own in zip(said, own, strict=True) if is_own]
    assert len(lines) == 1 + int(seconds * RATE), "a line was lost, or came twice"
    written = np.array([int(line[:19]) / 1e9 for line in lines])
    came = np.searchsorted(sizes, np.cumsum([len(line) for line in said])[own])
    lags = (moments[came] - written) * 1000
    begin, end = came[min(1, len(lines) - 1)], came[-1]
    took = max(moments[end] - moments[begin], 1e-9)
    pace = len(lines[2:]) / max(written[-1] - written[min(1, len(lines) - 1)], 1e-9)
    return Followed(moments[came[0]] - begun, lags[1:], pace, (used[end] - used[begin]) / took)


def _used(folder: JobFolder) -> float:
    """Seconds of processor that the job's attendant has used; 0 of a job that has none."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes()
            if ATTENDANT in command and str(folder.path).encode() in command:
                fields = (place / "stat").read_text().rpartition(")")[2].split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:  # it has just ended
            continue
    return 0.0


if __name__ == "__main__":
    main()
