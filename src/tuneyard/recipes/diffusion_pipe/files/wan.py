"""Which of Wan's models lies in a folder, by the config.json that the trainer goes by."""

from __future__ import annotations

import json
from pathlib import Path


def config(transformer: str, checkpoint: str) -> Path:
    """The config.json that the trainer reads."""
    if transformer and not transformer.endswith(".safetensors"):
        return Path(transformer, "config.json")
    config = Path(checkpoint, "config.json")
    if transformer and not config.exists():
        return Path(checkpoint, "low_noise_model", "config.json")
    return config


def kind(transformer: str, checkpoint: str) -> str:
    """As its config says: ``t2v``, ``i2v``, ``flf2v``, ``ti2v``; "" where that can't be read."""
    try:
        data = json.loads(config(transformer, checkpoint).read_bytes())
    except (OSError, ValueError):
        return ""
    kind = data.get("model_type") if isinstance(data, dict) else ""
    return kind if isinstance(kind, str) else ""


def is_5b(said: str, checkpoint: str) -> bool:
    """Whether it is Wan 2.2's 5B. `said` is its `kind`; where that is "", its folder's name tells."""
    return said == "ti2v" or (not said and "ti2v" in folder(checkpoint))


def folder(checkpoint: str) -> str:
    """A path's last name, in small letters: what the makers call the model."""
    return checkpoint.rstrip("/").rpartition("/")[2].lower()
