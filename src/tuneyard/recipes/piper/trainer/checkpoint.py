"""What a checkpoint file holds, read without running anything that is in it.

A checkpoint is a pickle, and an untrusted pickle is a program. So files are read
with torch's ``weights_only`` alone. The one foreign thing that checkpoints of the
older Piper hold, paths, is read as text.

``main`` prints the facts as JSON: ``python -m … FILE [--out facts.json]``.
"""

from __future__ import annotations

import argparse
import json
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from tuneyard.recipes.piper.trainer import job
from tuneyard.recipes.piper.trainer.job import Refused, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNUSABLE = 65
_TEXT_TABLE = "model_g.enc_p.emb.weight"
_SPEAKER_TABLE = "model_g.emb_g.weight"
_DISCRIMINATOR = "model_d."
# channels of the text table, and of the decoder's first layer, by Piper's presets
_QUALITY_BY_CHANNELS = {
    (32, 32): "tiny",
    (96, 256): "x-low",
    (192, 256): "medium",
    (192, 512): "high",
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="checkpoint")
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, help="write the facts here as well")
    options = parser.parse_args(argv)
    try:
        facts = inspect(options.file)
    except Refused as refused:
        say(str(refused))
        return refused.code
    if options.out is not None:
        job.write(options.out, facts)
    say(json.dumps(facts, indent=2))
    return 0


def load(path: Path) -> dict[str, Any]:
    """The whole checkpoint, its tensors mapped from the file, paths in it as text.

    Raises `Refused` with a sentence when it isn't a checkpoint, is damaged, or holds
    objects that can't be read safely; `FileNotFoundError` when it isn't there.
    """
    try:
        with torch.serialization.safe_globals(list(_paths_as_text())):
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=_mappable(path))
    except FileNotFoundError:
        raise
    except pickle.UnpicklingError as error:
        raise Refused(_sentence_for(path, str(error)), UNUSABLE) from error
    except Exception as error:  # torch has no common error for a damaged file
        raise Refused(
            f"{path.name} is damaged or not a checkpoint ({_first_line(error)}). "
            "Fetch it again, or choose another.",
            UNUSABLE,
        ) from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("state_dict"), dict):
        raise Refused(
            f"{path.name} is no checkpoint of a training: it has no weights by name. "
            "Choose a .ckpt file that Piper has made.",
            UNUSABLE,
        )
    return loaded


def inspect(path: Path) -> dict[str, Any]:
    """The facts that decide what a checkpoint can be used for.

    Raises `Refused` with a sentence when there is none, it isn't one of Piper's, or
    it can't be read safely.

    ``epoch`` is the number in the file, the index of the epoch that ran last;
    ``epochs_trained`` counts the finished ones, which is where resuming goes on.
    Unknown ones are null. ``quality`` is ``medium`` for a net of that size at 22050 Hz,
    ``low`` at 16000 Hz; ``""`` for a net of no known size.
    """
    if not path.exists():
        raise Refused(f"There is no checkpoint at {path}. Fetch it again.", UNUSABLE)
    loaded = load(path)
    weights: Mapping[str, torch.Tensor] = loaded["state_dict"]
    if _TEXT_TABLE not in weights:
        raise Refused(
            f"{path.name} is a checkpoint of something other than a Piper voice. Choose another.",
            UNUSABLE,
        )
    hparams = loaded.get("hyper_parameters") or {}
    rate = hparams.get("sample_rate")
    return {
        "bytes": path.stat().st_size,
        "epoch": loaded.get("epoch"),
        "epochs_trained": epochs_trained(loaded),
        "global_step": loaded.get("global_step"),
        "sample_rate": rate,
        "speakers": weights[_SPEAKER_TABLE].shape[0] if _SPEAKER_TABLE in weights else 1,
        "symbols": weights[_TEXT_TABLE].shape[0],
        "quality": _quality(weights, rate),
        "generation": _generation(hparams),
        "lightning": loaded.get("pytorch-lightning_version"),
        "paths_inside": not reads_plainly(path),
        "resumable": bool(loaded.get("optimizer_states"))
        and any(name.startswith(_DISCRIMINATOR) for name in weights),
    }


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The sizes of the weights, by name. Raises as `load` does."""
    return {name: tuple(weight.shape) for name, weight in load(path)["state_dict"].items()}


def epochs_trained(loaded: Mapping[str, Any]) -> int:
    """Finished epochs. A checkpoint from the middle of an epoch has as many as its number says."""
    progress = loaded.get("loops", {}).get("fit_loop", {})
    batches = progress.get("epoch_loop.batch_progress", {})
    middle = batches.get("is_last_batch") is False
    return int(loaded.get("epoch") or 0) + (0 if middle else 1)


def reads_plainly(path: Path) -> bool:
    """Whether torch reads it with ``weights_only`` and no names allowed: then anything may."""
    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=_mappable(path))
    except pickle.UnpicklingError:
        return False
    return True


def plain(path: Path, copy: Path) -> Path:
    """`path` itself if it holds nothing foreign, else `copy`, made from it with paths as text."""
    if reads_plainly(path):
        return path
    copy.parent.mkdir(parents=True, exist_ok=True)
    partial = copy.with_name(f".{copy.name}.partial")
    torch.save(load(path), partial)
    partial.replace(copy)
    return copy


def _paths_as_text() -> Iterator[tuple[Any, str]]:
    for module in ("pathlib", "pathlib._local"):  # the second: pickled by Python 3.13
        for kind in ("Posix", "Windows"):
            yield _joined, f"{module}.{kind}Path"
            yield _joined, f"{module}.Pure{kind}Path"


def _joined(*parts: str) -> str:
    return "/".join(parts).replace("//", "/")


def _mappable(path: Path) -> bool:
    return zipfile.is_zipfile(path)


def _sentence_for(path: Path, error: str) -> str:
    if "Unsupported" in error or "GLOBAL" in error:
        return (
            f"{path.name} holds objects that can't be read safely, so it is not read at all. "
            "Choose a base of the list, or a checkpoint that Tuneyard has made."
        )
    return f"{path.name} is damaged. Fetch it again, or choose another."


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(". ")[0].strip() or type(error).__name__


def _quality(weights: Mapping[str, torch.Tensor], rate: int | None) -> str:
    decoder = weights.get("model_g.dec.conv_pre.weight")
    if decoder is None:
        return ""
    channels = (weights[_TEXT_TABLE].shape[1], decoder.shape[0])
    quality = _QUALITY_BY_CHANNELS.get(channels, "")
    return "low" if quality == "medium" and rate == 16000 else quality


def _generation(hparams: Mapping[str, Any]) -> str:
    """Which Piper made it: the older one told the size of a sample, the newer one can't read that.

    (OHF-Voice/piper1-gpl#76)
    """
    if not hparams:
        return ""
    return "rhasspy" if "sample_bytes" in hparams else "piper1-gpl"
