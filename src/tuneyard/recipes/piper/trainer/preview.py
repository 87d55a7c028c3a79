"""Lets one hear a checkpoint while the training goes on: a side task, on one thread of the CPU.

``preview train/checkpoints/epoch=9-step=60.ckpt`` leaves ``../samples/epoch-00010/``, by
the epochs trained; ``epoch-00009-step-57`` for a checkpoint from the middle of an epoch.
Exit code 0 as well when the checkpoint was replaced by newer ones meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read by numpy's and torch's libraries when they load

import torch

from tuneyard.recipes.piper.trainer import kept
from tuneyard.recipes.piper.trainer.export import export
from tuneyard.recipes.piper.trainer.job import Refused, say
from tuneyard.recipes.piper.trainer.speak import speak

_WORKSHOP = Path("train/preview")
_SAMPLES = Path("../samples")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="preview")
    parser.add_argument("checkpoint", type=Path)
    source = parser.parse_args(argv).checkpoint
    torch.set_num_threads(1)
    try:
        out = _SAMPLES / _folder(source)
        _preview(source, out)
    except FileNotFoundError:
        say(f"{source.name} has been replaced by newer checkpoints; there is nothing to speak.")
        return 0
    except Refused as refused:
        say(str(refused))
        return refused.code
    finally:
        shutil.rmtree(_WORKSHOP, ignore_errors=True)
    say(f"{source.name} can be heard in {out}.")
    return 0


def _preview(source: Path, out: Path) -> None:
    if not source.exists():
        raise FileNotFoundError(source)
    shutil.rmtree(_WORKSHOP, ignore_errors=True)  # of a preview that was killed
    voice = _WORKSHOP / "voice.onnx"
    export(source, voice)
    one = kept.parse(source)
    about = {"checkpoint": str(source), "epoch": one and one.epoch, "step": one and one.step}
    speak(voice, out, threads=1, about=about)


def _folder(source: Path) -> str:
    one = kept.parse(source)
    if one is None:
        return source.stem
    middle = f"-step-{one.step}" if one.interrupted else ""
    return f"epoch-{one.epochs_trained:05}{middle}"
