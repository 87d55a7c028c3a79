"""Makes the voice out of a checkpoint: an ONNX file and the settings that belong beside it.

``export [--checkpoint FILE] [--out ../outputs/voice.onnx]``; without a checkpoint, the
newest. Piper's own exporter calls torch's new one, which can't follow a voice
whose length depends on what it says; this uses the TorchScript one.
"""

from __future__ import annotations

import argparse
import inspect
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from piper.train.vits.lightning import VitsModel

from tuneyard.recipes.piper.trainer import checkpoint, job, kept
from tuneyard.recipes.piper.trainer.job import CHECKPOINTS, CONFIG, VOICE, Refused, say

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPSET = 15  # what Piper's players are known to read
_EXAMPLE_LENGTH = 50
_SCALES = (0.667, 1.0, 0.8)  # noise, length, noise of the durations: Piper's defaults


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="export")
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=VOICE)
    options = parser.parse_args(argv)
    try:
        source = options.checkpoint or _newest()
        export(source, options.out)
    except Refused as refused:
        say(str(refused))
        return refused.code
    except FileNotFoundError as missing:
        say(f"The checkpoint {missing.filename} is gone. Choose another to export.")
        return 1
    say(f"Exported {source} to {options.out}.")
    return 0


def export(source: Path, out: Path) -> None:
    """Writes `out` and its ``.json``; a reader sees both complete or neither.

    Raises `Refused` with a sentence, or `FileNotFoundError` when `source` is gone.
    """
    config = _config()
    generator = _generator(checkpoint.load(source))
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    try:
        _write_onnx(generator, partial)
        job.write_plain(out.with_name(f"{out.name}.json"), config)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


class _Voice(torch.nn.Module):  # type: ignore[misc] # the trainer's class
    """The generator as Piper's players call it."""

    def __init__(self, generator: Any) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, text: Any, lengths: Any, scales: Any, sid: Any = None) -> Any:
        """[batch, phonemes], [batch], [3] and [batch] to audio [batch, 1, 1, samples]."""
        audio, *_ = self.generator.infer(
            text,
            lengths,
            noise_scale=scales[0],
            length_scale=scales[1],
            noise_scale_w=scales[2],
            sid=sid,
        )
        return audio.unsqueeze(1)


def _newest() -> Path:
    found = kept.listed(CHECKPOINTS)
    if not found:
        raise Refused("There is no checkpoint to export yet. Train at least one epoch.")
    return found[-1].path


def _config() -> dict[str, Any]:
    """Piper's own settings of the voice, with what its published voices say besides."""
    if not CONFIG.exists():
        raise Refused(f"{CONFIG} is missing: the training writes it. Run the training again.")
    settings = job.read("settings.json")
    config = job.read(str(CONFIG))
    return {
        **config,
        "audio": {**config["audio"], "quality": settings["quality"]},
        "dataset": settings["voice_name"],
    }


def _generator(loaded: Mapping[str, Any]) -> Any:
    known = inspect.signature(VitsModel.__init__).parameters
    hparams = {k: v for k, v in (loaded.get("hyper_parameters") or {}).items() if k in known}
    hparams["resblock"] = str(hparams.get("resblock", "2"))  # a number builds the other net
    model = VitsModel(**{**hparams, "warmstart_ckpt": None, "mos_metric": None})
    prefix = "model_g."
    weights = loaded["state_dict"].items()
    try:
        model.model_g.load_state_dict(
            {name[len(prefix) :]: w for name, w in weights if name.startswith(prefix)}
        )
    except RuntimeError as error:
        raise Refused(
            "The checkpoint doesn't fit the net that its own settings describe, so it can't be "
            f"exported ({str(error).strip().splitlines()[0]}). Choose another."
        ) from error
    generator = model.model_g.eval()
    generator.dec.remove_weight_norm()
    return generator


def _write_onnx(generator: Any, path: Path) -> None:
    torch.manual_seed(1234)
    text = torch.randint(0, generator.n_vocab, (1, _EXAMPLE_LENGTH), dtype=torch.long)
    speaker = torch.LongTensor([0]) if generator.n_speakers > 1 else None
    with torch.no_grad(), path.open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks about Piper's own code
        torch.onnx.export(
            _Voice(generator),
            (text, torch.LongTensor([_EXAMPLE_LENGTH]), torch.FloatTensor(_SCALES), speaker),
            file,
            dynamo=False,
            opset_version=_OPSET,
            input_names=["input", "input_lengths", "scales", "sid"],
            output_names=["output"],
            dynamic_axes={
                "input": {0: "batch_size", 1: "phonemes"},
                "input_lengths": {0: "batch_size"},
                "output": {0: "batch_size", 2: "time"},
            },
        )
        file.flush()
        os.fsync(file.fileno())
