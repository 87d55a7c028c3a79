"""The older script for Piper on RunPod, and its variables, for the preset ``piper-legacy``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# imtiaz-risat/piper-train-runpod-script: each of these must be set, or it ends at once.
VARIABLES = (
    "HF_DATASET_REPO_ID",
    "HF_UPLOAD_REPO_ID",
    "HF_UPLOAD_SESSION_ID",
    "HF_CHECKPOINT_NAME",
    "HF_CHECKPOINT_URL",
    "MAX_EPOCHS",
    "CHECKPOINT_EPOCHS",
    "BATCH_SIZE",
    "PRECISION",
    "QUALITY",
    "KEEP_LAST_K",
    "LANGUAGE",
    "MAX_WORKERS",
)
TOKENS = {
    "HF_DATASET_TOKEN": "HF_READ_TOKEN",
    "HF_UPLOAD_TOKEN": "HF_WRITE_TOKEN",
    "HF_CHECKPOINT_TOKEN": "HF_BASE_TOKEN",
}
_NEEDLESS = {
    "RUNPOD_KILLER_API_KEY": "a pod ends itself with its own key",
    "POD_NAME": "a pod is known by its id",
}


def from_environment(
    environ: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Settings, results and notes, from the variables of piper-train-runpod-script.

    They are meant for its preset, which has the script itself.
    """
    found = {name: environ[name] for name in VARIABLES if environ.get(name)}
    notes = [
        f"{old} is set: it is used as {new}. Tokens never go into a job file."
        for old, new in TOKENS.items()
        if environ.get(old)
    ]
    notes += [
        f"{name} is not needed: {reason}."
        for name, reason in _NEEDLESS.items()
        if environ.get(name)
    ]
    if found.keys() <= {"LANGUAGE"}:  # which most desktops set, to something else
        return {}, {}, notes
    return {"environment": found}, {}, notes
