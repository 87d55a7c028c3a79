"""A rehearsal beside a server: in a home of its own, so that what is only played and what is
really rented never meet. Neither looks after the other's jobs, and neither has the other's key.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.names import KEY
from tuneyard.errors import NotPossible
from tuneyard.runner.folder import acquire, read_json_or, write_json

from .server import Practice
from .settings import Settings, of_this_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def beside(home: Path) -> Iterator[list[str]]:
    """Leads this process, and all that it starts, to the practice home of a home and to a
    rehearsal; gives what is to be said about it.

    Of a home there is one rehearsal: where another goes on already, only its home is named.
    Raises NotPossible where there are no such processes.
    """
    if sys.platform != "linux":
        raise NotPossible(
            "Rehearsals run on Linux (or WSL2); this system is another.",
            code="no-practice",
            next_step="`tuneyard plan FILE --compute runpod` shows for free what would be rented.",
        )
    folder = home / "practice"
    (folder / "home").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_environment({"TUNEYARD_HOME": str(folder / "home")}))
        lock = acquire(folder / "practice.lock")
        if lock is None:
            yield []
            return
        stack.callback(os.close, lock)
        practice = stack.enter_context(_begun(folder))
        given = {**practice.environment, KEY: _noted(folder)["key"]}
        stack.enter_context(_environment(given))
        yield [
            *practice.words(),
            "Its jobs are kept apart from your own. When this ends, its pods do too.",
        ]


def _begun(folder: Path) -> Practice:
    """At the address of the one before if that is free: whoever still looks after one of its
    jobs then learns here that the pod is gone.
    """
    noted = _noted(folder)
    settings = Settings(folder, noted["port"], hidden=of_this_program())
    try:
        practice = Practice(settings)
    except OSError:  # the port is somebody else's by now
        practice = Practice(Settings(folder, hidden=of_this_program()))
    practice.world.keys[noted["key"]] = "account"
    write_json(folder / "practice.json", {**noted, "port": practice.port})
    return practice


def _noted(folder: Path) -> dict[str, Any]:
    """The port and the key of the one before."""
    path = folder / "practice.json"
    if not path.exists():
        write_json(path, {"port": 0, "key": f"rpa_practice_{secrets.token_hex(12)}"})
    return dict(read_json_or(path, {}))


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Has these in this process's environment meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
