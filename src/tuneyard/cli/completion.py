"""What a shell may complete. Whatever goes wrong here must stay silent."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 50  # that a shell can show


def jobs(incomplete: str) -> list[str]:
    """Jobs whose id, or the name at its end, begins with what was typed; newest first."""
    with contextlib.suppress(OSError):
        from tuneyard.home import home  # only a shell that completes pays for it

        found = (item.name for item in (home() / "jobs").iterdir())
        ids = sorted((name for name in found if not name.startswith(".")), reverse=True)
        return list(_beginning(ids, incomplete))[:_MOST]
    return []


def recipe_names(incomplete: str) -> list[str]:
    from tuneyard.recipes.base import recipes  # only a shell that completes pays for it

    return [name for name in recipes() if name.startswith(incomplete)]


def compute_names(incomplete: str) -> list[str]:
    from tuneyard.compute.base import computes  # same

    return [name for name in computes() if name.startswith(incomplete)]


def profiles(incomplete: str) -> list[str]:
    with contextlib.suppress(Exception):
        from tuneyard.home import home  # same
        from tuneyard.jobs.store import Store

        names = (profile.name for profile in Store(home()).profiles.all())
        return [name for name in names if name.startswith(incomplete)]
    return []


def _beginning(ids: list[str], incomplete: str) -> Iterator[str]:
    for job_id in ids:
        name = job_id.split("-", 2)[-1]
        if job_id.startswith(incomplete):
            yield job_id
        elif name.startswith(incomplete):
            yield name
