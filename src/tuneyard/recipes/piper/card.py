"""Writes the voice's model card, ``../outputs/README.md``, from what the steps before left.

The same files give the same card, word for word: it holds no dates. It may be
published, so no path of this computer is in it, and the user's text is escaped.
"""

from __future__ import annotations

import html
import json
import re
import shlex
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import hub
from tuneyard.recipes.piper import languages, rules
from tuneyard.runner.folder import read_json, read_json_or, read_lines, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CARD = Path("../outputs/README.md")
_SAMPLES = Path("../samples/final")
_EVENTS = Path("train/events.jsonl")
_PIPER = "https://github.com/OHF-Voice/piper1-gpl"

# Where the Hub's language code isn't what espeak-ng's begins with.
_CODES = {"cmn": "zh"}

_LOSSES = {
    "loss_g": "generator",
    "loss_d": "discriminator",
    "val_loss": "validation",
    "val_mel": "validation, spectrogram alone",
}

_SHOWN = {
    "quality": "Quality",
    "batch_size": "Batch size",
    "precision": "Precision",
    "learning_rate": "Learning rate",
    "learning_rate_d": "Learning rate of the discriminator",
    "validation_split": "Validation split",
    "trim_silence": "Silence trimmed",
    "seed": "Seed",
}

_USE = {"resume": "went on from", "warm-start": "started with the weights of"}


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    text = card(
        settings=read_json(Path("settings.json")),
        job=read_json(Path("job.json")),
        data=read_json(Path("data.json")),
        base=read_json(Path("base.json")),
        events=read_lines(_EVENTS),
        samples=sorted(path.name for path in _SAMPLES.glob("*.wav")),
        spoken=_spoken(),
    )
    _CARD.parent.mkdir(parents=True, exist_ok=True)
    write_text(_CARD, text)
    print(f"Wrote {_CARD.name}, the model card.", flush=True)
    return 0


def card(
    *,
    settings: Mapping[str, Any],
    job: Mapping[str, Any],
    data: Mapping[str, Any],
    base: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    samples: list[str],
    spoken: Mapping[str, str],
) -> str:
    """The text of a model card.

    `events` are the lines of ``train/events.jsonl``; `samples` names of files in
    ``samples/``, `spoken` what is said in them.
    """
    known = languages.get(settings["language"])
    language = known.name if known else settings["language"]
    name = _text(settings["voice_name"] or job["name"])
    rate = rules.sample_rate(settings)
    blocks = [
        _front_matter(settings, data, base),
        f"# {name}",
        f"A [Piper]({_PIPER}) voice: {_text(language)}, {settings['quality']} quality, {rate:,} Hz.",
        *_use(settings, data),
        *_sample_list(samples, spoken),
        *_training(settings, data, base, list(events)),
        *_honest(settings),
    ]
    return "\n\n".join(blocks) + "\n"


def _spoken() -> dict[str, str]:
    """What each sample says, by its name, as the step that spoke them noted it."""
    noted = read_json_or(_SAMPLES / "samples.json", {}).get("samples", [])
    return {
        each["file"]: f"{each['speaker']}: {each['text']}" if each["speaker"] else each["text"]
        for each in noted
    }


def _front_matter(
    settings: Mapping[str, Any], data: Mapping[str, Any], base: Mapping[str, Any]
) -> str:
    """What the Hub reads. A licence is the owner's to choose, so none is claimed."""
    fields: dict[str, Any] = {
        "language": _code(settings["language"]),
        "library_name": "piper",
        "pipeline_tag": "text-to-speech",
        "tags": ["text-to-speech", "piper", "tuneyard"],
    }
    dataset = _hub_dataset(data)
    if dataset:
        fields["datasets"] = [dataset]
    origin = hub.repository_of(base.get("address", ""))
    if origin and origin[0] == "model":  # the Hub looks for a model: most bases lie in a dataset
        fields["base_model"] = origin[1]
    # JSON is YAML, whatever the text holds.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _use(settings: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[str]:
    sentence = languages.sentence(settings["language"]) or "1, 2, 3."
    speakers = data["speakers"]
    yield "## Speak with it"
    yield (
        "```sh\n"
        "pip install piper-tts\n"
        f"piper -m voice.onnx{' -s 0' if speakers else ''} -f hello.wav -- {shlex.quote(sentence)}\n"
        "```"
    )
    configured = ", SynthesisConfig(speaker_id=0)" if speakers else ""
    imported = "PiperVoice, SynthesisConfig" if speakers else "PiperVoice"
    yield (
        "```python\n"
        "import wave\n\n"
        f"from piper import {imported}\n\n"
        'voice = PiperVoice.load("voice.onnx")\n'
        'with wave.open("hello.wav", "wb") as file:\n'
        f"    voice.synthesize_wav({json.dumps(sentence, ensure_ascii=False)}, file{configured})\n"
        "```"
    )
    yield "`voice.onnx.json` has to lie beside `voice.onnx`."
    if speakers:
        rows = [(str(number), _text(name)) for name, number in speakers.items()]
        yield _table(("Number", "Speaker"), rows)


def _sample_list(samples: list[str], spoken: Mapping[str, str]) -> Iterator[str]:
    if samples:
        yield "## Samples"
        yield "\n".join(
            f"- [{_text(spoken.get(name, '')) or name}](samples/{urllib.parse.quote(name)})"
            for name in samples
        )


def _training(
    settings: Mapping[str, Any],
    data: Mapping[str, Any],
    base: Mapping[str, Any],
    events: list[Mapping[str, Any]],
) -> Iterator[str]:
    yield "## How it was trained"
    yield " ".join([_recordings(data), _start(base), _effort(events)]).strip()
    rows = [(title, _value(settings[name])) for name, title in _SHOWN.items()]
    yield _table(("Setting", "Value"), [("Language (espeak-ng)", settings["language"]), *rows])
    losses = [(_LOSSES[name], f"{value:.4g}") for name, value in _last(events).items()]
    if losses:
        yield _table(("Last loss", "Value"), losses)


def _recordings(data: Mapping[str, Any]) -> str:
    dataset = _hub_dataset(data)
    place = f" of [{dataset}](https://huggingface.co/datasets/{dataset})" if dataset else ""
    commit = data["source"].get("commit", "")
    at = f" at {commit[:8]}" if dataset and commit else ""
    minutes = f", {data['seconds'] / 60:.1f} minutes" if data["seconds"] else ""
    return f"Trained with Tuneyard on {data['clips']:,} clips{place}{at}{minutes}."


def _start(base: Mapping[str, Any]) -> str:
    if not base["path"]:
        return "It started from nothing."
    name, address = _text(base["name"]), base["address"]
    shown = f"[{name}]({urllib.parse.quote(address, safe=':/%=')})" if address else name
    return f"It {_USE[base['use']]} {shown}, which had {base['epoch']:,} epochs."


def _effort(events: list[Mapping[str, Any]]) -> str:
    """How long it trained; the count of epochs goes on from a base that was resumed."""
    steps = [event for event in events if event.get("event") == "step"]
    if not steps:
        return ""
    epochs = steps[-1]["epoch"] + 1
    return f"Its training ended in epoch {epochs:,}, after {steps[-1]['step']:,} steps."


def _last(events: list[Mapping[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for event in events:
        if event.get("event") in {"step", "val"}:
            found |= {name: event[name] for name in _LOSSES if name in event}
    return {name: found[name] for name in _LOSSES if name in found}


def _honest(settings: Mapping[str, Any]) -> Iterator[str]:
    yield "## What to know"
    notes = [
        "A loss says how training went, not how the voice sounds: listen to the samples.",
        "No licence is stated here: it depends on the recordings and on the base, and is for the publisher to choose.",
        "A voice that sounds like a person is to be used only as that person agreed to.",
    ]
    if settings["quality"] == "tiny":
        notes.insert(0, "Quality tiny proves that a training runs. Its voice is noise.")
    yield "\n".join(f"- {note}" for note in notes)


def _hub_dataset(data: Mapping[str, Any]) -> str:
    """Its owner/name on the Hub, or ""."""
    name = str(data["source"].get("name", ""))
    return name.removeprefix("hf:").partition("@")[0] if name.startswith("hf:") else ""


def _code(language: str) -> str:
    """The Hub's code for a language: ISO 639, which is what espeak-ng's names begin with."""
    known = languages.get(language)
    first = (known.id if known else language).partition("-")[0]
    return _CODES.get(first, first)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _text(f"{value:g}" if isinstance(value, float) else str(value))


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    return "\n".join(f"| {left} | {right} |" for left, right in [head, ("---", "---"), *rows])


def _text(text: str) -> str:
    """User's text as one line of Markdown that shows it as it is."""
    line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]#|~])", r"\\\1", line)
