"""From start to the trainer's first line: a job of two ready steps, against the bare commands.

Run: .venv/bin/python bench/launch_overhead.py [runs]
"""

import os
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from figures import in_turn, say

from tuneyard.runner import pack, wrap
from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.step import Plan, Step

READY = ("true",)  # a step before training that finds everything done, as on a second job
TRAINER = ("sh", "-c", "date +%s.%N")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as home:
        numbers = count()
        ours, bare = in_turn(lambda: under_the_runner(Path(home), next(numbers)), by_hand, runs)
    say("start to the trainer's first line", ours, bare, "at most 0.3 s more than by hand")


def under_the_runner(home: Path, number: int) -> float:
    folder = JobFolder(home / "jobs" / f"20261122-{number:06d}-bench")
    begun = time.time()
    folder.make()
    steps = (Step("environment", "", "prepare", READY), Step("train", "", "train", TRAINER))
    write_json(folder.job, {"id": folder.id})
    write_json(folder.state, {"state": "queued", "attempt": 0})
    write_json(folder.plan, Plan("bench", "", steps).as_json())
    pack.pack(folder.runner, "tuneyard.recipes.piper")
    write_json(folder.attempt(1), {})
    wrap.launch(os.path.realpath(sys.executable), folder)
    while not folder.finished("2").exists():
        time.sleep(0.005)
    return float(folder.log.read_text()) - begun


def by_hand() -> float:
    begun = time.time()
    subprocess.run(READY, check=True)
    answer = subprocess.run(TRAINER, check=True, capture_output=True, text=True)
    return float(answer.stdout) - begun


if __name__ == "__main__":
    main()
