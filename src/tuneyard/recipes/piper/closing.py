"""What is said when a voice is ready: where it lies, and how it is made to speak."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import languages
from tuneyard.runner.folder import read_json_or

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def closing(folder: Path, settings: Mapping[str, Any]) -> list[str]:
    """`folder` is the job's."""
    voice = folder / "outputs" / "voice.onnx"
    samples = sorted((folder / "samples" / "final").glob("*.wav"))
    lines = [f"The voice:     {voice}", f"Its settings:  {voice}.json (keep them together)"]
    if samples:
        lines.append(f"It speaks in:  {samples[0]}")
        lines += [f"               {sample}" for sample in samples[1:]]
    sentence = languages.sentence(settings["language"]) or "1, 2, 3."
    speaker = ["-s", "0"] if _several(voice) else []
    python = read_json_or(folder / "work" / "trainer.json", {}).get("python")
    program = [python, "-m", "piper"] if python else ["piper"]
    command = [*program, "-m", str(voice), *speaker, "-f", "hello.wav", "--", sentence]
    return [*lines, "", "Let it say something else:", f"  {shlex.join(command)}", ""]


def _several(voice: Path) -> bool:
    try:
        config = json.loads(voice.with_name(f"{voice.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return int(config.get("num_speakers", 1)) > 1
