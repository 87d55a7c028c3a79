"""Speaks the settings' sentences with an exported voice, on the CPU.

``speak [--voice ../outputs/voice.onnx] [--out ../samples/final]`` leaves ``01.wav``, …
and ``samples.json``: ``{"samples": [{"file", "text", "speaker", "seconds", "rms",
"silent"}, …]}``, `rms` of full scale. Exit code 1 when not one of them can be heard.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import wave
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig

from tuneyard.recipes.piper.trainer import job
from tuneyard.recipes.piper.trainer.job import VOICE, Refused, say
from tuneyard.recipes.piper.trainer.sentences import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SPEAKERS = 3  # of many: the first few show how they differ
_SILENT_RMS = 0.001  # of full scale, after Piper has made the loudest sample full scale
_SHORTEST = 0.05  # seconds


@dataclass(frozen=True)
class Sample:
    file: str
    text: str
    speaker: str
    seconds: float
    rms: float
    silent: bool


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="speak")
    parser.add_argument("--voice", type=Path, default=VOICE)
    parser.add_argument("--out", type=Path, default=Path("../samples/final"))
    options = parser.parse_args(argv)
    try:
        samples = speak(options.voice, options.out)
    except Refused as refused:
        say(str(refused))
        return refused.code
    say(f"Spoke {len(samples)} samples into {options.out}.")
    if all(sample.silent for sample in samples):
        say(
            "Not one of the samples can be heard: they are silent or empty. "
            "Look whether the losses fell, and train longer or with a smaller learning rate."
        )
        return 1
    return 0


def speak(
    voice_file: Path, out: Path, *, threads: int = 0, about: Mapping[str, Any] | None = None
) -> list[Sample]:
    """Replaces the folder `out` by one with all samples, at once when they are complete.

    `threads` 0 leaves the number to onnxruntime. `about` goes into ``samples.json`` as it is.
    Raises `Refused` when there is no voice, or it can't be read.
    """
    settings = job.read("settings.json")
    texts = chosen(settings["sentences"], settings["language"], _dataset_texts())
    voice = _load(voice_file, threads)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    samples = [
        _speak_one(voice, text, speaker, partial / f"{number:02}.wav")
        for number, (text, speaker) in enumerate(_turns(texts, voice.config), start=1)
    ]
    listing = {**(about or {}), "samples": [asdict(sample) for sample in samples]}
    job.write(partial / "samples.json", listing)
    _replace(out, partial)
    return samples


def _load(voice_file: Path, threads: int) -> Any:
    if not voice_file.exists():
        raise Refused(f"There is no voice at {voice_file} yet. Export a checkpoint first.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = threads
    try:
        config = json.loads(Path(f"{voice_file}.json").read_text(encoding="utf-8"))
        return PiperVoice(
            session=onnxruntime.InferenceSession(
                str(voice_file), sess_options=options, providers=["CPUExecutionProvider"]
            ),
            config=PiperConfig.from_dict(config),
        )
    except Exception as error:  # onnxruntime has an error class for each kind of damage
        raise Refused(
            f"The voice {voice_file} can't be read ({error}). Export it again."
        ) from error


def _dataset_texts() -> list[str]:
    path = Path("metadata.csv")
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row[-1] for row in csv.reader(file, delimiter="|") if row]


def _turns(texts: list[str], config: Any) -> Iterator[tuple[str, str]]:
    """Each text by each of the first few speakers; the only speaker has no name."""
    names = sorted(config.speaker_id_map, key=config.speaker_id_map.__getitem__)
    for text in texts:
        for name in names[:_SPEAKERS] if config.num_speakers > 1 else [""]:
            yield text, name


def _speak_one(voice: Any, text: str, speaker: str, path: Path) -> Sample:
    number = voice.config.speaker_id_map[speaker] if speaker else None
    chunks = voice.synthesize(text, SynthesisConfig(speaker_id=number))
    audio = np.concatenate([np.zeros(0), *(chunk.audio_float_array for chunk in chunks)])
    audio = np.nan_to_num(audio, posinf=0.0, neginf=0.0).clip(-1, 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(voice.config.sample_rate)
        file.writeframes((audio * 32767).astype("<i2").tobytes())
    seconds = len(audio) / voice.config.sample_rate
    rms = float(np.sqrt(np.mean(audio**2))) if len(audio) else 0.0
    silent = rms < _SILENT_RMS or seconds < _SHORTEST
    return Sample(path.name, text, speaker, round(seconds, 3), round(rms, 5), silent)


def _replace(folder: Path, by: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    by.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
