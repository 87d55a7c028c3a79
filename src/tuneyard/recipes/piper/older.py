"""The variables of the older script, piper-train-runpod-script, as settings of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PRECISIONS = {"16": "16-mixed", "32": "32-true", "bf16": "bf16-mixed"}

_PLAIN = {
    "LANGUAGE": ("language", str),
    "QUALITY": ("quality", str),
    "MAX_EPOCHS": ("until_epoch", int),
    "CHECKPOINT_EPOCHS": ("checkpoint_epochs", int),
    "BATCH_SIZE": ("batch_size", int),
    "KEEP_LAST_K": ("keep_last", int),
    "MAX_WORKERS": ("workers", int),
}

_TOKENS = {
    "HF_DATASET_TOKEN": "HF_READ_TOKEN",
    "HF_UPLOAD_TOKEN": "HF_WRITE_TOKEN",
    "HF_CHECKPOINT_TOKEN": "HF_BASE_TOKEN",
}

_NEEDLESS = {
    "RUNPOD_KILLER_API_KEY": "a pod ends itself with its own key",
    "POD_NAME": "a pod is known by its id",
    "HF_CHECKPOINT_NAME": "the address names the file",
}


def from_environment(
    environ: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Settings, results and notes, from the variables of piper-train-runpod-script.

    Raises ValueError with a sentence for a value that is no number.
    """
    settings: dict[str, Any] = {}
    results: dict[str, Any] = {}
    for name, (field, kind) in _PLAIN.items():
        if environ.get(name):
            settings[field] = _number(name, environ[name]) if kind is int else environ[name]
    if environ.get("PRECISION"):
        settings["precision"] = _PRECISIONS.get(environ["PRECISION"], environ["PRECISION"])
    if environ.get("HF_DATASET_REPO_ID"):
        settings["dataset"] = f"hf:{environ['HF_DATASET_REPO_ID']}"
    if environ.get("HF_CHECKPOINT_URL"):
        settings |= {"base": environ["HF_CHECKPOINT_URL"], "base_use": "resume"}
    if environ.get("HF_UPLOAD_REPO_ID"):
        results["repository"] = environ["HF_UPLOAD_REPO_ID"]
    if environ.get("HF_UPLOAD_SESSION_ID"):
        results["folder"] = environ["HF_UPLOAD_SESSION_ID"]
    return settings, results, [*_token_notes(environ), *_needless_notes(environ)]


def _token_notes(environ: Mapping[str, str]) -> Iterator[str]:
    for old, new in _TOKENS.items():
        if environ.get(old):
            yield f"{old} is set: it is used as {new}. Tokens never go into a job file."


def _needless_notes(environ: Mapping[str, str]) -> Iterator[str]:
    for name, reason in _NEEDLESS.items():
        if environ.get(name):
            yield f"{name} is not needed: {reason}."


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} is “{text}”, which is no whole number.") from None
