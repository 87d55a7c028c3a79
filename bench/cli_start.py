"""How long the CLI takes to answer: its help, and the list of jobs in a home of 10,000.

The rival is the same Python importing Typer, which is the least a Typer program can take.

Run: .venv/bin/python bench/cli_start.py [runs]
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import in_turn, say, seconds

TUNEYARD = Path(sys.executable).with_name("tuneyard")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        fill(home / "jobs", 10_000)
        measure(home, ["--help"], "under 0.2 s", runs)
        measure(home, ["jobs"], "under 0.5 s", runs)


def measure(home: Path, words: list[str], goal: str, runs: int) -> None:
    ours, rival = in_turn(
        lambda: timed(home, TUNEYARD, *words),
        lambda: timed(home, sys.executable, "-c", "import typer"),
        runs,
    )
    say(f"tuneyard {' '.join(words)} (rival: import typer)", ours, rival, goal)


def fill(folder: Path, jobs: int) -> None:
    state = {
        "format": 1,
        "state": "succeeded",
        "attempt": 1,
        "started": 1795310000.0,
        "ended": 1795311000.0,
        "phase": "finish",
        "step": {"n": 9, "name": "card", "title": "Write the model card", "offset": 1},
        "progress": {"step": 100, "steps": 100, "epoch": 9, "epochs": 10, "seconds_left": 0},
        "figure": {"loss_g": 42.0},
        "cause": None,
        "needs": [],
        "since": 1795311000.0,
    }
    for number in range(jobs):
        one = folder / f"20261122-{number:06d}-voice"
        one.mkdir(parents=True)
        (one / "state.json").write_text(json.dumps(state))
        (one / "job.json").write_text(
            json.dumps(
                {
                    "format": 1,
                    "id": one.name,
                    "recipe": "piper",
                    "name": "voice",
                    "compute": {"name": "local"},
                }
            )
        )


def timed(home: Path, *command: str | Path) -> float:
    environment = {**os.environ, "TUNEYARD_HOME": str(home)}
    return seconds(
        lambda: subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    )


if __name__ == "__main__":
    main()
