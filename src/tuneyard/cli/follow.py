"""Stays with a job until it ends: what `run`, `resume` and `push` do after they started it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tuneyard.errors import Missing, NotFound
from tuneyard.runner.folder import FolderError, held
from tuneyard.runner.states import State
from tuneyard.secrets import KNOWN

from .ask import ask, can_ask
from .story import Story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.jobs.manager import Manager
    from tuneyard.runner.folder import JobFolder

    from .views import View

_LOOK = 0.1  # seconds between two looks
_TEND = 2.0  # seconds until a missing runner is missed


class Companion:
    """Looks after one job while somebody watches it."""

    def __init__(self, manager: Manager, folder: JobFolder) -> None:
        self.manager = manager
        self.folder = folder
        self._tended = time.monotonic()

    def look(self) -> dict[str, Any]:
        """The job's state. A runner is started if there is none, and a secret is asked for.

        Raises NotFound if the job was removed, Missing for a secret that can't be asked for.
        """
        if not self.folder.path.exists():
            raise NotFound(f"The job {self.folder.id} has been removed.", code="removed")
        state = self.manager.state(self.folder)
        if state["state"] is None:
            raise FolderError(state["error"])
        if time.monotonic() > self._tended + _TEND:
            self.manager.tend(self.folder)
            self._tended = time.monotonic()
        return state

    def wants(self, state: dict[str, Any]) -> list[str]:
        """Names of secrets that the job waits for and nobody holds."""
        if not state.get("needs") or held(self.folder.runner_lock):
            return []
        return self.manager.lacking(state["needs"], self.manager.profile_of(self.folder))

    def give(self, names: list[str]) -> None:
        """Asks for secrets and goes on with them. Raises Missing where nobody can be asked."""
        if not can_ask():
            raise lacking(names, f"resume {self.folder.id}")
        profile = self.manager.profile_of(self.folder)
        self.manager.secrets.give({name: ask(name) for name in names}, profile)
        self.manager.launch(self.folder)


def follow(
    manager: Manager, folder: JobFolder, view: Callable[[int], View]
) -> tuple[dict[str, Any], Story]:
    """Shows a job's newest attempt until it ends; returns its last state, and what was told."""
    companion = Companion(manager, folder)
    story = Story(folder, max(folder.attempts()))
    shown = view(story.widest)
    try:
        while True:
            state = companion.look()
            for line in story.news():
                shown.line(line)
            if State(state["state"]).ended:
                return state, story
            shown.now(story.now(state))
            if names := companion.wants(state):
                shown.close()
                companion.give(names)
            time.sleep(_LOOK)
    finally:
        shown.close()


def lacking(names: list[str], command: str) -> Missing:
    """For secrets that nobody holds; `command` goes on once they are set."""
    what = ", ".join(f"{name} ({KNOWN[name]})" if name in KNOWN else name for name in names)
    return Missing(
        f"The job waits for {what}.",
        code="secret-missing",
        next_step=f"Set it and go on: {names[0]}=… tuneyard {command}\n"
        f"Or keep it for all jobs: tuneyard secrets set {names[0]}",
    )
