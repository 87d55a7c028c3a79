"""Keys and tokens: in memory, in the system's keyring, or in a file that only its owner reads.

A secret is known by its environment name. One that is set in the environment wins
over one that was kept. Nothing here ever prints a value.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Literal

from tuneyard.runner.environ import is_secret
from tuneyard.runner.folder import read_json_or, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Keeper = Literal["environment", "keyring", "file"]

KNOWN = {
    "HF_TOKEN": "Hugging Face: used for reading and writing where no other is given",
    "HF_READ_TOKEN": "Hugging Face: reads datasets and bases",
    "HF_WRITE_TOKEN": "Hugging Face: pushes voices",
    "HF_BASE_TOKEN": "Hugging Face: reads a base that needs a token of its own",
}

# What the same secret was called by older scripts and by other tools.
ALIASES = {
    "HF_TOKEN": ("HUGGING_FACE_HUB_TOKEN",),
    "HF_READ_TOKEN": ("HF_DATASET_TOKEN",),
    "HF_WRITE_TOKEN": ("HF_UPLOAD_TOKEN",),
    "HF_BASE_TOKEN": ("HF_CHECKPOINT_TOKEN",),
}

_SERVICE = "tuneyard"


class Secrets:
    """What is known now; `given` are held in memory only, and win over all others."""

    def __init__(self, home: Path, given: dict[str, str] | None = None) -> None:
        self.path = home / "secrets.json"
        self.given = dict(given or {})

    def all(self, names: Iterable[str] = KNOWN) -> dict[str, str]:
        """Values by name, of those that are known; for a process's environment alone."""
        found = ((name, self.get(name)) for name in names)
        return {name: value for name, value in found if value}

    def get(self, name: str) -> str | None:
        if name in self.given:
            return self.given[name]
        return _from_environment(name) or self._from_file(name) or _from_keyring(name)

    def keeper(self, name: str) -> Keeper | None:
        """Where a secret is, for telling; None if nobody holds it."""
        if name in self.given or _from_environment(name):
            return "environment"
        if self._from_file(name):
            return "file"
        return "keyring" if _from_keyring(name) else None

    def keep(self, name: str, value: str, keeper: Literal["keyring", "file"]) -> None:
        """Keeps a secret for later. Raises keyring's own errors where there is no keyring."""
        if keeper == "file":
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {"secrets": {**self._file(), name: value}})
            return
        import keyring  # noqa: PLC0415 - it looks for backends when imported

        keyring.set_password(_SERVICE, name, value)

    def forget(self, name: str) -> None:
        """Removes a secret from wherever it was kept."""
        kept = self._file()
        if kept.pop(name, None):
            write_json(self.path, {"secrets": kept})
        if _from_keyring(name):
            import keyring  # noqa: PLC0415

            keyring.delete_password(_SERVICE, name)

    def _from_file(self, name: str) -> str | None:
        return self._file().get(name)

    def _file(self) -> dict[str, str]:
        return dict(read_json_or(self.path, {}).get("secrets", {}))


def others_in_environment() -> dict[str, str]:
    """Further variables that look like secrets: none is passed on, all are masked."""
    return {n: v for n, v in os.environ.items() if is_secret(n) and n not in KNOWN and v}


def _from_environment(name: str) -> str | None:
    names = (name, *ALIASES.get(name, ()))
    return next((os.environ[n] for n in names if os.environ.get(n)), None)


def _from_keyring(name: str) -> str | None:
    # A computer without a desktop often has no keyring; then nothing is kept there.
    with contextlib.suppress(Exception):
        import keyring  # noqa: PLC0415 - it looks for backends when imported

        return keyring.get_password(_SERVICE, name)
    return None
