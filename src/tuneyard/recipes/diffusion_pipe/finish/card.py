"""Writes the model card, ``../outputs/README.md``, from what the steps before left.

The same files give the same card, word for word. It may be published, so no path of this
computer is in it, and the user's text is escaped. The licence is left to the user.
"""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import hub
from tuneyard.recipes.diffusion_pipe.catalog import models
from tuneyard.recipes.diffusion_pipe.files.named import paths
from tuneyard.runner.folder import read_json, read_json_or, read_lines, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OUTPUTS = Path("../outputs")
_EVENTS = Path("train/events.jsonl")
_TRAINER = "https://github.com/tdrussell/diffusion-pipe"

_SHOWN = {
    "rank": "Rank",
    "resolutions": "Resolutions",
    "frame_buckets": "Frames",
    "micro_batch_size_per_gpu": "Batch size",
    "gradient_accumulation_steps": "Gradient accumulation",
    "gpus": "GPUs",
    "optimizer": "Optimizer",
    "learning_rate": "Learning rate",
    "dtype": "Precision",
}
_HONEST = """## What to know

- A loss says how training went, not how its pictures look: try several of the files.
- No licence is stated here: it depends on the base model and on the pictures, and is for the
  publisher to choose."""
_NEWEST = ("adapter.safetensors", "model.safetensors")
_BASES = ("ckpt_path", "diffusers_path", "checkpoint_path", "transformer_path", "diffusion_model")


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    text = card(
        settings=read_json(Path("settings.json")),
        job=read_json(Path("job.json")),
        vendor=read_json_or(Path("vendor.json"), {}),
        buckets=read_json_or(Path("buckets.json"), {}),
        events=read_lines(_EVENTS),
        files=sorted(path.name for path in _OUTPUTS.glob("*.safetensors")),
    )
    _OUTPUTS.mkdir(parents=True, exist_ok=True)
    write_text(_OUTPUTS / "README.md", text)
    print("Wrote README.md, the model card.", flush=True)
    return 0


def card(
    *,
    settings: Mapping[str, Any],
    job: Mapping[str, Any],
    vendor: Mapping[str, Any],
    buckets: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    files: list[str],
) -> str:
    """The text. `events` are the lines of ``train/events.jsonl``, `files` the saved models."""
    lora = settings["adapter"] != "none"
    title = models.MODELS[settings["model"]].title
    blocks = [
        _front_matter(settings, lora=lora),
        f"# {_text(job['name'])}",
        f"A LoRA for {title}." if lora else f"{title}, trained further as a whole.",
        *_use(settings, lora=lora),
        *_files(files),
        *_training(settings, vendor, buckets, list(events)),
        _HONEST,
    ]
    return "\n\n".join(blocks) + "\n"


def _front_matter(settings: Mapping[str, Any], *, lora: bool) -> str:
    model = models.MODELS[settings["model"]]
    tags = ["tuneyard", "diffusion-pipe", settings["model"], *(["lora"] if lora else [])]
    fields: dict[str, Any] = {
        "pipeline_tag": "text-to-video" if model.video else "text-to-image",
        "tags": tags,
    }
    if words := _triggers(settings):
        fields["instance_prompt"] = ", ".join(words)
    if base := _base(settings):
        fields["base_model"] = base
    # JSON is YAML, whatever the text holds.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _use(settings: Mapping[str, Any], *, lora: bool) -> Iterator[str]:
    model = models.MODELS[settings["model"]]
    yield "## Use it"
    if words := _triggers(settings):
        yield f"Its captions began with: {', '.join(f'“{_text(word)}”' for word in words)}."
    if lora:
        yield f"The files are in {model.format} format and load in {model.loads}."
    yield f"Put one into {model.folders(lora=lora)}."
    if lora and model.format == "Diffusers":
        yield ('```python\npipeline.load_lora_weights("adapter.safetensors")\n```')


def _files(files: list[str]) -> Iterator[str]:
    yield "## Files"
    yield "\n".join(
        f"- [{_text(name)}]({urllib.parse.quote(name)}){': the newest' if name in _NEWEST else ''}"
        for name in sorted(files, key=_number)
    )


def _training(
    settings: Mapping[str, Any],
    vendor: Mapping[str, Any],
    buckets: Mapping[str, Any],
    events: list[Mapping[str, Any]],
) -> Iterator[str]:
    yield "## How it was trained"
    revision = vendor.get("revision", "")[:8]
    sentences = [
        f"Trained with Tuneyard and [diffusion-pipe]({_TRAINER}){f' at {revision}' if revision else ''}."
    ]
    train = buckets.get("sets", {}).get("train", {})
    if items := sum(bucket.get("items", 0) for bucket in train.get("buckets", ())):
        sentences.append(f"An epoch had {items:,} items: pictures or clips, with their repeats.")
    datasets = {each["path"] for each in settings["directories"] if each["path"][:3] == "hf:"}
    for name in sorted(datasets):
        repository = hub.named(name).repository
        sentences.append(f"[{repository}](https://huggingface.co/datasets/{repository}) is of it.")
    steps = [event for event in events if event.get("event") == "step"]
    if steps:
        last = steps[-1]
        sentences.append(f"It ended in epoch {last['epoch']:,}, after {last['step']:,} steps.")
    yield " ".join(sentences)
    shown = {**_SHOWN}
    if settings["adapter"] == "none":
        del shown["rank"]
    if not models.MODELS[settings["model"]].video:
        del shown["frame_buckets"]
    rows = [(title, _value(settings[name])) for name, title in shown.items()]
    losses = [event["loss"] for event in steps if "loss" in event]
    rows += [("Last loss", f"{losses[-1]:.4g}")] if losses else []
    yield "\n".join(f"| {a} | {b} |" for a, b in [("Setting", "Value"), ("---", "---"), *rows])


def _triggers(settings: Mapping[str, Any]) -> list[str]:
    """What was put before the captions."""
    own = [each["caption_prefix"] for each in settings["directories"]]
    said = [settings["caption_prefix"] if each is None else each for each in own]
    return sorted({text.strip(" ,.:") for text in said if text and text.strip(" ,.:")})


def _base(settings: Mapping[str, Any]) -> str:
    """The Hub's name of what was trained, or ""."""
    named = dict(paths(settings))
    found = next((named[name] for name in _BASES if name in named), "")
    return hub.named(found).repository if found.startswith("hf:") else ""


def _number(name: str) -> tuple[int, str]:
    found = re.search(r"-(?:epoch|step)(\d+)", name)
    return (int(found[1]) if found else 0, name)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return _text(f"{value:g}" if isinstance(value, float) else str(value))


def _text(text: str) -> str:
    """User's text as one line of Markdown that shows it as it is."""
    line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]#|~])", r"\\\1", line)
