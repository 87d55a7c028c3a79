"""Where Tuneyard keeps what it has: jobs, environments, caches."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """``$TUNEYARD_HOME``, or the platform's directory for a user's data."""
    if chosen := os.environ.get("TUNEYARD_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path  # noqa: PLC0415 - keeps the CLI's start fast

    return user_data_path("tuneyard", appauthor=False)


def disk_of(home: Path) -> Path:
    """A folder on the disk that a home lies on, or will: its nearest parent that exists."""
    return next(path for path in (home, *home.parents) if path.exists())
