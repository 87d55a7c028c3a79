"""The charts of a run with 1,000,000 points: from its file to what a page draws.

Ours reads metrics.jsonl, thins each metric to 2,000 points and writes the JSON of the answer.
The rival is TensorBoard's own reader, EventAccumulator, which keeps every point of the same
run, written as event files by TensorBoard's own writer. TensorBoard is installed with uv into
a temporary environment; nothing else needs it. Each reading is a process of its own; its
imports are not counted.

Run: .venv/bin/python bench/charts.py [runs]
"""

import json
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from figures import in_turn, say, seconds
from pydantic_core import to_json
from uv import find_uv_bin

from tuneyard.runner.folder import JobFolder
from tuneyard.server.series import SeriesReader

WRITE = """
import json, sys
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
writer = EventFileWriter(sys.argv[2], max_queue_size=10000)
for line in open(sys.argv[1]):
    row = json.loads(line)
    t, step, _ = row.pop("t"), row.pop("step"), row.pop("epoch")
    for tag, value in row.items():
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(wall_time=t, step=step, summary=summary))
writer.close()
"""

READ = """
import sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begun = time.perf_counter()
run = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
run.Reload()
points = sum(len(run.Scalars(tag)) for tag in run.Tags()["scalars"])
assert points == 1_000_000, points
print(time.perf_counter() - begun)
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        tensorboard = install(root / "environment")
        for metrics in (10, 1):
            folder = JobFolder(root / f"run-{metrics}")
            folder.make()
            fill(folder, metrics, 1_000_000 // metrics)
            events = root / f"events-{metrics}"
            write = [tensorboard, "-c", WRITE, str(folder.metrics), str(events)]
            subprocess.run(write, check=True)
            ours, rival = in_turn(
                partial(seconds_of, sys.executable, __file__, "read", str(folder.path)),
                partial(seconds_of, tensorboard, "-c", READ, str(events)),
                runs,
            )
            figure = (
                f"{metrics} metrics of {1_000_000 // metrics:,} steps (rival: EventAccumulator)"
            )
            say(figure, ours, rival, "under 1 s, and faster")


def install(place: Path) -> str:
    subprocess.run([find_uv_bin(), "venv", "--quiet", str(place)], check=True)
    python = str(place / "bin" / "python")
    # Its readers import pkg_resources, which newer setuptools no longer bring.
    needs = ["tensorboard", "setuptools<81"]
    subprocess.run(
        [find_uv_bin(), "pip", "install", "--quiet", "--python", python, *needs], check=True
    )
    return python


def fill(folder: JobFolder, metrics: int, steps: int) -> None:
    dice = random.Random(1)
    with open(folder.metrics, "w") as file:
        for step in range(steps):
            row = {"t": 1.79e9 + step / 10, "step": step, "epoch": step // 500}
            row |= {f"loss_{metric}": dice.random() for metric in range(metrics)}
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def seconds_of(*command: str) -> float:
    """What a command says that it took."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def read(path: str) -> None:
    reader = SeriesReader()
    print(seconds(lambda: to_json(reader.read(JobFolder(path)))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(sys.argv[2])
    else:
        main()
