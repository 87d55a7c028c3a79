"""What a step's process finds in its environment: only the secrets that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .step import Secret

_SECRET = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY|ACCESS_KEY)(_\w+)?$", re.IGNORECASE
)

# Names that look like a secret's and are none.
_HARMLESS = frozenset({"TOKENIZERS_PARALLELISM", "HF_TOKEN_PATH"})


def is_secret(name: str) -> bool:
    """Whether a variable of this name is taken for a key or token."""
    return name not in _HARMLESS and bool(_SECRET.search(name))


def missing(secrets: Iterable[Secret], environ: Mapping[str, str]) -> list[str]:
    """Names of the required secrets for which neither they nor their fallback are there."""
    return [s.name for s in secrets if s.required and _holder(s, environ) is None]


def for_step(
    environ: Mapping[str, str], secrets: Iterable[Secret], extra: Mapping[str, str]
) -> dict[str, str]:
    """The environment of one step: all but secrets, the secrets it names, and its own."""
    chosen = (_holder(secret, environ) for secret in secrets)
    named = {name: environ[name] for name in chosen if name is not None}
    plain = {name: value for name, value in environ.items() if not is_secret(name)}
    return {**plain, **named, "PYTHONUNBUFFERED": "1", **extra}


def _holder(secret: Secret, environ: Mapping[str, str]) -> str | None:
    return next((n for n in (secret.name, secret.fallback) if n and environ.get(n)), None)
