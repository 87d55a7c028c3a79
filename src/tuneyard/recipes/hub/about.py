"""What is asked of the Hub: of which repository, with which token."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["model", "dataset", "space"]

READ = ("HF_READ_TOKEN", "HF_TOKEN")  # names of secrets: the first that is there is used
WRITE = ("HF_WRITE_TOKEN", "HF_TOKEN")
BASE = ("HF_BASE_TOKEN", "HF_READ_TOKEN", "HF_TOKEN")


@dataclass(frozen=True)
class About:
    """What is being done, for sentences about it. `secrets` are the names a token may have."""

    repository: str
    kind: Kind
    secrets: Sequence[str]
    with_token: bool
    writing: bool = False
    revision: str = ""
    path: str = ""

    @property
    def name(self) -> str:
        return f"the {self.kind} {self.repository}"

    @property
    def page(self) -> str:
        prefix = "" if self.kind == "model" else f"{self.kind}s/"
        return f"{endpoint()}/{prefix}{self.repository}"


def endpoint() -> str:
    """The Hub's address without a slash at its end, by HF_ENDPOINT as huggingface_hub has it."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def token(names: Sequence[str]) -> str | None:
    """The first of these secrets that this step was given."""
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
