"""Training speed under the runner, with metrics read and samples off, against the bare trainer.

Both train the example's tiny voice for the same epochs; the figure is the median of the
seconds a step, first epoch left out. Needs the trainer's environment: name its Python in
TUNEYARD_TEST_TRAINER, or run ./launch test once, which builds it.

Run: .venv/bin/python bench/training_speed.py [pairs]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import count, pairwise
from pathlib import Path

from figures import in_turn, say

from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines
from tuneyard.runner.states import State

EXAMPLE = Path(__file__).parents[1] / "examples" / "first-voice"
EPOCHS = 4


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        first = under_the_runner(root, 0)  # also makes what the bare runs start from
        numbers = count(1)
        ours, bare = in_turn(
            lambda: seconds_a_step(under_the_runner(root, next(numbers)).work),
            lambda: seconds_a_step(bare_run(root, first)),
            pairs,
        )
    say("seconds a step (rival: the bare command)", ours, bare, "speed at least 0.99: ratio 1.01")


def under_the_runner(root: Path, number: int) -> JobFolder:
    settings = {
        "dataset": str(EXAMPLE),
        "quality": "tiny",
        "epochs": EPOCHS,
        "checkpoint_epochs": EPOCHS,
        "batch_size": 8,
        "accelerator": "cpu",
        "samples_while_training": False,
        "trainer_python": os.environ["TUNEYARD_TEST_TRAINER"],
    }
    job = jobs.build({"recipe": "piper", "name": f"bench {number}", "settings": settings})
    folder = Manager(root / "home").start(job)
    while held(folder.runner_lock) or not State(read_json(folder.state)["state"]).ended:
        subprocess.run(["sleep", "0.5"], check=True)
    assert read_json(folder.state)["state"] == "succeeded", folder.log.read_text()[-2000:]
    return folder


def bare_run(root: Path, like: JobFolder) -> Path:
    """The same command by hand, in a copy of the working directory without what was trained."""
    work = Path(tempfile.mkdtemp(dir=root))
    for name in ("settings.json", "data.json", "base.json", "job.json", "metadata.csv"):
        (work / name).write_bytes((like.work / name).read_bytes())
    trainer = json.loads((like.work / "trainer.json").read_text())["python"]
    command = [trainer, str(like.runner), "call", "tuneyard.recipes.piper.trainer.train"]
    subprocess.run(
        command, cwd=work, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return work


def seconds_a_step(work: Path) -> float:
    steps = [e for e in read_lines(work / "train" / "events.jsonl") if e["event"] == "step"]
    pairs = pairwise(steps)
    lengths: list[float] = [
        b["t"] - a["t"] for a, b in pairs if a["epoch"] == b["epoch"] and b["epoch"] > 0
    ]
    return statistics.median(lengths)


if __name__ == "__main__":
    main()
