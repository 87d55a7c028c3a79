"""Where things lie, seen from a job's ``work/``, in which every step runs."""

from __future__ import annotations

from pathlib import Path

TRAIN = Path("train")
RUNS = TRAIN / "runs"  # the trainer's output_dir: nothing but its runs' folders
CONFIGS = TRAIN / "config"
EVENTS = TRAIN / "events.jsonl"
BEGAN = TRAIN / "began.json"  # what decided the order of data and the rates, at the last start
COMPLETE = TRAIN / "complete.json"  # the goal that was reached
SAVE = TRAIN / "save"  # whoever makes it wants a checkpoint now

LOG = Path("../output.log")
OUTPUTS = Path("../outputs")


def say(sentence: str) -> None:
    print(sentence, flush=True)
