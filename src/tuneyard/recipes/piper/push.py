"""Puts the voice, its samples and its card, or one checkpoint, into a repository on the Hub.

Reads ``results.json``. In its folder of the repository lie afterwards ``voice.onnx``,
``voice.onnx.json``, ``config.json`` (the training's own), ``README.md``,
``samples/``, ``checkpoints/``, and ``tuneyard.json``, which says whose they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tuneyard.recipes import hub
from tuneyard.runner.folder import read_json
from tuneyard.runner.problems import Problem

_OUTPUTS = Path("../outputs")
_SAMPLES = Path("../samples/final")
_CONFIG = Path("train/config.json")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="push")
    parser.add_argument("--checkpoint", type=Path, help="push this one alone, while training")
    checkpoint = parser.parse_args(argv).checkpoint
    results, job = read_json(Path("results.json")), read_json(Path("job.json"))
    if not results["repository"]:
        print("Nothing is pushed: the job names no repository.", flush=True)
        return 0
    try:
        if checkpoint is None:
            hub.push_results(job, results, _voice(), "the voice")
        elif not hub.push_checkpoint(
            job, results, {f"checkpoints/{checkpoint.name}": checkpoint}, checkpoint.stem
        ):
            print(f"{checkpoint.name} is gone: a newer one took its place.", flush=True)
    except hub.HubError as error:
        error.problem.tell()
        return 1
    return 0


def _voice() -> dict[str, Path]:
    """All that there is of the voice, by its path in the repository. Raises HubError."""
    files = {
        "voice.onnx": _OUTPUTS / "voice.onnx",
        "voice.onnx.json": _OUTPUTS / "voice.onnx.json",
        "README.md": _OUTPUTS / "README.md",
        "config.json": _CONFIG,
        **{f"samples/{path.name}": path for path in sorted(_SAMPLES.glob("*.wav"))},
    }
    there = {name: path for name, path in files.items() if path.is_file()}
    if "voice.onnx" not in there:
        raise hub.HubError(
            Problem(
                "There is no voice to push: outputs/voice.onnx is missing.",
                "voice-missing",
                next_step="Resume the job: it exports the voice again.",
            )
        )
    return there
